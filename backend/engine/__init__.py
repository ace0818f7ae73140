"""One task, one step after the other."""
