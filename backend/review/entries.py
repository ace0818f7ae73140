"""A review as it stands in the tables: numbers in the open, all that names a label or a text under a key."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.review.facts import How, LabelChange, Verdict
from backend.system.sealing import Sealer

DIGEST = 16
"""Signs of a hash that stands for a value."""


@dataclass(frozen=True, slots=True)
class ReviewedProject:
    """What the policy is asked about a project.

    Attributes:
        number: Label Studio's.
        path: the path prefix of the backend's URL, "" if there is none.
    """

    number: int
    label_config: str = field(repr=False)
    path: str = ""
    title: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NamedChange:
    """What became of a label of the config, often.

    Attributes:
        control: the control's name.
        was, became: labels; "" where there is none, or it is none of the config's.
        how: what was done.
        count: how often.
    """

    control: str
    was: str = field(repr=False)
    became: str = field(repr=False)
    how: How
    count: int


@dataclass(frozen=True, slots=True)
class KeptAnnotation:
    """An annotation that the policy lets us keep, with the data of its task.

    Attributes:
        who: a keyed hash of who made it.
        left_out: the names of the task's fields that are withheld, and so not kept.
        is_clean: whether none of their values stands in what is kept. If nobody looked, it is not.
        controls: the names of the label config's controls when it was made; None if nobody knows.
    """

    result: list[dict[str, Any]] = field(repr=False)
    data: dict[str, Any] = field(repr=False)
    who: str = ""
    left_out: list[str] = field(default_factory=list, repr=False)
    is_clean: bool = False
    controls: list[str] | None = field(default=None, repr=False)

    def was_asked(self, controls: Iterable[str]) -> bool:
        """Say whether its annotator could answer to controls, as far as anybody knows; else silence says nothing."""
        return self.controls is None or set(controls) <= set(self.controls)


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer did with a task.

    Attributes:
        project, task, annotation: Label Studio's numbers.
        version: the model version of the prediction that it began with, "" if none is known.
        made, changed: Unix time.
        lead_s: seconds that it took, 0 if nobody says.
        cancelled: whether the task was skipped.
        ground_truth: whether it counts as true.
        expires: when what is kept of it is erased, Unix time.
        kept: None where the policy keeps nothing.
    """

    project: int
    task: int
    annotation: int
    version: str
    verdict: Verdict
    made: float
    changed: float
    lead_s: float = 0.0
    cancelled: bool = False
    ground_truth: bool = False
    changes: tuple[NamedChange, ...] = ()
    expires: int = 0
    kept: KeptAnnotation | None = field(default=None, repr=False)


class ReviewEntries:
    """Writes and reads what stands in the tables.

    Args:
        secret: from which the keys are made: the one that chooses surrogates, as for kept answers.
    """

    def __init__(self, secret: bytes) -> None:
        self._seal = Sealer(secret, "reviews")

    def digest(self, said: object) -> str:
        """Return a short keyed hash of JSON."""
        return self._seal.name(said)[:DIGEST]

    def close(self, said: object, known: object) -> bytes:
        """Encrypt JSON, with what stands beside it in the open."""
        return self._seal.close(json.dumps(said, separators=(",", ":")).encode(), known)

    def open(self, sealed: bytes, known: object) -> Any:
        """Decrypt JSON; None if the secret is another."""
        body = self._seal.open(sealed, known)
        return None if body is None else json.loads(body)

    def row(self, review: Review) -> dict[str, Any]:
        """Write a review's row."""
        row: dict[str, Any] = {name: getattr(review, name) for name in ("project", "annotation", "task", "version")}
        row |= {"verdict": review.verdict, "made": int(review.made), "changed": int(review.changed * 1000)}
        changes = [[one.control, one.was, one.became, one.how, one.count] for one in review.changes]
        facts = [review.lead_s, review.cancelled, review.ground_truth, changes]
        row["facts"] = self.close(facts, _known(row, "facts"))
        kept = review.kept
        body = self.close(_said(kept), _known(row, "body")) if kept else b""
        return row | {"expires": review.expires if kept else 0, "body": body}

    def review(self, row: Mapping[str, Any]) -> Review | None:
        """Read a review's row; None if the secret is another."""
        facts = self.open(row["facts"], _known(row, "facts"))
        if facts is None:
            return None
        lead_s, cancelled, ground_truth, changes = facts
        body = self.open(row["body"], _known(row, "body")) if row["body"] else None
        return Review(
            **{name: row[name] for name in ("project", "task", "annotation", "version", "verdict", "made", "expires")},
            changed=row["changed"] / 1000,
            lead_s=lead_s,
            cancelled=cancelled,
            ground_truth=ground_truth,
            changes=tuple(NamedChange(*change) for change in changes),
            kept=KeptAnnotation(*body) if body else None,
        )


def _said(kept: KeptAnnotation) -> list[Any]:
    return [kept.result, kept.data, kept.who, kept.left_out, kept.is_clean, kept.controls]


def named_changes(
    changes: Mapping[LabelChange, int], labels: Mapping[str, Mapping[str, str]]
) -> tuple[NamedChange, ...]:
    """Name the labels of changes; one that is none of the config's, such as one of the task's own, has no name.

    Args:
        changes: how often each.
        labels: those of the config, by control and hash.
    """
    named: dict[tuple[str, str, str, How], int] = {}
    for change, count in changes.items():
        known = labels.get(change.control, {})
        control = change.control if change.control in labels else ""
        key = (control, known.get(change.was, ""), known.get(change.became, ""), change.how)
        named[key] = named.get(key, 0) + count
    return tuple(NamedChange(*key, count) for key, count in named.items())


def _known(row: Mapping[str, Any], part: str) -> list[Any]:
    """Return what stands beside in the open and is vouched for."""
    return [part, *(row[name] for name in ("project", "annotation", "task", "version", "made"))]
