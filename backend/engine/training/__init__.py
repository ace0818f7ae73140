"""What reviewers annotated, as training data: redacted and asked as calls are, checked, and written for a trainer."""
