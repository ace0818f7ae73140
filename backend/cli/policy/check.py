"""`labelguard policy check`: read policy files as a server would, and say in words what they allow."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import typer

from backend.cli.policy import commands
from backend.cli.policy.words import table
from backend.cli.tables import AsJson, console, print_json
from backend.providers import OWN_KINDS

if TYPE_CHECKING:
    from rich.console import Console

    from backend.policy import Policy, Rule
    from backend.policy.file.loaded import Loaded
    from backend.policy.types import Decision
    from backend.privacy.types import Operator, Scan
    from backend.providers import Provider


@commands.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Policy files.")],
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for a warning too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check policy files and say what each allows. Exits with 1 if one has an error."""
    out = console()
    good, told = True, []
    for file in files:
        report = _report(file)
        good = good and not report.errors and not (strict and report.warnings)
        told.append(report._asdict() | {"file": str(file)})
        if not as_json:
            _print(out, report)
    if as_json:
        print_json({"files": told})
    raise typer.Exit(0 if good else 1)


Cells: TypeAlias = dict[str, str]
"""A row of a table, by the names of its columns."""


class _Report(NamedTuple):
    """What a file allows, in words, or its errors."""

    file: Path
    errors: list[str]
    sha256: str = ""
    providers: Sequence[Cells] = ()
    rules: Sequence[Cells] = ()
    warnings: Sequence[str] = ()


def _report(file: Path) -> _Report:
    """Read a file as a server would, and say what it allows."""
    from backend.cli.policy.warnings import warnings
    from backend.errors import PolicyFileError
    from backend.policy import Policy
    from backend.policy.file.files import load_file
    from backend.settings import Settings
    from backend.system.snapshot import Snapshot

    try:
        snapshot = Snapshot()
        policy = Policy.load(file, snapshot)
        errors = [*_prompt_errors(policy), *_package_errors(policy)]
    except PolicyFileError as error:
        errors = [e.reason for e in (error, *error.others)]
    if errors:
        return _Report(file, errors)
    loaded = load_file(file, snapshot)
    found = list(warnings(policy, loaded, knows_titles=Settings().label_studio_token is not None))
    return _Report(file, [], policy.digest, list(_providers(policy)), list(_rules(policy, loaded)), found)


def _print(out: "Console", report: _Report) -> None:
    for reason in report.errors:
        out.print(reason, style="red", soft_wrap=True)
    if report.errors:
        return
    out.print(f"{report.file}: no errors (sha256 {report.sha256})", style="bold", soft_wrap=True)
    for columns, rows in ((PROVIDERS, report.providers), (RULES, report.rules)):
        made = table(*(column.replace("_", " ") for column in columns))
        for row in rows:
            made.add_row(*(row[column] for column in columns))
        out.print(made)
    for warning in report.warnings:
        out.print(f"{report.file}: warning: {warning}", style="yellow", soft_wrap=True)


def _prompt_errors(policy: "Policy") -> Iterator[str]:
    from backend.errors import PromptError
    from backend.prompting.templates import Template

    for rule in policy.rules:
        decision = rule.decision
        try:
            if decision.prompt is not None:
                Template(decision.prompt_name, decision.prompt)
        except PromptError as error:
            yield f"{policy.file}: rule {decision.rule!r}: {error.reason}"


def _package_errors(policy: "Policy") -> Iterator[str]:
    from backend.policy.packaged import missing, packages_of

    yield from (f"{policy.file}: {problem}" for problem in missing(packages_of(policy.scans)))


PROVIDERS = ("provider", "text", "model", "where", "key")
RULES = ("rule", "matches", "asks", "personal_data", "looked_for_by", "new_in_answers", "bounds")


def _providers(policy: "Policy") -> Iterator[Cells]:
    for provider in policy.providers:
        key = f"variable {provider.key_env}" if provider.key_env else provider.key_file or "none"
        cells = (
            provider.name,
            "leaves your network" if provider.external else "stays",
            provider.model,
            _where(provider) + (f", {provider.region}" if provider.region else ""),
            key,
        )
        yield dict(zip(PROVIDERS, cells, strict=True))


def _where(provider: "Provider") -> str:
    return "this machine" if provider.kind in OWN_KINDS else provider.address or "the vendor's address"


def _rules(policy: "Policy", loaded: "Loaded") -> Iterator[Cells]:
    for rule, form in zip(policy.rules, loaded.form.rules, strict=True):
        decision = rule.decision
        if decision.refuse:
            condition = _scan(decision.scan) if rule.match.form.entities is not None else ""
            refusal = (decision.rule, _matches(rule), "nobody", f"nothing is sent: {decision.refuse}", condition)
            yield dict.fromkeys(RULES, "") | dict(zip(RULES, refusal, strict=False))
            continue
        asked = ", then ".join(provider.name for provider in decision.providers)
        looks = decision.redact or decision.known_labels is not None or decision.answers != "keep"
        cells = (
            _privacy(decision) + (f"; as profile {form.profile} says" if form.profile else ""),
            _scan(decision.scan) if looks else "nothing",
            _ANSWERS[decision.answers],
            ", ".join(_bounds(decision)),
        )
        yield dict(zip(RULES, (decision.rule, _matches(rule), asked, *cells), strict=True))
    rest = ("otherwise", "everything else", "nobody", "nothing is sent")
    yield dict.fromkeys(RULES, "") | dict(zip(RULES, rest, strict=False))


def _bounds(decision: "Decision") -> Iterator[str]:
    """Yield the limits that are not the usual ones, and how long the record is kept."""
    from backend.budget.limits import Limits

    usual = Limits()
    for field in fields(usual):
        value = getattr(decision.limits, field.name)
        if value != getattr(usual, field.name):
            words = field.name.removesuffix("_s").replace("_", " ")
            yield f"{words} {value:g}" + (" s" if field.name.endswith("_s") else "")
    if decision.record_days is not None:
        yield f"record kept {decision.record_days} days"
    if decision.providers and decision.answers_hours != (1 if decision.redact else 0):
        yield f"answers kept {decision.answers_hours:g} h" if decision.answers_hours else "answers not kept"
    if decision.batch:
        yield "may go in batches"
    yield from _known_labels(decision)


def _known_labels(decision: "Decision") -> Iterator[str]:
    """Yield which labels detection marks, where that is not the usual way."""
    known = decision.known_labels
    if (known is not None) is not decision.redact:
        yield "labels marked by detection too" if known is not None else "no labels by detection"
    if known is not None and known.entity_types:
        said = (f"{label} {means or 'by the model'}" for label, means in sorted(known.entity_types.items()))
        yield f"by detection: {', '.join(said)}"


def _matches(rule: "Rule") -> str:
    said = rule.match.form.model_dump(exclude_none=True, exclude_defaults=True)
    return ", ".join(f"{name.replace('_', ' ')} {_words(value)}" for name, value in said.items()) or "everything"


_KEYS = {"any_of": "", "glob": "like", "pattern": "matching", "count": "", "score": "from score"}


def _words(value: object) -> str:
    """Write a condition as it can be read aloud."""
    if isinstance(value, dict):
        if "missing" in value:
            return "is missing" if value["missing"] else "is there"
        return ", ".join(f"{_KEYS.get(key, key)} {_words(part)}".strip() for key, part in value.items())
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


_ANSWERS = {"flag": "are marked", "drop": "are left out", "keep": "stay as they are"}
_UNKNOWN = {
    "refuse": "other languages refused",
    "patterns": "other languages by patterns alone",
    "hide": "other languages by patterns, words in other scripts hidden",
}
_GUARDED = ("texts in other languages", "every text")


def _privacy(decision: "Decision") -> str:
    said = ["is replaced" if decision.redact else "is sent as it stands"]
    if decision.redact:
        said += [_operated(kind, operator) for kind, operator in _replacing(decision)]
        if decision.keep:
            said.append(f"except {', '.join(sorted(decision.keep))}")
        if decision.threshold:
            said.append(f"from score {decision.threshold:g}")
    if decision.withhold:
        said.append(f"never sent: {', '.join(sorted(decision.withhold))}")
    return "; ".join(said)


def _operated(kind: str, operator: "Operator") -> str:
    if operator.name == "block":
        return f"{kind} is refused"
    said = f"{kind} stays as it is" if operator.name == "keep" else f"{kind} by {operator.name}"
    return said + (", for self-hosted models alone" if operator.local else "")


def _replacing(decision: "Decision") -> "Iterator[tuple[str, Operator]]":
    """Yield the operators by type, `*` last under a name that can be read aloud."""
    for kind, operator in sorted(decision.operators.items(), key=lambda item: (item[0] == "*", item[0])):
        if kind not in decision.keep or operator.local:
            yield ("all else" if kind == "*" else kind), operator


def _scan(scan: "Scan") -> str:
    own = f"; {Path(scan.recognizers).name}" if scan.recognizers else ""
    lists = {"never_redact": scan.never_redact, "always_redact": scan.always_redact}
    own += "".join(f"; {name}: {_counted(text)}" for name, text in lists.items() if text)
    languages = ", ".join(_language(scan, code) for code in scan.languages)
    own += f"; guard {scan.guard.name} looks at {_GUARDED[scan.profile == 'thorough']}" if scan.guard else ""
    return f"profile {scan.profile}; {languages}; {_UNKNOWN[scan.unknown_language]}{own}"


def _language(scan: "Scan", code: str) -> str:
    """Write a language with what reads its names, if the policy says so."""
    said = [f"{package.kind} {Path(package.place).name}" for package in scan.packages if package.language == code]
    return f"{code} ({' and '.join(said)})" if said else code


def _counted(text: str) -> str:
    from backend.privacy.listed import entries, hashed

    count, unread = (sum(1 for _ in found) for found in (entries(text), hashed(text)))
    return ("1 entry" if count == 1 else f"{count} entries") + (f", {unread} of them hashed" if unread else "")
