"""The three official lists, and what answers them."""
