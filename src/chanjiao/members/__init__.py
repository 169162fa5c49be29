"""Consortia and their member units."""
