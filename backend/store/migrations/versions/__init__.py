"""What changed in the tables, one file a change. One that was released is never changed again."""
