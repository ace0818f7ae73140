"""What recognizers found is looked at again: parts are joined, and what is no personal data goes."""
