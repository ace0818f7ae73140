"""Text in any script: one way of writing it, where its words end, and where values stand in it."""
