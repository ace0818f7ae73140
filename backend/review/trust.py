"""Which of the two is trusted with a label that detection may mark: what it finds, or the model, as reviewers show.

A decision is made once for a label and stays: each is a new model version.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias

from sqlalchemy import delete, insert, select

from backend.review.entries import ReviewEntries
from backend.review.facts import label_digest
from backend.review.glance import Glances
from backend.review.scores import DETECTED, ScoredTask, ScoreEntries
from backend.review.tables import PART, TABLES, TRUSTS
from backend.store import Store, make_tables, reading, writing

Trusted: TypeAlias = Literal["detection", "model"]
LabelTrusts: TypeAlias = Mapping[str, Trusted]
"""Who is trusted, by the keyed hash of the label."""

LEAST_MARKED = 20
"""Marks of a label by one of the two, in annotated tasks, that it takes to judge it."""
Z = 1.96
"""Of the interval: it errs once in forty times on this side."""


def most_right(right: int, count: int) -> float:
    """Return the share that is right at most, by Wilson's interval (J. Am. Stat. Assoc. 22, 1927)."""
    share, extra = right / count, Z**2 / count
    spread = Z * math.sqrt(share * (1 - share) / count + extra / (4 * count))
    return (share + extra / 2 + spread) / (1 + extra)


def least_right(right: int, count: int) -> float:
    """Return the share that is right at least, by the same interval."""
    return 1 - most_right(count - right, count) if count else 0.0


def judged_labels(found: Iterable[ScoredTask]) -> dict[str, Trusted]:
    """Say who is trusted with a label: the other one where most of what one marks is wrong, for sure.

    Of detection all its marks count; of the model those that detection has not, as it is asked for them where both are
    trusted. Who is no better than the other is left as it is.

    Args:
        found: tasks of one project.
    """
    marks: defaultdict[tuple[str, bool], dict[tuple[int, int], list[bool]]] = defaultdict(dict)
    for task in found:
        own: defaultdict[tuple[str, bool], list[bool]] = defaultdict(list)
        for one in task.answers:
            if one.label:
                own[one.label, one.source == DETECTED].append(one.is_right)
        for key, right in own.items():  # of several versions of a task one counts
            marks[key].setdefault((task.task, task.annotation), right)
    wrong = {key for key, own in marks.items() if _is_wrong([right for part in own.values() for right in part])}
    labels = {label for label, is_detected in marks if is_detected}
    both = {label for label in labels if {(label, True), (label, False)} <= wrong}
    return {
        label: "model" if (label, True) in wrong else "detection"
        for label in labels - both
        if (label, True) in wrong or (label, False) in wrong
    }


def _is_wrong(right: list[bool]) -> bool:
    return len(right) >= LEAST_MARKED and most_right(sum(right), len(right)) < 1 / 2


class ProjectTrusts:
    """Thread-safe; many processes may share a database.

    Args:
        store: of `open_store`.
        entries: encrypt.
        now: tells Unix time.
    """

    def __init__(self, store: Store, entries: ReviewEntries, now: Callable[[], float] = time.time) -> None:
        self._store, self._entries = store, entries
        self._glances = Glances[LabelTrusts](lambda project, _: self._read(project), {}, now)
        make_tables(store, *TABLES)

    def of(self, project: str) -> LabelTrusts:
        """Return who is trusted with which labels of a project: those alone about which its reviewers say something.

        Args:
            project: Label Studio's number.
        """
        return self._glances.of(project)

    def hash_of(self, label: str) -> str:
        """Return the hash that stands for a label."""
        return label_digest(label, self._entries.digest)

    def renew(self, project: int) -> dict[str, Trusted]:
        """Decide by what is known now on labels on which nothing is decided; return what is new.

        Raises:
            StoreError: the database cannot be used.
        """
        before = self._read(project)
        with reading(self._store) as connection:
            found = judged_labels(ScoreEntries(self._entries).read(connection, project))
        new = {label: trusted for label, trusted in found.items() if label not in before}
        if new:
            body = self._entries.close(dict(sorted({**before, **new}.items())), ["trust", project])
            with writing(self._store, PART) as connection:
                connection.execute(delete(TRUSTS).where(TRUSTS.c.project == project))
                connection.execute(insert(TRUSTS), [{"project": project, "body": body}])
            self._glances.forget(project)
        return new

    def _read(self, project: int) -> dict[str, Trusted]:
        with reading(self._store) as connection:
            body = connection.scalar(select(TRUSTS.c.body).where(TRUSTS.c.project == project))
        return dict(self._entries.open(body, ["trust", project]) or {}) if body else {}
