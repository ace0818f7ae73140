"""A result → facts without text, and two of them compared: what a reviewer kept, changed or threw away.

Values and labels stand in facts as keyed hashes. Two that are equal have the same hash, and without the key nobody
learns from it what they are.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Digest: TypeAlias = Callable[[object], str]
"""Makes a short keyed hash of JSON."""
Verdict: TypeAlias = Literal["kept", "changed", "thrown", "unknown"]
How: TypeAlias = Literal["kept", "moved", "changed", "removed", "added"]
VERDICTS: tuple[Verdict, ...] = ("kept", "changed", "thrown", "unknown")

MOST_REGIONS = 5_000
"""Regions of one result that are compared."""
LONGEST_NAME = 500
_PLACES = ("start", "end", "startOffset", "endOffset")
_UNORDERED = frozenset({"choices", "taxonomy"})


@dataclass(frozen=True, slots=True)
class RegionFact:
    """A region, without its text.

    Attributes:
        id: a hash of the region's number; regions of one may share it.
        control: the control's name, which stands in the label config.
        kind: the type of the result, such as `choices`.
        place: a hash of where it stands, "" if it is about the whole object.
        value: a hash of all that it says beside its place.
        labels: hashes of its labels.
    """

    id: str
    control: str
    kind: str
    place: str
    value: str
    labels: tuple[str, ...]

    def flat(self) -> list[Any]:
        """Return it as JSON."""
        return [self.id, self.control, self.kind, self.place, self.value, list(self.labels)]

    @classmethod
    def of_flat(cls, flat: Sequence[Any]) -> "RegionFact":
        """Read what `flat` returned."""
        own, control, kind, place, value, labels = flat
        return cls(own, control, kind, place, value, tuple(labels))


@dataclass(frozen=True, slots=True)
class LabelChange:
    """What became of a label.

    Attributes:
        control: the control's name.
        was, became: hashes of the labels; "" where there is none.
        how: what was done.
    """

    control: str
    was: str
    became: str
    how: How


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of a prediction.

    Attributes:
        changes: how often each.
    """

    verdict: Verdict
    changes: Mapping[LabelChange, int]


def facts_of(result: Iterable[Mapping[str, Any]], digest: Digest) -> list[RegionFact]:
    """Return a result's facts; what is no region is left out."""
    found: list[RegionFact] = []
    for region in result:
        if len(found) == MOST_REGIONS:
            break
        if (fact := _fact(region, digest)) is not None:
            found.append(fact)
    return found


def label_digest(label: object, digest: Digest) -> str:
    """Return the hash that stands for a label, or for the path of one."""
    return digest(["label", label])


def _fact(region: Mapping[str, Any], digest: Digest) -> RegionFact | None:
    kind, control, value = region.get("type"), region.get("from_name", ""), region.get("value")
    if kind == "relation":
        ends = [region.get(name) for name in ("from_id", "to_id")]
        labels = _labels({"labels": region.get("labels") or []}, digest)
        return RegionFact("", "", "relation", digest(["ends", ends]), digest(["value", sorted(labels)]), labels)
    if not isinstance(kind, str) or not isinstance(control, str) or not isinstance(value, dict):
        return None
    place = _place(value)
    labels = _labels(value, digest)
    said = digest(["value", _said(value, bool(place))])
    own = digest(["id", region.get("id")])
    return RegionFact(own, control[:LONGEST_NAME], kind[:40], digest(["place", place]) if place else "", said, labels)


def _place(value: Mapping[str, Any]) -> list[Any]:
    """Return where a region stands: in HTML the editor writes its own paths beside the offsets that we give."""
    offsets = value.get("globalOffsets")
    if isinstance(offsets, dict):
        return ["global", offsets.get("start"), offsets.get("end")]
    return [value.get(name) for name in _PLACES] if "start" in value or "startOffset" in value else []


def _said(value: Mapping[str, Any], is_placed: bool) -> Any:
    """Return what a region says beside its place: of a stretch of text not the text, which hangs on the place."""
    dropped = {*_PLACES, "globalOffsets", *(("text",) if is_placed else ())}
    return {name: in_one_order(name, said) for name, said in sorted(value.items()) if name not in dropped}


def in_one_order(name: str, said: Any) -> Any:
    """Return a part of a value, the same for two that say the same: editors give labels in the order of clicks.

    Args:
        name: the part's key.
        said: what stands there.
    """
    is_set = isinstance(said, list) and (name in _UNORDERED or name.endswith("labels"))
    said = sorted(said, key=str) if is_set else said
    return [said] if name == "text" and isinstance(said, str) else said


def _labels(value: Mapping[str, Any], digest: Digest) -> tuple[str, ...]:
    named = [said for name, said in value.items() if name in _UNORDERED or name.endswith("labels")]
    labels = [label for said in named if isinstance(said, list) for label in said if isinstance(label, str | list)]
    return tuple(label_digest(label, digest) for label in labels)


def compare(predicted: Sequence[RegionFact], annotated: Sequence[RegionFact], *, cancelled: bool = False) -> Comparison:
    """Say what became of a prediction.

    It was kept if it stands as it was with nothing beside it, thrown away if the task was skipped or nothing of it is
    left, not even changed.

    Args:
        predicted: its facts.
        annotated: those of the annotation.
        cancelled: whether the task was skipped.
    """
    if cancelled:
        removed = Counter(change for one in predicted for change in _changes(one, None))
        return Comparison("thrown", removed)
    same, was, became = _same(predicted, annotated)
    pairs = list(_pairs(was, became))
    paired = {id(one) for pair in pairs for one in pair}
    gone = [(one, None) for one in was if id(one) not in paired]
    new = [(None, one) for one in became if id(one) not in paired]
    changes: Counter[LabelChange] = Counter()
    for before, after in (*((one, one) for one in same), *pairs, *gone, *new):
        changes.update(_changes(before, after))
    if len(same) == len(predicted) == len(annotated):
        return Comparison("kept", changes)
    return Comparison("thrown" if predicted and not same and not pairs else "changed", changes)


def _same(
    predicted: Sequence[RegionFact], annotated: Sequence[RegionFact]
) -> tuple[list[RegionFact], list[RegionFact], list[RegionFact]]:
    """Return the regions that stand in both, and the others of each."""
    there: defaultdict[tuple[str, ...], list[RegionFact]] = defaultdict(list)
    for fact in annotated:
        there[_key(fact)].append(fact)
    same, was = [], []
    for fact in predicted:
        if there[_key(fact)]:
            same.append(there[_key(fact)].pop())
        else:
            was.append(fact)
    return same, was, [fact for facts in there.values() for fact in facts]


def _key(fact: RegionFact) -> tuple[str, ...]:
    return fact.control, fact.kind, fact.place, fact.value


def _pairs(was: Sequence[RegionFact], became: Sequence[RegionFact]) -> Iterator[tuple[RegionFact, RegionFact]]:
    """Pair regions of which one became the other: by their number, else by their place, else as a control's only one.

    The editor gives a region that it takes from a prediction the number that it had there.
    """
    left = {id(fact): fact for fact in was}
    free = {id(fact): fact for fact in became}
    for key in (_by_number, _by_place):
        there: dict[Any, RegionFact] = {}
        for fact in free.values():
            there.setdefault(key(fact), fact)
        for fact in list(left.values()):
            if (found := there.pop(key(fact), None)) is not None:
                del left[id(fact)], free[id(found)]
                yield fact, found


def _by_number(fact: RegionFact) -> Any:
    return fact.control, fact.kind, fact.id


def _by_place(fact: RegionFact) -> Any:
    return fact.control, fact.kind, fact.place


def _changes(before: RegionFact | None, after: RegionFact | None) -> Iterator[LabelChange]:
    """Yield what became of each label; a region that has none counts by itself."""
    one = before or after
    if one is None:
        return
    was, became = set(before.labels if before else ()), set(after.labels if after else ())
    if not was and not became:
        yield LabelChange(one.control, "", "", _how(before, after))
        return
    stays: How = "kept" if before and after and before.place == after.place else "moved"
    yield from (LabelChange(one.control, label, label, stays) for label in sorted(was & became))
    gone, new = sorted(was - became), sorted(became - was)
    if len(gone) == len(new) == 1:
        yield LabelChange(one.control, gone[0], new[0], "changed")
        return
    yield from (LabelChange(one.control, label, "", "removed") for label in gone)
    yield from (LabelChange(one.control, "", label, "added") for label in new)


def _how(before: RegionFact | None, after: RegionFact | None) -> How:
    if before is None or after is None:
        return "added" if before is None else "removed"
    return "kept" if (before.place, before.value) == (after.place, after.value) else "changed"
