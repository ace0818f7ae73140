"""A policy file: read, checked, and turned into rules."""
