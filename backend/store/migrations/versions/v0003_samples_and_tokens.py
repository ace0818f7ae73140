"""Requests that were sent, as samples, and time stamps of the record."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables, unless a version between releases did."""
    op.create_table(
        "record_tokens",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("nonce", sa.String(length=80), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        if_not_exists=True,
    )
    op.create_table(
        "sent_samples",
        sa.Column("attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("project", sa.String(length=64), nullable=False),
        sa.Column("task", sa.String(length=64), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("attempt"),
        if_not_exists=True,
    )
    op.create_index("ix_sent_samples_expires", "sent_samples", ["expires"], if_not_exists=True)
    op.create_index("ix_sent_samples_project", "sent_samples", ["project"], if_not_exists=True)
    op.create_index("ix_sent_samples_task", "sent_samples", ["task"], if_not_exists=True)
