"""What another policy would do otherwise with tasks: what differs, and of which, in words without any of theirs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from backend.engine.previews.preview import PreviewedTask, TaskPreview

PolicyChange: TypeAlias = tuple[tuple[str, str, str], list[str]]
"""What differs, as it was and as it is, and the names of the tasks of which it does."""


def policy_changes(
    asked: Sequence[PreviewedTask], before: Sequence[TaskPreview], after: Sequence[TaskPreview]
) -> tuple[list[PolicyChange], int]:
    """Say which tasks another policy would treat otherwise.

    Args:
        asked: the tasks.
        before, after: of each of them, under one policy and under the other.

    Returns:
        The kinds of change, each with its tasks, those of most first; and how many tasks differ.
    """
    kinds: dict[tuple[str, str, str], list[str]] = {}
    differing = 0
    for number, one in enumerate(asked):
        found = list(_changes(before[number], after[number]))
        differing += bool(found)
        for change in found:
            kinds.setdefault(change, []).append(_name(one, number))
    return sorted(kinds.items(), key=lambda kind: (-len(kind[1]), kind[0])), differing


def _name(asked: PreviewedTask, number: int) -> str:
    """Return a task's id, or its place in the file."""
    return asked.task.id or f"no. {number + 1}"


def _changes(before: TaskPreview, after: TaskPreview) -> Iterator[tuple[str, str, str]]:
    """Yield what differs, each with what it was and what it is, in words without any of the task's."""
    if before.rule != after.rule:
        yield "rule", before.rule or "none", after.rule or "none"
    if _asked(before) != _asked(after):
        yield "asked", _asked(before), _asked(after)
    if before.leaves != after.leaves:
        yield "leaves your network", _yes(before.leaves), _yes(after.leaves)
    if _refusal(before) != _refusal(after):
        yield "refusal", _refusal(before), _refusal(after)
    if before.refusal or after.refusal:
        return  # of a text that is not sent nothing is replaced
    was, now = _replaced(before), _replaced(after)
    for kind in sorted({*was, *now}):
        if was.get(kind) != now.get(kind):
            yield f"{kind} replaced", was.get(kind, "no"), now.get(kind, "no")
    yield from _lists(before, after)
    if before.messages != after.messages:
        yield "text that is sent", "", "differs"
    elif before.providers == after.providers and before.requests != after.requests:
        yield "what is sent beside the text", "", "differs"


def _lists(before: TaskPreview, after: TaskPreview) -> Iterator[tuple[str, str, str]]:
    """Yield of which types the policies' lists free or add more or fewer stretches."""
    for what, earlier, later in (
        ("freed by never_redact", before.freed, after.freed),
        ("added by always_redact", before.added, after.added),
    ):
        counts = Counter(one.entity_type for one in earlier), Counter(one.entity_type for one in later)
        for kind in sorted({*counts[0], *counts[1]}):
            if counts[0][kind] != counts[1][kind]:
                yield f"{kind} {what}", str(counts[0][kind] or "no"), str(counts[1][kind] or "no")


def _asked(verdict: TaskPreview) -> str:
    return ", then ".join(verdict.providers) or "nobody"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _refusal(verdict: TaskPreview) -> str:
    return verdict.refusal.code if verdict.refusal else "none"


def _replaced(verdict: TaskPreview) -> Mapping[str, str]:
    return {
        kind: f"{count} by {', '.join(sorted(verdict.operators[kind]))}" for kind, count in verdict.replaced.items()
    }
