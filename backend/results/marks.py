"""The regions that detection knows, and what becomes of a model's regions at the same places."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backend.labelstudio.reduce import BY_DETECTION
from backend.labelstudio.types import Control, Label, Span
from backend.labelstudio.visibility import ResultAbout
from backend.privacy.types import Detection
from backend.prompting.detected_labels import DetectedLabel, DetectedMarks, LabelTrust, RememberedMark
from backend.prompting.task_labels import region_place
from backend.results.detected import marked_stretches
from backend.system.writing import JSON

Place = tuple[int, int, int, int]
"""An item and a place in it, for the start and for the end."""
CORRECTED = "detection knows what stands there"


@dataclass(frozen=True, slots=True)
class KnownRegion:
    """A region that detection knows.

    Attributes:
        about: its result.
        label: what it marks.
        place: where.
        reach: where all stands that was found, such as a title before a name: a model sees one word in place of it.
    """

    about: ResultAbout
    label: DetectedLabel
    place: Place = field(repr=False)
    reach: Place = field(repr=False)


@dataclass(slots=True)
class KnownRegions:
    """The regions that detection knows, in the order of the texts."""

    regions: list[KnownRegion] = field(default_factory=list)
    _instead: dict[tuple[str, Place], ResultAbout] = field(default_factory=dict)

    def settle(self, control: Control, result: JSON) -> tuple[bool, list[ResultAbout]]:
        """Say whether a region of the model's stays, and which known ones go for it.

        What the model calls the same has detection's borders. What it calls otherwise goes where detection alone is
        trusted, unless it is more than what detection found; where both are trusted, the model's name is the better.

        Args:
            control: of the plan.
            result: the model's.
        """
        place, gone = region_place(result["value"]), []
        for known in [k for k in self.regions if k.about.control is control and _meet(k.place, place)]:
            if known.label.result in result["value"].get(result["type"], ()):
                self._instead[control.to_name, place] = known.about
                return False, []
            if not _within(place, known.reach):
                continue
            if known.label.trust is LabelTrust.DETECTION:
                return False, []
            gone.append(known)
        self.regions = [known for known in self.regions if known not in gone]
        return True, [known.about for known in gone]

    def standing_at(self, to_name: str, places: set[Place]) -> list[ResultAbout]:
        """Return the known regions that stand for regions of the model's which are gone."""
        return [about for (name, place), about in self._instead.items() if name == to_name and place in places]


def stretches_of(marks: DetectedMarks, control: Control, text: str) -> Iterator[tuple[DetectedLabel, Label, Detection]]:
    """Yield, for each label of a control that detection marks, the stretches of a text that it marks.

    Args:
        marks: of the task.
        control: of the plan.
        text: of its object, as it was read.
    """
    own = marks.labels.get(control.from_name, ())
    for detected in own:
        label = next((label for label in control.labels if label.result == detected.result), None)
        if label is None:
            continue
        taken = frozenset(other.means for other in own if other is not detected)
        for found in marked_stretches(text, marks.found.get(control.to_name, ()), detected.means, taken):
            yield detected, label, found


def known_stretches(
    marks: DetectedMarks, control: Control, text: str
) -> Iterator[tuple[DetectedLabel, Label, Detection | RememberedMark]]:
    """Yield what is known of a text for a control: what detection marks, and what annotators marked elsewhere.

    Annotators are trusted with what they marked.

    Args:
        marks: of the task.
        control: of the plan.
        text: of its object, as it was read.
    """
    yield from stretches_of(marks, control, text)
    labels = {label.result: label for label in control.labels}
    for mark in marks.remembered.get(control.from_name, ()):
        if mark.label in labels:
            yield DetectedLabel(mark.label, "", is_told=True), labels[mark.label], mark


def found_place(marks: DetectedMarks, name: str, found: Detection | RememberedMark) -> tuple[int, int]:
    """Return the place in an object's text of all that was found where a stretch is marked."""
    own = [d for d in marks.found.get(name, ()) if d.start < found.end and found.start < d.end]
    return min((d.start for d in own), default=found.start), max((d.end for d in own), default=found.end)


def span_place(span: Span) -> Place:
    """Return where a span is."""
    return span.item, span.start, span.item, span.end


def meets_any(place: Place, others: Sequence[Place]) -> bool:
    """Say whether a place has something in common with another."""
    return any(_meet(place, other) for other in others)


def said_of(found: Detection | RememberedMark) -> JSON:
    """Return what is said of a region, beside its value: how sure it is, and who found it."""
    note = found.note if isinstance(found, RememberedMark) else BY_DETECTION + found.entity_type
    return {"score": round(found.score, 4), "meta": {"text": [note]}}


def _meet(a: Place, b: Place) -> bool:
    return a[:2] < b[2:] and b[:2] < a[2:]


def _within(inner: Place, outer: Place) -> bool:
    return outer[:2] <= inner[:2] and inner[2:] <= outer[2:]
