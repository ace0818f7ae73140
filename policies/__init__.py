"""The shipped policy files."""
