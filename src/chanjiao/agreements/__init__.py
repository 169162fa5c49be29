"""Agreements: kinds as data, versions that never change, signatures on a digest."""
