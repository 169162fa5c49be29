"""National code tables: versioned, importable."""
