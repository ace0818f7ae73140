"""What alembic runs: the changes, in the transaction that it was given."""

from alembic import context

from backend.store.schema import VERSIONS

given = context.config.attributes
context.configure(connection=given["connection"], target_metadata=given.get("metadata"), version_table=VERSIONS)
context.run_migrations()
