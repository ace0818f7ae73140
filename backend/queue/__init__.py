"""What goes on behind: tasks that were not done when their request had to be answered, in the state's database."""
