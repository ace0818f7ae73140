"""Answers → results on the original text."""
