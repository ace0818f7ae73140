"""What foreign code does to us, and what we do not let it do: seen from outside where that is possible."""
