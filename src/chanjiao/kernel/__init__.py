"""Values every package shares: verdicts, moves, the clock, periods, money. No models, no I/O."""
