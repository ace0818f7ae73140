"""What would become of tasks and texts: told, and nothing sent."""
