"""Which results a label config would show: `visibleWhen`, as Label Studio's editor decides it, and `required`."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from backend.errors import AnswerError
from backend.labelstudio.messages import role_of
from backend.labelstudio.types import Condition, Control, Plan
from backend.system.writing import JSON


@dataclass(frozen=True, slots=True)
class ResultAbout:
    """A result and what it is about.

    Attributes:
        control: whose result it is; None for a region that was there before.
        result: as Label Studio wants it.
        marks: whether it is a region: a stretch of text, or a message of a chat.
        is_new: whether it belongs to the prediction.
    """

    control: Control | None
    result: JSON = field(repr=False)
    marks: bool = False
    is_new: bool = True

    @property
    def id(self) -> str:
        """The region's id, which all results about it share."""
        return str(self.result.get("id", ""))

    @property
    def chosen(self) -> set[str]:
        """The labels that were given, by value and by alias; of a path, the last part alone."""
        given = self.result["value"].get(self.result["type"])
        last = {part[-1] if isinstance(part, list) else part for part in given} if isinstance(given, list) else set()
        labels = self.control.labels if self.control else ()
        return last | {label.attrs.get("value", "") for label in labels if label.result in last}


def shown_results(plan: Plan, answers: Sequence[ResultAbout]) -> list[ResultAbout]:
    """Leave out every answer that the config would hide, given the answers that stay.

    Args:
        plan: bound to the task.
        answers: in any order.

    Raises:
        AnswerError: a required control is shown and has no answer. Names the control.
    """
    kept = list(answers)
    while hidden := [answer for answer in kept if _is_hidden(answer, kept)]:
        # Those first on which others stand: what a hidden answer hides or shows is known when it is gone. Nothing
        # comes back, so this ends, and then no answer is left that the others would hide.
        names = {answer.control.from_name for answer in hidden if answer.control}
        free = [a for a in hidden if a.control and not _asks_about(a.control, names)]
        gone = set(map(id, free or hidden[:1]))
        kept = [answer for answer in kept if id(answer) not in gone]
    for control in plan.controls:
        if control.flag("required") and _is_missing(control, kept):
            name = control.from_name
            raise AnswerError(f"{control.tag} {name!r} is required, and the model gave no answer for it")
    return kept


def _asks_about(control: Control, names: Set[str]) -> bool:
    """Say whether a control's conditions hang on one of other controls."""
    others = names - {control.from_name}
    return any(condition.tag in others if condition.tag else bool(others) for condition in control.conditions)


def _is_hidden(answer: ResultAbout, answers: Sequence[ResultAbout]) -> bool:
    control = answer.control
    if control is None or not answer.is_new:
        return False
    if control.per_region:
        return not _is_shown(control, answers, answer.id)
    return not _is_shown_somewhere(control, answers)


def _is_shown_somewhere(control: Control, answers: Sequence[ResultAbout]) -> bool:
    """Say whether a control for the whole task is shown, be it while some region is selected."""
    regions = dict.fromkeys(answer.id for answer in answers if answer.marks)
    return any(_is_shown(control, answers, region) for region in ("", *regions))


def _is_shown(control: Control, answers: Sequence[ResultAbout], region: str) -> bool:
    """Say whether a control is shown while a region is selected, "" for none."""
    about = [answer for answer in answers if answer.marks and answer.id == region]
    if control.per_region and not any(answer.result["to_name"] in control.to_names for answer in about):
        return False
    return all(_holds(condition, answers, about, region) for condition in control.conditions)


def _holds(condition: Condition, answers: Sequence[ResultAbout], about: Sequence[ResultAbout], region: str) -> bool:
    match condition.kind:
        case "no-region-selected":
            return not region
        case "region-selected":
            return any(_fits(condition, answer) for answer in about)
        case "choice-selected":
            return any(_is_selected(condition, answer, region) for answer in answers)
        case "choice-unselected":
            return not any(_is_selected(condition, answer, region) for answer in answers)


def _fits(condition: Condition, answer: ResultAbout) -> bool:
    """Say whether a region is one that a condition means."""
    return (
        condition.tag in ("", answer.result["from_name"])
        and condition.role in ("", role_of(answer.result["value"]))
        and (not condition.labels or not answer.chosen.isdisjoint(condition.labels))
    )


def _is_selected(condition: Condition, answer: ResultAbout, region: str) -> bool:
    control = answer.control
    if control is None or condition.tag not in ("", control.from_name):
        return False
    if control.role.selects == "never" or (not condition.tag and control.role.selects == "named"):
        return False
    if control.per_region and answer.id != region:
        return False
    return not condition.choices or not answer.chosen.isdisjoint(condition.choices)


def _is_missing(control: Control, answers: Sequence[ResultAbout]) -> bool:
    own = {answer.id for answer in answers if answer.control is control}
    if not control.per_region:
        return not own and not control.role.relates and _is_shown_somewhere(control, answers)
    regions = [answer for answer in answers if answer.marks]
    return any(a.id not in own and _is_shown(control, answers, a.id) for a in regions)
