"""The annual plan: tasks, progress, coded evidence, reviews and what must be mended."""
