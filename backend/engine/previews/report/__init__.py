"""Before go-live: what would become of all tasks of a project, told for those who answer for it."""
