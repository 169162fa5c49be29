"""Pages of the installation's administrators."""
