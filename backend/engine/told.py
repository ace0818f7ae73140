"""What the record is told of texts: what was found and stands in them as they are sent, and what was looked for."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from backend.engine.rule_choice import TaskUnderRule
from backend.model.attempts import CallContext
from backend.policy.types import Decision
from backend.privacy.entity_types import ENTITY_TYPES, WORD_TYPES
from backend.privacy.language import Legible
from backend.privacy.redact import RedactedTask, RedactOptions
from backend.privacy.text.merge import without_kept
from backend.privacy.types import Detection
from backend.record.entries import recordable

_READ = frozenset({"en", "fr", "ru"})
"""Languages whose names are found by what we bring, or whose texts are refused."""


@dataclass(frozen=True, slots=True)
class SentFindings:
    """What is known of a task's texts as they are sent.

    Attributes:
        kept: how many stretches of each type were found and stand there.
        sought: the types that were looked for; none where nothing is replaced.
    """

    kept: Mapping[str, int] = field(default_factory=dict)
    sought: tuple[str, ...] = ()


def sent_findings(
    seen: TaskUnderRule, task: RedactedTask, options: RedactOptions, found: Mapping[str, Sequence[Detection]]
) -> SentFindings:
    """Return what is known of a redacted task's texts. May take as long as it takes to tell their languages.

    Args:
        seen: the task as its rule sees it.
        task: its texts, redacted.
        options: how they were.
        found: what was detected in them.
    """
    standing: Counter[str] = Counter()
    for name, text in task.fields.items():
        hidden = [(one.source_start, one.source_end) for one in text.placeholders]
        sure = [d for d in found[name] if d.score >= options.threshold]
        left = set(sure).difference(without_kept(sure, options.keeps))
        places = {(d.start, d.end, d.entity_type) for d in left}
        standing.update(kind for start, end, kind in places if not _is_within(start, end, hidden))
    return SentFindings(dict(standing), recordable(_sought(seen)))


def with_findings(
    call_context: CallContext,
    decision: Decision,
    task: RedactedTask,
    findings: SentFindings,
    examples: Sequence[RedactedTask] = (),
) -> CallContext:
    """Return what a call is about, with what is known of all texts of tasks that are sent.

    Of examples it is known what was replaced in them. Whether more was found is told where the rule keeps no type, and
    names only where it refuses what nobody reads.
    """
    beside: Counter[str] = Counter()
    for one in examples:
        beside.update(one.entity_counts())
    sought = findings.sought
    if examples and (decision.keep or any(operator.name == "keep" for operator in decision.operators.values())):
        sought = ()
    elif examples and not _is_refused(decision):
        sought = recordable(frozenset(sought) - WORD_TYPES)
    return replace(call_context, entities=task.entity_counts(), kept=findings.kept, beside=dict(beside), sought=sought)


def _sought(seen: TaskUnderRule) -> frozenset[str]:
    """Return the types that were looked for: names only where somebody reads the texts, and what a model of one's own
    alone finds in texts of its language not at all."""
    scan = seen.way.decision.scan
    of_packages = {kind for package in scan.packages for _, kind in package.labels} - ENTITY_TYPES
    types = seen.redactor.types - of_packages
    known = _READ | {package.language for package in scan.packages}
    reads_all = known.issuperset(scan.languages)
    reads = reads_all and (_is_refused(seen.way.decision) or seen.legible() is Legible.WHOLLY)
    return types if reads else types - WORD_TYPES


def _is_refused(decision: Decision) -> bool:
    """Say whether a text that nobody reads is refused."""
    return decision.scan.unknown_language == "refuse" and decision.scan.guard is None


def _is_within(start: int, end: int, hidden: Sequence[tuple[int, int]]) -> bool:
    place = bisect_right(hidden, start, key=lambda one: one[0]) - 1
    return place >= 0 and end <= hidden[place][1]
