"""Fact rows of each upstream package, as of a period's end, in the column order of the schema."""
