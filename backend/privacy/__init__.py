"""Text → redacted text, and back. The only maker of what a prompt may be made of."""
