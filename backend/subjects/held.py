"""What each store holds about a data subject: the record, the books, and what is kept encrypted."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from backend.model.batch.books import KEPT, lines_of
from backend.model.kept_answers import StoredAnswer, forget_named, stored_answers
from backend.model.sent_samples import forget_samples, stored_samples
from backend.queue.found import StoredTask, forget_tasks, stored_tasks
from backend.record.sendings import Sending, Wanted, has_record, sendings
from backend.record.views import ViewBook
from backend.review.entries import KeptAnnotation
from backend.review.events import ReviewEvent
from backend.review.inbox import waiting_events
from backend.review.reviews import Reviews
from backend.subjects.lists import held_in_lists
from backend.subjects.subject import DataSubject, Holding, SubjectSources, tasks_named

CHAIN = "numbers, times, hashes of policy and prompt, counts: no text; a chain, of which no entry can be taken out"


def held_about(sources: SubjectSources, subject: DataSubject) -> list[Holding]:
    """Return what each place holds, also where it is nothing.

    Args:
        sources: where to look.
        subject: a task, or values.

    Raises:
        StoreError: the database cannot be asked.
        PolicyError, SettingsError: the policy, whose lists may hold a value, or the lists' key cannot be read.
    """
    found = [
        _answers(sources, subject),
        _samples(sources, subject),
        *_queued(sources, subject),
        *_reviewed(sources, subject),
    ]
    if not subject.task:
        return [*_bookless(), *found, held_in_lists(sources.policy, subject)]
    return [*_booked(sources, subject), *found]


def _booked(sources: SubjectSources, subject: DataSubject) -> list[Holding]:
    """Return what the record holds of a task, and the books that name its entries."""
    told: list[Sending] = []
    if has_record(sources.store):
        told = list(sendings(sources.store, Wanted(project=subject.project or None, task=subject.task)))
    times = [datetime.fromisoformat(one.attempt["time"]).timestamp() for one in told]
    days = [one.attempt["keep_days"] for one in told]
    until = "for ever" if None in days or not days else f"{max(days)} days, then labelguard audit prune"
    attempts = {one.attempt["seq"] for one in told}
    seen = sum(view["attempt"] in attempts for view in ViewBook(sources.store).views()) if told else 0
    count = len(told) + sum(one.outcome is not None for one in told) + seen
    where = tasks_named([(one.attempt["project"], one.attempt["task"]) for one in told])
    record = Holding("record", count, until, CHAIN, min(times, default=None), max(times, default=None), where=where)
    began = lines_of(sources.store, attempts)
    known = [float(time) for time in began if time]
    lines = Holding(
        "batches",
        len(began),
        f"{KEPT.days} days",
        "numbers and keyed hashes of lines, by which what was paid is found: no text",
        min(known, default=None),
        max(known, default=None),
    )
    return [record, lines, _BUDGETS]


_BUDGETS = Holding("budgets", 0, "for ever", "sums by day, rule, project, provider and model: nothing of one task")


def _bookless() -> list[Holding]:
    nothing = "no value can be looked for in it: numbers, times, hashes of policy and prompt, counts, no text"
    return [
        Holding("record", 0, "for ever, or the rule's record_days", nothing),
        Holding("batches", 0, f"{KEPT.days} days", nothing),
        _BUDGETS,
    ]


def _answers(sources: SubjectSources, subject: DataSubject) -> Holding:
    """Return what is kept of answers. One that was kept before they named their tasks may be of any."""
    found, unread, tasks = list[str](), 0, list[tuple[str, str]]()
    expires = 0
    for answer in stored_answers(sources.store, sources.secret, subject.project):
        said = _read_json(answer)
        if said is None:
            unread += 1
            continue
        task = str(said.get("task") or "")
        is_meant = subject.is_in(said) if subject.values else "task" not in said or task == subject.task
        if is_meant:
            found.append(answer.name)
            tasks.append((answer.project, task))
            expires = max(expires, answer.expires)
    return Holding(
        "answers",
        len(found),
        "hours, the rule's answers_hours",
        "what a model answered about redacted text, encrypted",
        expires=expires or None,
        may_erase=True,
        unread=unread,
        where=tasks_named(tasks),
        erase=lambda: forget_named(sources.store, found),
    )


def _read_json(answer: StoredAnswer) -> dict[str, object] | None:
    return None if answer.body is None else dict(json.loads(answer.body))


def _samples(sources: SubjectSources, subject: DataSubject) -> Holding:
    kept = stored_samples(sources.store, sources.secret, subject.project, subject.task)
    unread = sum(one.request is None for one in kept) if subject.values else 0
    found = [one for one in kept if not subject.values or (one.request is not None and subject.is_in(one.request))]
    attempts = [one.attempt for one in found]
    return Holding(
        "samples",
        len(found),
        "the rule's sent_days",
        "redacted requests as they were sent, if the policy keeps a part of them, encrypted",
        expires=max((float(one.expires) for one in found), default=None),
        may_erase=True,
        unread=unread,
        where=tasks_named([(one.project, one.task) for one in found]),
        erase=lambda: forget_samples(sources.store, attempts),
    )


def _queued(sources: SubjectSources, subject: DataSubject) -> list[Holding]:
    """Return what the queue holds: tasks that wait or were done, and those that failed."""
    rows = stored_tasks(sources.store, sources.secret, subject.project, subject.task)
    unread = [row for row in rows if row.has_text and row.content is None] if subject.values else []
    if subject.values:
        rows = [row for row in rows if row.content and _says(row, subject)]
    told = (("queue", "tasks behind a click", False), ("failures", "why tasks failed", True))
    holdings = []
    for place, what, is_failed in told:
        some = [row for row in rows if (row.state == "failed") == is_failed]
        holdings.append(
            Holding(
                place,
                len(some),
                "a text for LABELGUARD_QUEUE_HOURS, how it ended for a week",
                f"{what}, with their text, encrypted, until that is erased",
                last=max((float(row.ended) for row in some if row.ended), default=None),
                expires=max((float(row.expires) for row in some if row.has_text), default=None),
                may_erase=True,
                unread=sum((row.state == "failed") == is_failed for row in unread),
                where=tasks_named([(row.project, row.task) for row in some]),
                erase=_erasing(sources, [row.name for row in some]),
            )
        )
    return holdings


def _erasing(sources: SubjectSources, names: Sequence[str]) -> Callable[[], int]:
    return lambda: forget_tasks(sources.store, names)


def _says(row: StoredTask, subject: DataSubject) -> bool:
    if row.content is None:
        return False
    source, task = row.content
    return subject.is_in([dict(task.data), dict(task.meta), source.title])


def _reviewed(sources: SubjectSources, subject: DataSubject) -> list[Holding]:
    """Return what is known of reviews; annotations, scores and what waits of them are erased together."""
    reviews, tasks, project = sources.reviews, _numbers(subject.task), _numbers(subject.project)
    if bool(subject.task) > bool(tasks) or bool(subject.project) > bool(project):
        return []  # Label Studio has no such numbers
    number = project[0] if project else 0
    known, scored = reviews.count(number, tasks)
    found = list(reviews.all(number, tasks))
    count, unread = known, 0
    erase: Callable[[], int] = partial(reviews.forget_numbers, number, tasks)
    if subject.values:
        unread, scored = known - len(found), 0
        found = [one for one in found if _is_kept(one.kept, subject)]
        count, erase = len(found), partial(_forget_kept, reviews, subject, number)
    review = Holding(
        "reviews",
        count,
        "annotations for the rule's days, what became of predictions until it is forgotten",
        "what became of predictions; annotations with their tasks' data, if the policy keeps them; encrypted",
        min((one.made for one in found), default=None),
        max((one.changed for one in found), default=None),
        expires=max((float(one.expires) for one in found if one.kept), default=None),
        may_erase=True,
        unread=unread,
        where=tasks_named([(str(one.project), str(one.task)) for one in found]),
        erase=erase,
    )
    what = "how sure predictions were and whether they were right: no text; they go with the reviews"
    scores = Holding("scores", scored, "until they are forgotten", what, may_erase=True, erase=lambda: scored)
    return [review, _waiting(sources, subject), scores]


def _forget_kept(reviews: Reviews, subject: DataSubject, project: int) -> int:
    return len(reviews.forget_kept(lambda kept: _is_kept(kept, subject), project))


def _waiting(sources: SubjectSources, subject: DataSubject) -> Holding:
    events = waiting_events(sources.store, sources.reviews.entries)
    some = [one for one in events if one.event and _is_of(one.event, subject)]
    came = [float(one.came) for one in some]
    return Holding(
        "webhooks",
        len(some),
        "seconds, until they are worked on",
        "annotations on their way, encrypted; they go with the reviews",
        min(came, default=None),
        max(came, default=None),
        may_erase=True,
        unread=sum(one.event is None for one in events),
        erase=lambda: len(some),
    )


def _numbers(number: str) -> list[int]:
    return [int(number)] if number.isascii() and number.isdecimal() and len(number) < 19 else []


def _is_kept(kept: KeptAnnotation | None, subject: DataSubject) -> bool:
    return kept is not None and subject.is_in([kept.data, kept.result])


def _is_of(event: ReviewEvent, subject: DataSubject) -> bool:
    project, told = str(event.project.number), event.annotations
    if event.kind != "written" or subject.project not in ("", project):
        return False
    if subject.values:
        return any(_is_kept(one.kept, subject) for one in told)
    return any(subject.task == str(one.task) for one in told)
