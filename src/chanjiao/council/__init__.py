"""Bodies, seats, the charter's rules, meetings, votes, resolutions, and what members promised."""
