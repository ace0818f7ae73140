"""What reviewers did: webhooks, what became of predictions, and annotations where the policy keeps them."""
