"""Rounds: choices, scores, runs, matches that anyone can check."""
