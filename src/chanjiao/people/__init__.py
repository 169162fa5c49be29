"""Units, users, sign-in, and who acts for whom from when to when."""
