"""What was annotated before webhooks told of it, fetched from Label Studio: a part at a time, and on from there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from sqlalchemy import delete, insert, select

from backend.labelstudio.events import ReviewedTask
from backend.review.entries import Review, ReviewedProject
from backend.review.events import facts_of_task
from backend.review.reviews import Keeping, Reviews
from backend.review.scores import ScoredTask, ScoreEntries, scored_task
from backend.review.tables import PART, SYNCS
from backend.store import Store, reading, writing

PART_SIZE = 50
"""Tasks that are fetched together, and are done together."""


class Reviewed(Protocol):
    """What is asked of Label Studio; its methods raise `LabelStudioError`."""

    async def annotated(self, project: int) -> list[int]:
        """List the tasks of a project that have annotations, in the order of their numbers."""

    async def reviewed(self, project: int, ids: Sequence[int]) -> list[ReviewedTask]:
        """Read tasks with their annotations and predictions."""


class Sync:
    """Fetches what was annotated in a project. Belongs to one event loop.

    Args:
        store: of `open_store`.
        reviews: in it.
        project: the project.
        keeping: what the policy says about it.
        on_progress: is told how many tasks are done, and of how many.
    """

    def __init__(
        self,
        store: Store,
        reviews: Reviews,
        project: ReviewedProject,
        keeping: Keeping,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._store, self._reviews = store, reviews
        self._project, self._keeping = project, keeping
        self._on_progress = on_progress or _tell_nobody
        self.annotations = self.forgotten = 0

    async def run(self, studio: Reviewed) -> None:
        """Fetch all, from where the last run was stopped; what Label Studio has no more is forgotten.

        Raises:
            LabelStudioError, StoreError: it stops here; the next run goes on.
        """
        number = self._project.number
        known = self._reviews.tasks(number)
        ids = await studio.annotated(number)
        after = self._after()
        left = [task for task in ids if task > after]
        self._on_progress(len(ids) - len(left), len(ids))
        for start in range(0, len(left), PART_SIZE):
            part = left[start : start + PART_SIZE]
            self._write(part, await studio.reviewed(number, part))
            self._on_progress(len(ids) - len(left) + start + len(part), len(ids))
        gone = sorted(known - set(ids))
        with writing(self._store, PART) as connection:
            self.forgotten += self._reviews.forget(connection, project=number, tasks=gone) if gone else 0
            connection.execute(delete(SYNCS).where(SYNCS.c.project == number))

    def _write(self, part: Sequence[int], tasks: Sequence[ReviewedTask]) -> None:
        number, entries = self._project.number, self._reviews.entries
        found = [facts for task in tasks for facts in facts_of_task(task, entries, keeps_text=bool(self._keeping.days))]
        there = {facts.annotation for facts in found}
        known = {review.annotation: review for review in self._reviews.all(number, part)}
        judged = [self._reviews.judge(number, facts, self._keeping) for facts in found]
        reviews = {one.annotation: _as_asked(one, known.get(one.annotation)) for one in judged}
        every = [one for task in tasks for one in scored_task(number, task, entries)]
        scored = [one for each in every if (one := _of_asked(each, reviews.get(each.annotation))).answers]
        with writing(self._store, PART) as connection:
            self._reviews.remember(connection, self._project)
            self._reviews.write(connection, list(reviews.values()))
            ScoreEntries(entries).write(connection, number, part, scored)
            connection.execute(delete(SYNCS).where(SYNCS.c.project == number))
            connection.execute(insert(SYNCS), [{"project": number, "task": part[-1]}])
        gone = sorted(set(self._reviews.numbers(number, part)) - there)
        if gone:
            with writing(self._store, PART) as connection:
                self.forgotten += self._reviews.forget(connection, project=number, annotations=gone)
        self.annotations += len(found)

    def _after(self) -> int:
        """Return the task through which an earlier run came that was stopped."""
        with reading(self._store) as connection:
            return connection.scalar(select(SYNCS.c.task).where(SYNCS.c.project == self._project.number)) or 0


def _as_asked(review: Review, known: Review | None) -> Review:
    """Return a review with the controls for which its annotation is known to have been asked: now there may be others.

    Args:
        review: of an annotation, as Label Studio has it.
        known: what is known of that.
    """
    if review.kept is None:
        return review
    is_same = known is not None and round(known.changed * 1000) == int(review.changed * 1000)
    before = known.kept if known and is_same else None
    return replace(review, kept=replace(review.kept, controls=before.controls if before else None))


def _of_asked(scored: ScoredTask, review: Review | None) -> ScoredTask:
    """Leave out of a prediction what its annotator is known not to have been asked: it is neither right nor wrong."""
    kept = review.kept if review else None
    if kept is None:
        return scored
    return replace(scored, answers=tuple(one for one in scored.answers if kept.was_asked([one.control])))


def _tell_nobody(_done: int, _whole: int) -> None:
    return
