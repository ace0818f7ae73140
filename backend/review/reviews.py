"""What is known of reviews: written down as they come, erased when its time is over, and forgotten when told."""

import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, select, update

from backend.review.changes import ALL, note_changes
from backend.review.entries import KeptAnnotation, Review, ReviewedProject, ReviewEntries, named_changes
from backend.review.events import AnnotationFacts, ReviewEvent
from backend.review.facts import Verdict, compare, label_digest
from backend.review.inbox import Inbox, gather, spool_of
from backend.review.scores import forget_scores
from backend.review.tables import INBOX_PART, PART, PROJECTS, REVIEWS, SCORES, SYNCS, TABLES, TOTALS
from backend.store import Store, make_tables, reading, writing

DAY_S = 86_400
CHUNK = 256
MOST_HASHES = 50_000
"""Labels whose hashes are at hand."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the policy says about a project's annotations.

    Attributes:
        days: for which annotations are kept, encrypted, with their tasks' data; None for not at all.
        labels: of the label config by control, those below others as paths too.
        withholds: says whether a field of a task is never sent; it is not kept either.
        hides: says whether a value of such fields, which are given first, stands elsewhere in what would be kept.
        controls: the names of the label config's controls; None where they differ from task to task.
    """

    days: int | None = None
    labels: Mapping[str, Sequence[str | tuple[str, ...]]] = field(default_factory=dict, repr=False)
    withholds: Callable[[str], bool] = field(default=lambda _: False, repr=False)
    hides: Callable[[Mapping[str, Any], Sequence[Any]], bool] = field(default=lambda *_: True, repr=False)
    controls: Sequence[str] | None = field(default=None, repr=False)


Learning: TypeAlias = Callable[[ReviewedProject], Keeping | None]
"""Asks the policy about a project; None if no rule lets anything be done with it: then nothing is written down."""


class Reviews:
    """Thread-safe; many processes may share a database.

    Args:
        store: of `open_store`.
        entries: encrypt.
        now: tells Unix time.
    """

    def __init__(self, store: Store, entries: ReviewEntries, now: Callable[[], float] = time.time) -> None:
        self.store, self._now = store, now
        self.entries = entries
        self._hash = lru_cache(MOST_HASHES)(lambda label: label_digest(label, entries.digest))
        make_tables(store, *TABLES)

    # --- what comes

    def judge(self, project: int, found: AnnotationFacts, keeping: Keeping) -> Review:
        """Say what a reviewer did.

        Args:
            project: Label Studio's number.
            found: the annotation.
            keeping: what the policy says, under the label config with which the annotation was made.
        """
        before = found.predicted
        compared = compare(before.facts, found.facts, cancelled=found.cancelled) if before else None
        changes = named_changes(compared.changes, self._labels(keeping)) if compared else ()
        kept = _without(found.kept, keeping) if found.kept and keeping.days else None
        return Review(
            project=project,
            task=found.task,
            annotation=found.annotation,
            version=before.version if before else "",
            verdict=compared.verdict if compared else "unknown",
            made=found.made,
            changed=found.changed,
            lead_s=found.lead_s,
            cancelled=found.cancelled,
            ground_truth=found.ground_truth,
            changes=changes,
            expires=int(self._now() + (keeping.days or 0) * DAY_S),
            kept=kept,
        )

    def _labels(self, keeping: Keeping) -> dict[str, dict[str, str]]:
        """Return the config's labels by control and hash."""
        offered = keeping.labels.items()
        return {control: {self._hash(label): _named(label) for label in labels} for control, labels in offered}

    def write(self, connection: Connection, reviews: Sequence[Review]) -> None:
        """Write reviews of one project down, but where a newer one of the same annotation stands."""
        for part in _chunks(reviews):
            self._write(connection, part)

    def _write(self, connection: Connection, reviews: Sequence[Review]) -> None:
        project = reviews[0].project
        own = (REVIEWS.c.project == project) & REVIEWS.c.annotation.in_({review.annotation for review in reviews})
        asked = select(REVIEWS.c.annotation, REVIEWS.c.changed, REVIEWS.c.verdict).where(own)
        before = {row.annotation: (row.changed, row.verdict) for row in connection.execute(asked)}
        newest: dict[int, dict[str, Any]] = {}
        reached: Counter[Verdict] = Counter()
        for review in reviews:
            row, (changed, verdict) = self.entries.row(review), before.get(review.annotation, (0, ""))
            if row["changed"] >= changed:
                newest[review.annotation] = row
                before[review.annotation] = row["changed"], row["verdict"]
                reached[review.verdict] += review.verdict != verdict
        if newest:
            connection.execute(delete(REVIEWS).where(own, REVIEWS.c.annotation.in_(list(newest))))
            connection.execute(insert(REVIEWS), list(newest.values()))
            note_changes(connection, project, (row["task"] for row in newest.values()))
        for verdict, count in reached.items():
            _count(connection, project, verdict, count)

    def remember(self, connection: Connection, project: ReviewedProject) -> None:
        """Remember what the policy is asked about a project."""
        body = self.entries.close(list(astuple(project)), ["project", project.number])
        own = PROJECTS.c.project == project.number
        changed = connection.execute(update(PROJECTS).where(own).values(body=body)).rowcount
        if not changed:
            row = {"project": project.number, "looked": int(self._now()), "body": body}
            connection.execute(insert(PROJECTS), [row])

    # --- what goes

    def forget(
        self,
        connection: Connection,
        *,
        project: int = 0,
        tasks: Sequence[int] = (),
        annotations: Sequence[int] = (),
    ) -> int:
        """Forget annotations; return how many.

        Args:
            connection: of a transaction that writes.
            project: theirs, 0 for any. Without numbers, all that is known of it.
            tasks, annotations: Label Studio's numbers.
        """
        of_project: list[ColumnElement[bool]] = [REVIEWS.c.project == project] if project else []
        forget_scores(connection, project=project, tasks=tasks, annotations=annotations)
        count = 0
        for column, numbers in ((REVIEWS.c.task, tasks), (REVIEWS.c.annotation, annotations)):
            for start in range(0, len(numbers), CHUNK):
                which = (*of_project, column.in_(numbers[start : start + CHUNK]))
                _note(connection, *which)
                count += connection.execute(delete(REVIEWS).where(*which)).rowcount
        if project and not tasks and not annotations:
            count = connection.execute(delete(REVIEWS).where(*of_project)).rowcount
            note_changes(connection, project, [ALL])
            for table in (PROJECTS, SYNCS):
                connection.execute(delete(table).where(table.c.project == project))
        return count

    def forget_text(self, words: str) -> list[Review]:
        """Forget annotations that are kept and hold a text, in their task's data or their result; return them.

        Upper and lower case and the kind of blanks count for nothing.
        """
        return self.forget_kept(lambda kept: holds(kept, words))

    def forget_kept(self, is_meant: Callable[[KeptAnnotation], bool], project: int = 0) -> list[Review]:
        """Forget annotations that are kept, and what waits of them, where a condition holds; return them.

        Args:
            is_meant: the condition.
            project: theirs, 0 for any.
        """

        def is_of(event: ReviewEvent) -> bool:
            is_here = project in (0, event.project.number)
            return is_here and any(one.kept and is_meant(one.kept) for one in event.annotations)

        found = [review for review in self.all(project) if review.kept and is_meant(review.kept)]
        gather(self.store, spool_of(self.store))
        with writing(self.store, INBOX_PART, PART) as connection:
            Inbox.forget(connection, self.entries, is_of)
            for review in found:
                self.forget(connection, project=review.project, annotations=[review.annotation])
        return found

    def forget_numbers(self, project: int, tasks: Sequence[int] = ()) -> int:
        """Forget all of a project, or some of its tasks, what waits included; return how many annotations.

        Args:
            project: Label Studio's number, 0 for any.
            tasks: none for all of the project.
        """

        def is_of(event: ReviewEvent) -> bool:
            is_theirs = not tasks or any(one.task in tasks for one in event.annotations)
            return project in (0, event.project.number) and event.kind == "written" and is_theirs

        gather(self.store, spool_of(self.store))
        with writing(self.store, INBOX_PART, PART) as connection:
            return Inbox.forget(connection, self.entries, is_of) + self.forget(connection, project=project, tasks=tasks)

    def erase(self, connection: Connection, project: int = 0) -> None:
        """Erase what is kept of annotations: a project's, or all whose time is over."""
        whose = REVIEWS.c.project == project if project else (REVIEWS.c.expires <= self._now())
        which = (whose, REVIEWS.c.expires > 0)
        _note(connection, *which)
        connection.execute(update(REVIEWS).where(*which).values(expires=0, body=b""))

    def hold_to(self, connection: Connection, project: int, keeping: Keeping | None) -> None:
        """Erase what the policy lets us keep no longer."""
        if keeping is None or not keeping.days:
            self.erase(connection, project)
            return
        latest = int(self._now() + keeping.days * DAY_S)
        late = (REVIEWS.c.project == project, REVIEWS.c.expires > latest)
        _note(connection, *late)
        connection.execute(update(REVIEWS).where(*late).values(expires=latest))

    # --- what is there

    def all(self, project: int = 0, tasks: Sequence[int] = (), *, by_task: bool = False) -> Iterator[Review]:
        """Yield reviews, of one project or all; those under another secret are left out.

        Args:
            project: theirs, 0 for all.
            tasks: theirs; none for all.
            by_task: whether those of a task follow each other; else they come in the order in which they were made.
        """
        first = REVIEWS.c.task if by_task else REVIEWS.c.made
        asked = select(REVIEWS).order_by(REVIEWS.c.project, first, REVIEWS.c.annotation)
        asked = asked.where(REVIEWS.c.project == project) if project else asked
        asked = asked.where(REVIEWS.c.task.in_(tasks)) if tasks else asked
        yield from self._asked(asked)

    def latest(self, project: int, most: int) -> Iterator[Review]:
        """Yield the reviews of a project that were made last, those first; as `all` does.

        Args:
            project: Label Studio's number.
            most: how many at most.
        """
        made = REVIEWS.c.made.desc(), REVIEWS.c.annotation.desc()
        yield from self._asked(select(REVIEWS).where(REVIEWS.c.project == project).order_by(*made).limit(most))

    def _asked(self, asked: Select[Any]) -> Iterator[Review]:
        with reading(self.store) as connection:
            for row in connection.execute(asked).mappings():
                if (review := self.entries.review(dict(row))) is not None:
                    yield review

    def count(self, project: int = 0, tasks: Sequence[int] = ()) -> tuple[int, int]:
        """Return how many annotations are known, and of how many predictions whether they were right.

        Those under another secret count too.

        Args:
            project: theirs, 0 for all.
            tasks: theirs; none for all.
        """
        counts = []
        with reading(self.store) as connection:
            for table in (REVIEWS, SCORES):
                asked = select(func.count()).select_from(table)
                asked = asked.where(table.c.project == project) if project else asked
                asked = asked.where(table.c.task.in_(tasks)) if tasks else asked
                counts.append(connection.scalar(asked) or 0)
        return counts[0], counts[1]

    def project(self, number: int) -> ReviewedProject | None:
        """Return what the policy is asked about a project; None if nothing is known of it."""
        with reading(self.store) as connection:
            row = connection.execute(select(PROJECTS).where(PROJECTS.c.project == number)).one_or_none()
        return self._project(row) if row else None

    def projects(self) -> list[tuple[ReviewedProject | None, int, int]]:
        """Return the projects: what the policy is asked about each, its number, and when Label Studio had it."""
        with reading(self.store) as connection:
            rows = connection.execute(select(PROJECTS)).all()
        return [(self._project(row), row.project, row.looked) for row in rows]

    def looked(self, connection: Connection, project: int) -> None:
        """Note that Label Studio has a project."""
        own = PROJECTS.c.project == project
        connection.execute(update(PROJECTS).where(own).values(looked=int(self._now())))

    def totals(self) -> dict[tuple[int, str], int]:
        """Return how often each verdict was reached, by project."""
        with reading(self.store) as connection:
            return {(project, verdict): count for project, verdict, count in connection.execute(select(TOTALS))}

    def counts(self) -> dict[tuple[int, str], Counter[str]]:
        """Return how many annotations that are known stand at each verdict, by project and model version.

        They are counted in the open, those under another secret too.
        """
        own = (REVIEWS.c.project, REVIEWS.c.version, REVIEWS.c.verdict)
        found: dict[tuple[int, str], Counter[str]] = {}
        with reading(self.store) as connection:
            for project, version, verdict, count in connection.execute(select(*own, func.count()).group_by(*own)):
                found.setdefault((project, version), Counter())[verdict] = count
        return found

    def kept_tasks(self, project: int) -> int:
        """Return of how many tasks of a project annotations are kept with their text."""
        own = (REVIEWS.c.project == project, REVIEWS.c.expires > self._now())
        with reading(self.store) as connection:
            return connection.scalar(select(func.count(REVIEWS.c.task.distinct())).where(*own)) or 0

    def numbers(self, project: int, tasks: Sequence[int]) -> dict[int, int]:
        """Return the annotations of some tasks that are known, each with its task."""
        found: dict[int, int] = {}
        with reading(self.store) as connection:
            for start in range(0, len(tasks), CHUNK):
                some = REVIEWS.c.task.in_(tasks[start : start + CHUNK])
                asked = select(REVIEWS.c.annotation, REVIEWS.c.task).where(REVIEWS.c.project == project, some)
                found |= {row.annotation: row.task for row in connection.execute(asked)}
        return found

    def tasks(self, project: int) -> set[int]:
        """Return the tasks of a project of which annotations are known."""
        with reading(self.store) as connection:
            asked = select(REVIEWS.c.task).where(REVIEWS.c.project == project).distinct()
            return set(connection.execute(asked).scalars())

    def _project(self, row: Any) -> ReviewedProject | None:
        said = self.entries.open(row.body, ["project", row.project])
        return ReviewedProject(*said) if said else None


def _note(connection: Connection, *which: ColumnElement[bool]) -> None:
    """Note that the annotations change that some conditions hold for."""
    tasks: dict[int, list[int]] = {}
    for project, task in connection.execute(select(REVIEWS.c.project, REVIEWS.c.task).where(*which)):
        tasks.setdefault(project, []).append(task)
    for project, own in tasks.items():
        note_changes(connection, project, own)


def _count(connection: Connection, project: int, verdict: Verdict, count: int) -> None:
    own = (TOTALS.c.project == project) & (TOTALS.c.verdict == verdict)
    more = update(TOTALS).where(own).values(count=TOTALS.c.count + count)
    if count and not connection.execute(more).rowcount:
        connection.execute(insert(TOTALS), [{"project": project, "verdict": verdict, "count": count}])


def _chunks(reviews: Sequence[Review]) -> Iterator[Sequence[Review]]:
    return (reviews[start : start + CHUNK] for start in range(0, len(reviews), CHUNK))


def _named(label: str | tuple[str, ...]) -> str:
    return label if isinstance(label, str) else " / ".join(label)


def _without(kept: KeptAnnotation, keeping: Keeping) -> KeptAnnotation:
    """Leave out the fields that are never sent, and note what was asked."""
    data = {name: value for name, value in kept.data.items() if not keeping.withholds(name)}
    gone = {name: value for name, value in kept.data.items() if name not in data}
    is_clean = not gone or not keeping.hides(gone, [data, kept.result])
    asked = None if keeping.controls is None else list(keeping.controls)
    return KeptAnnotation(kept.result, data, kept.who, list(gone), is_clean, asked)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def holds(kept: KeptAnnotation, words: str) -> bool:
    """Say whether a text stands in an annotation or its task; upper and lower case and blanks count for nothing."""
    wanted = _folded(words)
    return bool(wanted) and any(wanted in _folded(text) for text in _texts([kept.data, kept.result]))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, below in value.items():
            yield str(name)
            yield from _texts(below)
    elif isinstance(value, list):
        for below in value:
            yield from _texts(below)
