"""Indicator sets in use, periods and their close, values by hand, packs made and received."""
