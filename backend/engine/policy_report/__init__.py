"""What a policy allows, what is wrong with its file, and what is likely to be a slip: in words for people."""
