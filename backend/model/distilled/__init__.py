"""A small classifier of one's own, learned from annotations: it answers within this process, in milliseconds."""
