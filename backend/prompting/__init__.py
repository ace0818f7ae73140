"""A plan and a redacted task → messages, and the form that the answer must have."""
