"""Pages of the secretariat (秘书处)."""
