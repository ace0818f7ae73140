"""`python -m backend.cli`: the same as `labelguard`."""

from labelguard import main

main()
