"""Which annotated tasks are like another, and which of them teach most: in memory alone, by hashed words."""
