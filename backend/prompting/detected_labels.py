"""A plan → those of its labels that mean what detection finds: they need not be guessed, and a model is not asked for.

A label means an entity type by its attribute `entity`, by what the policy says of its name, or by its name alone, in
one of five languages. A name that means the rest beside a narrower one (`Person` beside `Doctor`) is left to the model.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cache
from unicodedata import normalize

from backend.labelstudio.types import Control, Label, Plan
from backend.policy.types import KnownLabels
from backend.privacy.entity_types import entity_kind
from backend.privacy.language import Legible
from backend.privacy.text.word_lists import word_lists
from backend.privacy.types import Detection
from backend.system.writing import JSON

ADDRESS, DATE, TIME, DATE_TIME = "ADDRESS", "DATE", "TIME", "DATE_TIME"
PARTS = frozenset({ADDRESS, DATE, TIME})
"""What a label may mean that detection has no type for: a whole address, and a part of `DATE_TIME`."""
ATTRIBUTE = "entity"
"""Of a Label: the entity type that it means, or `none`."""
_TYPE = re.compile(r"[A-Z][A-Z0-9_]*")
_WITHIN = "within "


class LabelTrust(Enum):
    """Who is trusted with a label."""

    DETECTION = "detection"
    """What it finds is all: the model is not asked."""
    BOTH = "both"
    """The model is asked too, and keeps what it alone finds; where both find something, by detection's borders."""
    MODEL = "model"
    """The model alone."""


@dataclass(frozen=True, slots=True)
class DetectedLabel:
    """A label that detection marks.

    Attributes:
        result: the label, as a result carries it.
        means: an entity type, or one of `ADDRESS`, `DATE` and `TIME`.
        is_told: whether the label config or the policy says so; else its name alone does.
    """

    result: str = field(repr=False)
    means: str
    trust: LabelTrust = LabelTrust.DETECTION
    is_told: bool = False


DetectedLabels = Mapping[str, Sequence[DetectedLabel]]
"""By control."""


@dataclass(frozen=True, slots=True)
class AskedPlan:
    """What is asked of a model, and what is not.

    Attributes:
        labels: that are marked by what detection finds.
        offered: the plan without those of them with which detection alone is trusted.
    """

    labels: DetectedLabels
    offered: Plan


@dataclass(frozen=True, slots=True)
class RememberedMark:
    """A stretch of a task that annotators marked in others.

    Attributes:
        label: as a result carries it.
        start, end: its place in the object's text.
        score: how likely it is that it would be marked.
        note: on what that rests.
    """

    label: str = field(repr=False)
    start: int
    end: int
    score: float
    note: str


@dataclass(frozen=True, slots=True)
class DetectedMarks:
    """What is known of a task before a model is asked.

    Attributes:
        asked: the labels that detection marks, and the plan as a model is asked it.
        found: by object, what detection found, in the order of its text; none overlap.
        remembered: by control, what annotators marked elsewhere, in the order of the text; none overlap.
    """

    asked: AskedPlan
    found: Mapping[str, Sequence[Detection]] = field(repr=False)
    remembered: Mapping[str, Sequence[RememberedMark]] = field(default_factory=dict, repr=False)

    @property
    def labels(self) -> DetectedLabels:
        """The labels, by control."""
        return self.asked.labels


WhoIsTrusted = Callable[[DetectedLabel], LabelTrust]

OFTEN_RIGHT = frozenset({"LOCATION", ADDRESS, DATE, TIME, DATE_TIME})
"""What detection marks rightly four times of five, or does not mean all that annotators do."""
SELDOM_RIGHT = frozenset({"ORGANIZATION"})
"""What it hides, but does not know for sure."""


def usual_trust(label: DetectedLabel) -> LabelTrust:
    """Say who is trusted with a label, as long as no reviewer has shown who is better; by annotated texts."""
    if label.is_told:
        return LabelTrust.DETECTION
    return (
        LabelTrust.MODEL
        if label.means in SELDOM_RIGHT
        else LabelTrust.BOTH
        if label.means in OFTEN_RIGHT
        else LabelTrust.DETECTION
    )


def detected_labels(plan: Plan, known: KnownLabels | None, trust: WhoIsTrusted = usual_trust) -> DetectedLabels:
    """Return the labels of a plan that detection marks.

    Args:
        plan: of the label config.
        known: what the policy says; None where it wants none.
        trust: who is trusted with one.
    """
    if known is None:
        return {}
    found = {}
    relates = any(control.role.relates for control in plan.controls)
    for control in plan.controls:
        own = _trusted(control, known, trust) if _may_be_marked(plan, control) else []
        # What is related must be named in the same answer.
        own = [replace(label, trust=LabelTrust.BOTH) for label in own] if relates else own
        if own:
            found[control.from_name] = tuple(own)
    return found


def markable_labels(plan: Plan, control: Control, labels: DetectedLabels) -> list[Label]:
    """Return the labels of a control that may stand where annotators marked the same words before.

    Args:
        plan: of the label config.
        control: its.
        labels: that detection marks: it knows them better.
    """
    if not _may_be_marked(plan, control):
        return []
    own = {label.result for label in labels.get(control.from_name, ())}
    free = (label for label in control.labels if label.result not in own and not label.is_variable)
    return [label for label in free if not _is_bounded(control, label)]


def labels_within(labels: DetectedLabels, legible: Legible) -> DetectedLabels:
    """Return those labels that detection marks in a text as well as it can read it.

    What has a form is found in any language, names are not: in a text that is read in parts the model is asked for
    them too, and in one that is not read they are the model's alone, whoever says what a label means.

    Args:
        labels: that detection marks in a text that it reads.
        legible: how well it reads this one.
    """
    if legible is Legible.WHOLLY:
        return labels
    found = {name: tuple(_within_text(own, legible)) for name, own in labels.items()}
    return {name: own for name, own in found.items() if own}


def _within_text(labels: Sequence[DetectedLabel], legible: Legible) -> Iterator[DetectedLabel]:
    for label in labels:
        if not is_of_words(label.means):
            yield label
        elif legible is Legible.PARTLY:
            yield replace(label, trust=LabelTrust.BOTH)


def is_of_words(entity_type: str) -> bool:
    """Say whether what an entity type means is words, so that only who reads their language finds it."""
    kind = entity_kind(entity_type)
    return kind is not None and kind.is_words


def offered_plan(plan: Plan, labels: DetectedLabels) -> Plan:
    """Return a plan as a model is asked it: without the labels with which detection alone is trusted."""
    controls = [_offered(control, labels) for control in plan.controls]
    kept = tuple(control for control in controls if control is not None)
    return plan if kept == plan.controls else replace(plan, controls=kept)


def offered_answer(answer: JSON, plan: Plan, labels: DetectedLabels) -> JSON:
    """Return an example's answer without what a model is not asked for.

    Args:
        answer: by the names of controls.
        plan: of the label config.
        labels: that detection marks.
    """
    gone = {
        control.from_name: {label.name for label in control.labels if label.result in _alone(labels, control)}
        for control in plan.controls
    }
    return {
        name: [each for each in part if not (isinstance(each, Mapping) and each.get("label") in gone.get(name, ()))]
        if isinstance(part, list)
        else part
        for name, part in answer.items()
    }


def asked_plans(plan: Plan, labels: DetectedLabels) -> Mapping[Legible, AskedPlan]:
    """Return what a model is asked, by how well detection can read a task's texts.

    Args:
        plan: of the label config.
        labels: that detection marks in a text that it reads.
    """
    found: dict[Legible, AskedPlan] = {}
    for legible in Legible:
        own = labels_within(labels, legible)
        same = next((made for made in found.values() if made.labels == own), None)
        found[legible] = same or AskedPlan(own, offered_plan(plan, own))
    return found


def _alone(labels: DetectedLabels, control: Control) -> frozenset[str]:
    """Return those labels of a control with which detection alone is trusted."""
    own = labels.get(control.from_name, ())
    return frozenset(label.result for label in own if label.trust is LabelTrust.DETECTION)


def _offered(control: Control, labels: DetectedLabels) -> Control | None:
    """Return a control as a model is asked it; None if nothing of it is left.

    It is required no more, since what detection found may be all that there is.
    """
    gone = _alone(labels, control)
    left = tuple(label for label in control.labels if label.result not in gone)
    if gone and not left and not control.labels_field:
        return None
    attrs = _not_required(control) if control.from_name in labels else control.attrs
    return replace(control, labels=left, attrs=attrs) if gone or attrs != control.attrs else control


def _not_required(control: Control) -> Mapping[str, str]:
    return {name: value for name, value in control.attrs.items() if name != "required"}


def _may_be_marked(plan: Plan, control: Control) -> bool:
    """Say whether stretches can be marked for a control: each has one label, and nothing more is asked about it."""
    several = control.attrs.get("choice") == "multiple"
    return control.role.takes_spans and not several and not control.per_region and not plan.per_region(control.to_name)


def _trusted(control: Control, known: KnownLabels, trust: WhoIsTrusted) -> list[DetectedLabel]:
    names = {word for label in control.labels for word in _names(label)}
    told = {_plain(name): means for name, means in known.entity_types.items()}
    found = []
    for label in control.labels:
        detected = _detected(label, told, names)
        # With a bound on how often it is used, which ones matter is the model's to say.
        if detected and not label.is_variable and not _is_bounded(control, label):
            found.append(replace(detected, trust=trust(detected)))
    return [label for label in found if label.trust is not LabelTrust.MODEL]


def _is_bounded(control: Control, label: Label) -> bool:
    return any(key in attrs for attrs in (label.attrs, control.attrs) for key in ("maxusages", "maxusage"))


def _detected(label: Label, told: Mapping[str, str], names: set[str]) -> DetectedLabel | None:
    """Return what a label means; None if it is left to the model.

    Args:
        label: the label.
        told: what the policy says, by name.
        names: of all labels of its control.
    """
    own = _names(label)
    said = [label.attrs[ATTRIBUTE]] if ATTRIBUTE in label.attrs else [told[name] for name in own if name in told]
    if said:
        # What is no entity type means something else to somebody else.
        return DetectedLabel(label.result, said[0], is_told=True) if _TYPE.fullmatch(said[0]) else None
    meant = [means for name in own if (means := _meanings().get(name))]
    is_rest = bool(meant) and not names.isdisjoint(_narrower()[meant[0]])
    return DetectedLabel(label.result, meant[0]) if meant and not is_rest else None


def _names(label: Label) -> list[str]:
    """Return a label's name and its alias, in one spelling."""
    return list(dict.fromkeys(map(_plain, (label.attrs.get("value", label.name), label.result))))


def _plain(name: str) -> str:
    return " ".join(normalize("NFC", name).casefold().replace("_", " ").replace("-", " ").split())


@cache
def _meanings() -> Mapping[str, str]:
    """Return what names mean."""
    listed = word_lists(__file__, "label_names")
    return {_plain(name): means for means, own in listed.items() if not means.startswith(_WITHIN) for name in own}


@cache
def _narrower() -> Mapping[str, frozenset[str]]:
    """Return, by what a label means, the names of a part of it."""
    listed = word_lists(__file__, "label_names")
    within = {means: listed.get(_WITHIN + means, ()) for means in listed if not means.startswith(_WITHIN)}
    return {means: frozenset(map(_plain, own)) for means, own in within.items()}
