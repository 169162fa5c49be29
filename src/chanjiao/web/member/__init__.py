"""Pages of member units (校企研政)."""
