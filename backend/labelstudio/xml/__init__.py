"""A label config as XML: mended, measured, and read as Label Studio's editor reads it."""
