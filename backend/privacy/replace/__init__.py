"""What stands in a value's place, in the text that is sent and in the answer that comes back."""
