"""`python -m labelguard`: the same as `labelguard`."""

from labelguard import main

main()
