"""Names of people and places: their parts, how they decline, and lists of them."""
