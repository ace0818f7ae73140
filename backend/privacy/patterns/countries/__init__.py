"""Identifiers by country."""
