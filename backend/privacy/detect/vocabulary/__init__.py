"""Words and what they are: of dictionaries, of names, of chats, of labels before numbers."""
