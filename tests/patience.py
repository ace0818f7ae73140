"""How long tests wait for what comes at once: so long that only what hangs fails, however busy the machine."""

HANGS_S = 900.0
"""Seconds. No test asks how long something takes; what runs over this hangs."""
