"""Data subjects: what record and stores hold about a task or a value, and erasing of it what may be erased."""
