"""The HTTP contract of a Label Studio ML backend."""
