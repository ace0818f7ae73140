"""The record: every attempt to send, without any text, in a chain that shows if an entry is changed or taken away."""
