"""Pages of mentors: opened by a link on a phone, without an account."""
