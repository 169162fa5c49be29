"""Dual training: programmes and classes, mentors, placements, records of learning, results."""
