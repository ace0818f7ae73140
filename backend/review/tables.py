"""Where webhooks wait, and what is known of reviews."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table

from backend.store import METADATA

INBOX_PART, PART = "inbox", "reviews"
"""What `backend.store.writing` is told, so that record and budgets do not wait, nor who hands in a webhook."""
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

INBOX = Table(
    "review_inbox",
    METADATA,
    Column("place", _NUMBER, primary_key=True, autoincrement=False),
    Column("came", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""Webhooks that are not worked on yet, encrypted, in the order in which they were answered; when they came."""

MOVED = Table(
    "review_moved", METADATA, Column("name", String(64), primary_key=True), Column("size", BigInteger, nullable=False)
)
"""How much of each file of the spool the inbox has, as long as the file may be there: nothing is moved twice."""

REVIEWS = Table(
    "review_annotations",
    METADATA,
    Column("project", _NUMBER, primary_key=True, autoincrement=False),
    Column("annotation", _NUMBER, primary_key=True, autoincrement=False),
    Column("task", BigInteger, nullable=False),
    Column("version", String(64), nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("facts", LargeBinary, nullable=False),
    Column("expires", BigInteger, nullable=False, default=0),
    Column("body", LargeBinary, nullable=False, default=b""),
)
"""An annotation: of which task, from a prediction of which version, what became of that, and when.

Label Studio's numbers; times are Unix times in seconds, `changed` in milliseconds. The facts are encrypted: they name
labels. So is the body, the annotation with its task, until it expires; it is empty where the policy keeps none.
"""

PROJECTS = Table(
    "review_projects",
    METADATA,
    Column("project", _NUMBER, primary_key=True, autoincrement=False),
    Column("looked", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""What the policy is asked about a project, encrypted: its label config, path and title; when Label Studio had it."""

TOTALS = Table(
    "review_totals",
    METADATA,
    Column("project", _NUMBER, primary_key=True, autoincrement=False),
    Column("verdict", String(8), primary_key=True),
    Column("count", BigInteger, nullable=False),
)
"""How often a verdict was reached; it never falls, whatever is deleted."""

SYNCS = Table(
    "review_syncs",
    METADATA,
    Column("project", _NUMBER, primary_key=True, autoincrement=False),
    Column("task", BigInteger, nullable=False),
)
"""How far what was annotated before has been fetched: through which task."""

CHANGES = Table(
    "review_changes",
    METADATA,
    Column("place", _NUMBER, primary_key=True, autoincrement=False),
    Column("project", BigInteger, nullable=False),
    Column("task", BigInteger, nullable=False),
)
"""Of which tasks annotations were written or forgotten last, so that who has something of them at hand forgets it.

Numbers alone, in their order; task 0 stands for all of a project. Of very many the last.
"""

SCORES = Table(
    "review_scores",
    METADATA,
    Column("project", _NUMBER, primary_key=True, autoincrement=False),
    Column("task", _NUMBER, primary_key=True, autoincrement=False),
    Column("version", String(64), primary_key=True),
    Column("annotation", BigInteger, nullable=False),
    Column("blind", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""How sure a version was of each part of a task's prediction, and whether it was right, encrypted.

By which annotation that was judged, and whether it was made blind. The version is that of the raw scores.
"""

CALIBRATIONS = Table(
    "review_calibrations",
    METADATA,
    Column("project", _NUMBER, primary_key=True, autoincrement=False),
    Column("version", String(64), primary_key=True),
    Column("made", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""By what a version's scores are calibrated in a project, encrypted, and when that was made."""

TRUSTS = Table(
    "review_trusts",
    METADATA,
    Column("project", _NUMBER, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)
"""Who is trusted with which labels of a project, as its reviewers showed, encrypted."""

TABLES = (INBOX, MOVED, REVIEWS, PROJECTS, TOTALS, SYNCS, SCORES, CALIBRATIONS, TRUSTS, CHANGES)

Index("review_annotations_task", REVIEWS.c.task)
Index("review_annotations_expires", REVIEWS.c.expires)
