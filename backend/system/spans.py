"""The way of a task as spans, for traces: stages within each other, with names and numbers of a closed list."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, TypeAlias

NUMBERED = frozenset({"project", "task"})
"""What Label Studio numbers: a client may send anything in its place, which is left out."""
KEYS = NUMBERED | {"tasks", "predicted", "ended", "rule", "provider", "model", "code", "tokens_in", "tokens_out"}
"""All that a span may say. None is of a task's text, its labels or its fields."""
LONGEST = 200


class StartedSpan(Protocol):
    """A span of whatever library."""

    def note(self, key: str, value: str | int) -> None:
        """Say something of it."""

    def end(self) -> None:
        """End it."""


BeginSpan: TypeAlias = Callable[[str, StartedSpan | None], StartedSpan]
"""Begins a span of a name, within another one or by itself."""


class OpenSpan:
    """A span under way; one of nothing says nothing.

    Attributes:
        started: the library's; None if there are no traces.
    """

    def __init__(self, started: StartedSpan | None = None) -> None:
        self.started = started

    def note(self, **about: str | int | None) -> None:
        """Say something of it; what is not known is left out.

        Raises:
            TypeError: it is not on the list.
        """
        if unknown := about.keys() - KEYS:
            raise TypeError(f"no span may say {', '.join(sorted(unknown))}")
        for key, value in about.items() if self.started else ():
            if key in NUMBERED and not (str(value).isascii() and str(value).isdigit()):
                continue
            if self.started and value is not None and value != "":
                self.started.note(key, value[:LONGEST] if isinstance(value, str) else value)

    def end(self) -> None:
        """End it."""
        if self.started:
            self.started.end()


_CURRENT: ContextVar[OpenSpan | None] = ContextVar("span", default=None)


class Spans:
    """Thread-safe, if what begins spans is.

    Args:
        begin: begins one; None where there are no traces.
    """

    def __init__(self, begin: BeginSpan | None = None) -> None:
        self._begin = begin

    @staticmethod
    def current() -> OpenSpan | None:
        """Return the span within which this runs."""
        return _CURRENT.get()

    def start(self, name: str, **about: str | int | None) -> OpenSpan:
        """Begin a span that is within no other; what runs from here on in this task is within it."""
        span = self._started(name, None)
        span.note(**about)
        _CURRENT.set(span)
        return span

    @contextmanager
    def span(self, name: str, within: OpenSpan | None = None, **about: str | int | None) -> Iterator[OpenSpan]:
        """Run something as a span.

        Args:
            name: one of a few of ours.
            within: the span around it; by default that within which this runs.
            about: what it says.
        """
        before = _CURRENT.get()
        span = self._started(name, within or before)
        span.note(**about)
        _CURRENT.set(span)
        try:
            yield span
        finally:
            _CURRENT.set(before)
            span.end()

    def _started(self, name: str, within: OpenSpan | None) -> OpenSpan:
        return OpenSpan(self._begin(name, within.started if within else None)) if self._begin else OpenSpan()
