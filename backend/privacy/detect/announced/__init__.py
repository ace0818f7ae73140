"""Names that something beside them announces: a title, a word, a list, a place in a line."""
