"""A leak that somebody reports: the value is put on a list as a keyed hash, and stands nowhere else afterwards."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backend.engine.previews.preview import keeps_type
from backend.errors import LabelguardError, RecordError, RequestError
from backend.labelstudio.api import StudioTask
from backend.policy import Policy, Rule
from backend.policy.misses import Added, add_misses, hashing_keys, lists_of_values, miss_cautions
from backend.privacy.entity_types import CUSTOM
from backend.privacy.last_look import strings_in
from backend.privacy.listed import Lists
from backend.record.sendings import NEWEST, Wanted, sendings_page
from backend.server.console.forms import Fields, choice_field, name_field, number_field, text_field
from backend.store import Store

MOST_VALUES = 50
"""Values of one report."""
MOST_TASKS = 500
"""Tasks that are read from Label Studio, those that were sent last."""
USUAL_TYPE = "PERSON"


@dataclass(frozen=True, slots=True)
class LeakForm:
    """What the form offers.

    Attributes:
        lists: the files that the policy's `always_redact` names.
        problem: why nothing can be reported, "" if it can.
    """

    lists: Sequence[str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RuleOutlook:
    """What a rule does with the values from now on.

    Attributes:
        is_safe: whether none of them is sent under it.
        why: in words.
    """

    rule: str
    is_safe: bool
    why: str


@dataclass(frozen=True, slots=True)
class SentTask:
    """A task that was sent.

    Attributes:
        last: when it was for the last time, UTC.
        to: whom it was sent to, and whether that is outside.
        times: how often.
    """

    task: int
    last: str
    to: Sequence[tuple[str, bool]]
    times: int


@dataclass(frozen=True, slots=True)
class SentWith:
    """Which tasks that were sent hold the values.

    Attributes:
        project: Label Studio's number.
        tasks: those that hold one of them as they stand now.
        looked: how many were read.
        gone: how many are not in Label Studio any more.
        more: how many were sent and not looked at.
        is_all: whether no older entries of the record were left out.
        problem: why it cannot be told, "" if it can.
    """

    project: int
    tasks: Sequence[SentTask] = ()
    looked: int = 0
    gone: int = 0
    more: int = 0
    is_all: bool = True
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LeakReport:
    """What was done.

    Attributes:
        values: what leaked; forgotten with this.
        file: the list.
        project: whose tasks are to be looked at; None for none.
        cautions: of the values, by their numbers from 1.
        rules: what each does with them, under the policy as its files stand now.
        problem: why these are not in force, "" if they can be.
    """

    values: Sequence[str] = field(repr=False)
    kind: str
    file: Path
    project: int | None
    added: Added
    cautions: Sequence[tuple[int, str]]
    rules: Sequence[RuleOutlook]
    problem: str = ""


def leak_form(policy: Path) -> LeakForm:
    """Say whether values can be reported, and to which lists.

    Args:
        policy: the policy's file.
    """
    lists: list[str] = []
    try:
        lists = [str(file) for file in lists_of_values(policy)]
        if not lists:
            return LeakForm((), "no rule and no profile of the policy has always_redact - name a file of values there")
        hashing_keys()
    except LabelguardError as error:
        return LeakForm(lists, error.reason)
    return LeakForm(lists)


def report_leak(policy: Path, fields: Fields) -> LeakReport:
    """Put values on a list that the policy names, as `labelguard privacy miss` does.

    Args:
        policy: the policy's file.
        fields: of the form: `value`, one a line, `kind`, and where they are given `list` and `project`.

    Raises:
        RequestError: a field is not what it should be, or the list cannot be written. It shows no value.
        PolicyFileError, SettingsError: the policy or the key cannot be read.
    """
    values = [line.strip() for line in text_field(fields, "value").splitlines() if line.strip()]
    if not 0 < len(values) <= MOST_VALUES:
        raise RequestError(f"no value was given, or more than {MOST_VALUES} - write one a line")
    kind, project = name_field(fields, "kind") or USUAL_TYPE, number_field(fields, "project")
    lists = lists_of_values(policy)
    chosen = choice_field(fields, "list", tuple(map(str, lists))) or (str(lists[0]) if len(lists) == 1 else "")
    if not chosen:
        raise RequestError("the policy's always_redact names no list, or several - choose one")
    added = add_misses(Path(chosen), values, kind, hashing_keys())
    rules, problem = _outlook(policy, values)
    return LeakReport(values, kind, Path(chosen), project, added, [*miss_cautions(values)], rules, problem)


def _outlook(policy: Path, values: Sequence[str]) -> tuple[list[RuleOutlook], str]:
    try:
        return [_of_rule(rule, values) for rule in Policy.load(policy).rules], ""
    except LabelguardError as error:
        return [], error.reason


def _of_rule(rule: Rule, values: Sequence[str]) -> RuleOutlook:
    """Look for the values as the rule would, in texts that consist of them."""
    decision = rule.decision
    if not decision.providers:
        return RuleOutlook(decision.rule, is_safe=True, why="sends nothing")
    if not decision.redact:
        return RuleOutlook(decision.rule, is_safe=False, why="replaces nothing: its providers are your own")
    lists = Lists.of(decision.scan)
    found = [lists.apply(value, ()) for value in values]
    if not all(found):
        return RuleOutlook(decision.rule, is_safe=False, why="does not look for it: it names another list, or none")
    kept = sorted({one.entity_type for each in found for one in each if keeps_type(decision, one.entity_type)})
    if kept:
        return RuleOutlook(decision.rule, is_safe=False, why=f"keeps {', '.join(kept)}")
    last = ", and stops what would hold it all the same" if any(one.external for one in decision.providers) else ""
    return RuleOutlook(decision.rule, is_safe=True, why=f"replaces it{last}")


def sent_tasks(store: Store, project: int) -> tuple[list[SentTask], bool]:
    """Return the tasks of a project that the record says were sent, the last first, and whether these are all.

    Args:
        store: of the record.
        project: Label Studio's number.

    Raises:
        RecordError: there is no record, or an entry cannot be read.
    """
    page = sendings_page(store, Wanted(project=str(project)), None, NEWEST)
    found: dict[int, SentTask] = {}
    try:
        for said in (one.attempt for one in page.shown if one.was_begun and one.attempt["task"].isdecimal()):
            number, to = int(said["task"]), (said["provider"], bool(said["external"]))
            before = found.get(number)
            own = [*before.to, *([] if to in before.to else [to])] if before else [to]
            last = before.last if before else said["time"][:19].replace("T", " ")
            found[number] = SentTask(number, last, own, before.times + 1 if before else 1)
    except (KeyError, TypeError, AttributeError):
        raise RecordError("an entry cannot be read - see labelguard audit verify") from None
    return [*found.values()], page.is_end


def holding(tasks: Sequence[StudioTask], values: Sequence[str]) -> set[int]:
    """Return the numbers of tasks in whose data or meta one of some values stands, as redaction finds it."""
    finder = Lists(always=[(value, CUSTOM) for value in values]).always
    return {int(one.id) for one in tasks if any(map(finder.finds, _texts(one)))}


def _texts(task: StudioTask) -> Iterator[str]:
    yield from (text for _, text in strings_in([task.data, task.meta], ""))
