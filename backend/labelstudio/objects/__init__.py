"""What an object tag shows of a task: its text, and where each character of it stands."""
