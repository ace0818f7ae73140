"""Forgetting, by number or by text: of one place for the commands that do so."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.model.kept_answers import ANSWERS, forget_answers
from backend.model.sent_samples import SAMPLES, forget_samples_of
from backend.queue.board import Board
from backend.queue.tables import PLANS, TASKS
from backend.review.tables import INBOX, REVIEWS, SCORES
from backend.store import scrub
from backend.subjects.subject import Holding, SubjectSources

ERASED = (ANSWERS, SAMPLES, TASKS, PLANS, INBOX, REVIEWS, SCORES)
"""Tables in which something may be erased."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many were forgotten."""

    annotations: int
    tasks: int
    answers: int
    samples: int


def forget_matching(sources: SubjectSources, project: int = 0, task: int = 0, words: str = "") -> Forgotten:
    """Forget all that is kept of a project or a task, or annotations that hold a text, with what hangs on them.

    Args:
        sources: where.
        project, task: Label Studio's numbers, 0 for any.
        words: the text; "" where a number is given.

    Raises:
        StoreError: the database cannot be used.
    """
    if words:
        found = sources.reviews.forget_text(words)
        count, tasks = len(found), {(str(one.project), str(one.task)) for one in found}
    else:
        count = sources.reviews.forget_numbers(project, [task] if task else [])
        tasks = {(str(project or ""), str(task or ""))}
    board = Board(sources.store)
    queued = sum(board.forget(*named) for named in tasks)
    samples = sum(forget_samples_of(sources.store, *named) for named in tasks)
    return Forgotten(count, queued, forget_answers(sources.store, str(project or "")), samples)


def erase(sources: SubjectSources, found: Sequence[Holding]) -> tuple[list[int], bool]:
    """Erase what was found and may be erased, and have the database keep nothing of it.

    Args:
        sources: where it was found.
        found: of `held_about`.

    Returns:
        How many went of each, and whether nothing of them is left in the database's files.

    Raises:
        StoreError: the database cannot be used.
    """
    counts = [one.erase() if one.may_erase else 0 for one in found]
    return counts, scrub(sources.store, *ERASED)
