"""The one Excel mechanism: layouts, templates, checks, imports."""
