"""Word files: written from blocks, filled from templates, turned into PDF. No models."""
