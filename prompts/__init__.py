"""The shipped prompt templates."""
