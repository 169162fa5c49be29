"""Pages of one's own account: sign-in, second factor, notices, jobs, saved filters."""
