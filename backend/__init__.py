"""Labelguard's engine: from a label config and a policy to guarded predictions."""

__version__ = "0.1.0"
