"""The way from each version of the tables to the next one, by alembic."""
