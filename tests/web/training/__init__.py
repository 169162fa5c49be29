"""Tests of the pages of dual training."""
