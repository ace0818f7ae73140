"""What a provider sent → an answer that fits its form, or what is wrong with it. All of it is foreign input."""
