"""Personal data that has a form, by what it is."""
