"""Data that a task names by an address: had from where a policy allows, and from nowhere else."""
