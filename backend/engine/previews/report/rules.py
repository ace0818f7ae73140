"""What a rule says, in words for those who read a report: what is replaced, what leaves, what is kept for how long."""

from collections.abc import Iterator
from pathlib import Path

from backend.policy.types import Decision
from backend.privacy.types import Scan


def remarks_of(decision: Decision) -> Iterator[str]:
    """Yield what a rule decides."""
    if decision.refuse:
        yield f"Nothing is sent: {decision.refuse}."
        return
    yield from _privacy(decision)
    if decision.withhold:
        yield f"Never sent: {', '.join(sorted(decision.withhold))}."
    if decision.fetch.hosts or decision.fetch.label_studio:
        hosts = [*decision.fetch.hosts, *(["Label Studio"] if decision.fetch.label_studio else [])]
        yield f"Data that a task names by an address are read from {', '.join(hosts)}, also for this report."
    if decision.learned or decision.learned_marks or decision.learned_nearest:
        yield "What reviewers annotate may be sent later as redacted examples, which are not in this report."
    if decision.batch:
        yield "Calls may go in a file, which the provider keeps until the batch is over."
    if decision.blind_one_in:
        yield f"One in {decision.blind_one_in} tasks is labeled by people first."
    yield from _keeping(decision)


def _privacy(decision: Decision) -> Iterator[str]:
    if not decision.redact:
        yield "Personal data are not replaced: texts are sent as they stand, to models of your own alone."
        return
    yield f"Personal data are looked for: {_scan(decision.scan)}."
    if decision.threshold:
        yield f"What is found with a score below {decision.threshold:g} is sent as it stands."
    if decision.keep:
        yield f"Found, and sent as it stands: {', '.join(sorted(decision.keep))}."
    blocked = sorted(kind for kind, operator in decision.operators.items() if operator.name == "block")
    if blocked:
        yield f"A task with one of these is refused: {_kinds(blocked)}."
    local = sorted(kind for kind, operator in decision.operators.items() if operator.local)
    if local:
        yield f"For models of your own alone: {_kinds(local)}."
    if decision.scan.never_redact:
        yield "Words of never_redact are no names, and are sent."
    if decision.scan.always_redact:
        yield "Values of always_redact are always replaced."


def _scan(scan: Scan) -> str:
    unknown = {
        "refuse": "tasks in others are refused",
        "patterns": "in others what has a form alone",
        "hide": "in others what has a form, and words in scripts that nobody reads are hidden",
    }
    own = f", recognizers of {Path(scan.recognizers).name}" if scan.recognizers else ""
    guard = f", and the model {scan.guard.name} looks too" if scan.guard else ""
    languages = ", ".join(scan.languages)
    return f"profile {scan.profile}{own}, languages {languages}; {unknown[scan.unknown_language]}{guard}"


def _keeping(decision: Decision) -> Iterator[str]:
    """Yield for how long what is kept here."""
    if decision.keeps_tasks:
        yield f"Answers are kept here, encrypted, for {decision.answers_hours:g} h."
    if decision.keeps_annotations:
        yield f"Annotations are kept here, encrypted, for {decision.annotations_days} days."
    if sent := decision.kept_sent:
        yield f"Of what is sent, redacted, {100 * sent.share:g}% is kept here, encrypted, for {sent.days} days."
    days = decision.record_days
    yield f"The record, which has no text, is kept {f'for {days} days' if days is not None else 'without end'}."


def _kinds(kinds: list[str]) -> str:
    return ", ".join("all others" if kind == "*" else kind for kind in kinds)
