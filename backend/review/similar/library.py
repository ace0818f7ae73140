"""The annotated tasks of all projects that may be examples, as the database has them now."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from backend.review.changes import changes_since
from backend.review.entries import KeptAnnotation
from backend.review.reviews import Reviews

if TYPE_CHECKING:
    from backend.review.similar.marked import MarkableText, MarkedAgain
    from backend.review.similar.nearest import NearestLabel
    from backend.review.similar.shelf import LabelUse, Shelf, ShelfChoice

MOST_SHELVES = 64
"""Projects that are at hand."""

ShelfKey: TypeAlias = tuple[int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class ComparedTask:
    """A task with which annotated ones are compared.

    Attributes:
        project: its project's number: of no other there are any.
        path: the path prefix of the backend's URL.
        number: Label Studio's, "" if it has none.
        data: its data.
        fields: those whose texts tell what it is like.
    """

    project: int
    path: str
    number: str
    data: Mapping[str, Any] = field(repr=False)
    fields: frozenset[str]


@dataclass(slots=True)
class _Place:
    """Where a project's shelf stands.

    Attributes:
        known: through which change it is known; -1 before it is read.
        path: the path prefix by which the project's webhooks came.
    """

    shelf: "Shelf"
    lock: threading.Lock = field(default_factory=threading.Lock)
    known: int = -1
    path: str | None = None


class Library:
    """Thread-safe. What is deleted is forgotten before the next choice, whichever process heard of it.

    Args:
        open_reviews: opens what is known of reviews, when it is first needed.
        now: tells Unix time.
        means: whether texts are compared by what they mean, too, where the package for it is installed.

    Attributes:
        on_change: is told of a project's task that changed, 0 for all of it, so that nothing made of it stays.
    """

    def __init__(
        self, open_reviews: Callable[[], Reviews], now: Callable[[], float] = time.time, *, means: bool = False
    ) -> None:
        self._open, self._now, self._means = open_reviews, now, means
        self._lock = threading.Lock()
        self._reviews: Reviews | None = None
        self._places: OrderedDict[ShelfKey, _Place] = OrderedDict()
        self.on_change: Callable[[int, int], None] = lambda *_: None

    def choice(self, task: ComparedTask, most: int) -> "ShelfChoice | None":
        """Begin to choose examples for a task. The first time a project's annotations are read, which takes a while.

        Args:
            task: before which they are to stand.
            most: how many are wanted.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._shelf_of(task) as shelf:
            return shelf.choice(task.number, task.data, most, self._now()) if shelf else None

    def uses(self, task: ComparedTask, said: Sequence[str]) -> "dict[int, LabelUse]":
        """Return how annotators used each label in tasks that are like one, by its hash.

        Args:
            task: the one.
            said: its texts as a model may see them.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._shelf_of(task) as shelf:
            return shelf.uses(task.number, task.data, said, self._now()) if shelf else {}

    def marked(self, task: ComparedTask, asked: "Sequence[MarkableText]") -> "list[list[MarkedAgain]]":
        """Return, for each text, what of it annotators marked in other tasks.

        Args:
            task: whose texts they are.
            asked: the texts.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._shelf_of(task) as shelf:
            now = self._now()
            return [shelf.marked(task.number, task.data, one, now) if shelf else [] for one in asked]

    def nearest(self, task: ComparedTask, asked: Sequence[Mapping[int, str]]) -> "list[NearestLabel | None]":
        """Return, for the labels of each control, which one the annotated tasks have that are most like a task.

        Args:
            task: the task.
            asked: names of the labels of each, by their hashes.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._shelf_of(task) as shelf:
            now = self._now()
            return [shelf.nearest(task.number, task.data, labels, now) if shelf else None for labels in asked]

    def kept(self, project: int, task: int, annotation: int) -> KeptAnnotation | None:
        """Return an annotation that is kept; None if it is gone.

        Raises:
            StoreError: the database cannot be used.
        """
        for review in self.reviews.all(project, [task]):
            if review.annotation == annotation and review.expires > self._now():
                return review.kept
        return None

    def sweep(self) -> None:
        """Forget what was deleted, of all projects that are at hand.

        Raises:
            StoreError: the database cannot be used.
        """
        with self._lock:
            places = list(self._places.items())
        for (project, _), place in places:
            with place.lock:
                self._refresh(place, project)

    @property
    def reviews(self) -> Reviews:
        """What is known of reviews."""
        with self._lock:
            if self._reviews is None:
                self._reviews = self._open()
            return self._reviews

    @contextmanager
    def _shelf_of(self, task: ComparedTask) -> "Iterator[Shelf | None]":
        """Hold a task's shelf, as the database has it now; None if its project's webhooks came by another path.

        A shelf with nothing on it is false.
        """
        place = self._place((task.project, task.fields))
        with place.lock:
            self._refresh(place, task.project)
            yield place.shelf if place.path == task.path else None

    def _place(self, key: ShelfKey) -> _Place:
        with self._lock:
            place = self._places.pop(key, None) or _Place(self._shelf(key[1]))
            self._places[key] = place
            while len(self._places) > MOST_SHELVES:
                self._places.popitem(last=False)
            return place

    def _refresh(self, place: _Place, project: int) -> None:
        """Read what changed since it was looked at last."""
        reviews = self.reviews
        known, tasks = changes_since(reviews.store, project, place.known)
        if tasks is None or place.known < 0:
            place.shelf = self._shelf(place.shelf.fields)
            self.on_change(project, 0)
            for task, own in groupby(reviews.all(project, by_task=True), lambda review: review.task):
                place.shelf.put(task, list(own))
        for task in tasks or ():
            self.on_change(project, task)
            place.shelf.put(task, list(reviews.all(project, [task])))
        if known != place.known:
            about = reviews.project(project)
            place.path = about.path if about else None
        place.known = known

    def _shelf(self, fields: frozenset[str]) -> "Shelf":
        from backend.review.similar.shelf import Shelf  # noqa: PLC0415 - as above
        from backend.system.embedding import installed_embed  # noqa: PLC0415 - it takes numpy, and each start time

        return Shelf(fields, installed_embed() if self._means else None)
