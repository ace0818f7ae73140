"""The model that we run ourselves: its file, its server, and its keeper."""
