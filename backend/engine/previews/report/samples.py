"""Some tasks as they would be sent: of each rule and provider so many that each entity type is seen."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.engine.previews.preview import TaskPreview
from backend.engine.previews.report.kept import KeptStretch, Veil
from backend.engine.previews.report.report import Sample, SentMessage
from backend.model.request import first_request

LONGEST = 20_000
"""Signs of a message that a report shows."""
CALLS = 5
"""Calls of one task that it shows."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    types: frozenset[str]
    samples: tuple[Sample, ...] = field(repr=False)


class Samples:
    """Chooses tasks, the first that bring something new; the same tasks give the same samples.

    Args:
        shows_originals: whether texts of which nothing is replaced are shown.
    """

    def __init__(self, shows_originals: bool) -> None:
        self._shows = shows_originals
        self._chosen: dict[tuple[str, tuple[str, ...]], list[_Chosen]] = {}

    def add(self, task: str, verdict: TaskPreview, kept: Iterable[KeptStretch], veil: Veil) -> None:
        """Take a task as a sample, if it is the first of its rule and providers, or shows a type that none shows.

        Args:
            task: its name.
            verdict: what would become of it.
            kept: what would be sent of it as it stands.
            veil: leaves out what must not be shown of it.
        """
        if not verdict.asks:
            return
        chosen = self._chosen.setdefault((verdict.rule, verdict.providers), [])
        types = frozenset((*verdict.replaced, *(one.detection.entity_type for one in kept)))
        if not chosen or not types <= frozenset().union(*(one.types for one in chosen)):
            chosen.append(_Chosen(types, tuple(self._samples(task, verdict, tuple(sorted(types)), veil))))

    def samples(self) -> Iterator[Sample]:
        """Yield what was chosen, without tasks of which the others show all."""
        for _, chosen in sorted(self._chosen.items()):
            needed = list(chosen)
            for one in reversed(chosen):
                others = [other for other in needed if other is not one]
                if others and one.types <= frozenset().union(*(other.types for other in others)):
                    needed = others
            for one in needed:
                yield from one.samples

    def _samples(self, task: str, verdict: TaskPreview, types: tuple[str, ...], veil: Veil) -> Iterator[Sample]:
        """Yield what each provider would be sent of a task; providers that get the same get one sample."""
        is_shown = self._shows or (verdict.decision is not None and verdict.decision.redact)
        by_calls: dict[tuple[tuple[SentMessage, ...], ...], list[str]] = {}
        for name, requests in _requests(verdict):
            calls = tuple(tuple(_message(one, veil) for one in request["messages"]) for request in requests[:CALLS])
            by_calls.setdefault(calls if is_shown else (), []).append(name)
        more = max(len(verdict.requests) - CALLS, 0) if is_shown else 0
        for calls, names in by_calls.items():
            yield Sample(task, verdict.rule, tuple(names), types, calls, more)


def _requests(verdict: TaskPreview) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
    """Yield what each provider would be sent, by its name: the mode of each adds words of its own."""
    ready, asks = verdict.preview.ready, verdict.asks
    if not ready or not asks:
        return
    for provider in asks.providers:
        yield provider.name, [first_request(prompt, form, provider) for _, prompt, form in ready.calls]


def _message(message: Mapping[str, str], veil: Veil) -> SentMessage:
    content = veil.over(message["content"])
    return SentMessage(message["role"], content[:LONGEST], max(len(content) - LONGEST, 0))
