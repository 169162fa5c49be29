"""A consortium to look at: made by the real actions and the real imports, stage by stage."""
