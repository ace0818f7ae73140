"""Files, pages, processes, memory and time: what knows nothing of labels, policies or personal data."""
