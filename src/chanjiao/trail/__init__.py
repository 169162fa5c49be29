"""The append-only, hash-chained record: who did what to which row, and why."""
