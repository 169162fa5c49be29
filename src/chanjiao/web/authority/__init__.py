"""Pages of an authority: packs handed to it, side by side."""
