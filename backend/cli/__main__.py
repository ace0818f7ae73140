"""`python -m backend.cli`: the same as `labelguard`."""

from backend.cli import main

main()
