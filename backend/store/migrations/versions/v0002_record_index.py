"""The index of the record. It is made of the entries by who opens the record next: see `backend.record.indexing`."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables, which 0.1.0 does not look at."""
    _make_groups()
    _make_found()


def _make_groups() -> None:
    op.create_table(
        "record_groups",
        sa.Column("name", sa.String(length=22), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        if_not_exists=True,
    )
    op.create_index("record_groups_project", "record_groups", ["project"], if_not_exists=True)
    op.create_index("record_groups_provider", "record_groups", ["provider"], if_not_exists=True)
    op.create_index("record_groups_rule", "record_groups", ["rule"], if_not_exists=True)
    op.create_table(
        "record_indexed",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )


def _make_found() -> None:
    op.create_table(
        "record_found",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("group_name", sa.String(length=22), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("ended", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
        if_not_exists=True,
    )
    op.create_index("record_found_group", "record_found", ["group_name", "outcome", "seq"], if_not_exists=True)
    op.create_index("record_found_task", "record_found", ["task", "seq"], if_not_exists=True)
    op.create_table(
        "record_found_types",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("entity_type", sa.String(length=64), nullable=False),
        sa.Column("group_name", sa.String(length=22), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("seq", "entity_type"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_index(
        "record_found_types_type",
        "record_found_types",
        ["entity_type", "group_name", "outcome", "seq"],
        if_not_exists=True,
    )
