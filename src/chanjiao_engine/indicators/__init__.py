"""Facts, indicator sets, their computation, evidence packs and roll-ups."""
