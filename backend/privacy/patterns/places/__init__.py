"""Addresses and coordinates."""
