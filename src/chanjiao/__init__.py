"""Chanjiao (产教联): the operating platform of a municipal industry-education consortium."""

__version__ = "0.1.0"
