"""Detection in processes of its own, which are forked from one that has loaded it and can be ended."""
