"""A prompt that gets better: changes are proposed, tried on annotated tasks, and told; none is ever put into force."""
