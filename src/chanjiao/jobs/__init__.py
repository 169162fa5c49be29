"""Long work with a progress bar that survives a reload and a killed worker."""
