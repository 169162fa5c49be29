"""Secret addresses for people without an account: a mentor, a guardian, a signer, a graduate."""
