"""`labelguard policy check`: read policy files as a server would, and say in words what they allow."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.policy import commands
from backend.cli.policy.words import console
from backend.cli.policy.words import table as _table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from backend.policy import Policy, Rule
    from backend.types import Decision, Operator, Provider, Scan


@commands.command()
def check(files: Annotated[list[Path], typer.Argument(help="Policy files.")]) -> None:
    """Check policy files and say what each allows. Exits with 1 if one has an error."""
    out = console()
    good = [_report(out, file) for file in files]
    raise typer.Exit(0 if all(good) else 1)


def _report(out: "Console", file: Path) -> bool:
    """Print what a file allows, or its errors; say whether it has none."""
    from backend.errors import PolicyFileError
    from backend.policy import Policy

    try:
        policy = Policy.load(file)
        errors = list(_prompt_errors(policy))
    except PolicyFileError as error:
        errors = [e.reason for e in (error, *error.others)]
    for reason in errors:
        out.print(reason, style="red", soft_wrap=True)
    if errors:
        return False
    out.print(f"{file}: no errors (sha256 {policy.digest})", style="bold", soft_wrap=True)
    out.print(_providers(policy))
    out.print(_rules(policy))
    for warning in _warnings(policy):
        out.print(f"{file}: warning: {warning}", style="yellow", soft_wrap=True)
    return True


def _prompt_errors(policy: "Policy") -> Iterator[str]:
    from backend.errors import PromptError
    from backend.prompt import Template

    for rule in policy.rules:
        decision = rule.decision
        try:
            if decision.prompt is not None:
                Template(decision.prompt_name, decision.prompt)
        except PromptError as error:
            yield f"{policy.file}: rule {decision.rule!r}: {error.reason}"


def _warnings(policy: "Policy") -> Iterator[str]:
    import os

    used = {provider.name for rule in policy.rules for provider in rule.decision.providers}
    for provider in policy.providers:
        if provider.key_env and not os.environ.get(provider.key_env):
            yield f"provider {provider.name}: the variable {provider.key_env} is not set here, so it cannot be asked"
        if provider.key_file and not os.access(provider.key_file, os.R_OK):
            yield f"provider {provider.name}: the file {provider.key_file} cannot be read here, so it cannot be asked"
        if provider.name not in used:
            yield f"provider {provider.name}: no rule uses it"
        yield from _address_warnings(provider)
    for rule in policy.rules:
        for warning in _rule_warnings(rule.decision):
            yield f"rule {rule.decision.rule!r}: {warning}"


def _rule_warnings(decision: "Decision") -> Iterator[str]:
    """Yield what a server would take, but what is likely to be a slip."""
    import os
    from difflib import get_close_matches

    from backend.policy.entities import ENTITY_TYPES, LANGUAGES, entity_types_in

    scan = decision.scan
    known = ENTITY_TYPES | entity_types_in(scan.recognizers)
    for entity_type in sorted({*decision.keep, *decision.operators} - known - {"*"}):
        near = get_close_matches(entity_type, known, n=1)
        yield f"nothing finds {entity_type} - " + (f"did you mean {near[0]}?" if near else "see the list of types")
    for language in scan.languages:
        if language not in LANGUAGES and not scan.recognizers:
            yield f"names in language {language} are not looked for - add detection.recognizers that find them"
    for entity_type, operator in decision.operators.items():
        if operator.key_env and not os.environ.get(operator.key_env):
            yield f"the variable {operator.key_env} is not set here, so {entity_type} cannot be hashed"
        if operator.key_file and not os.access(operator.key_file, os.R_OK):
            yield f"the file {operator.key_file} cannot be read here, so {entity_type} cannot be hashed"


def _address_warnings(provider: "Provider") -> Iterator[str]:
    import ipaddress
    from urllib.parse import urlsplit

    url = urlsplit(provider.address or "")
    try:
        address = ipaddress.ip_address(url.hostname or "")
    except ValueError:
        address = None
    if not provider.external and address and address.is_global:
        yield f"provider {provider.name}: external is false and {address} is a public address - is it your network's?"
    if provider.external and url.scheme == "http" and not (address and address.is_loopback):
        yield f"provider {provider.name}: http does not encrypt what leaves - use https"


def _providers(policy: "Policy") -> "Table":
    table = _table("provider", "text", "model", "where", "key")
    for provider in policy.providers:
        key = f"variable {provider.key_env}" if provider.key_env else provider.key_file or "none"
        table.add_row(
            provider.name,
            "leaves your network" if provider.external else "stays",
            provider.model,
            (provider.address or "the vendor's address") + (f", {provider.region}" if provider.region else ""),
            key,
        )
    return table


def _rules(policy: "Policy") -> "Table":
    table = _table("rule", "matches", "asks", "personal data", "looked for by", "new in answers")
    for rule in policy.rules:
        decision = rule.decision
        asked = ", then ".join(provider.name for provider in decision.providers)
        looks = decision.redact or decision.answers != "keep"
        scan = _scan(decision.scan) if looks else "nothing"
        table.add_row(decision.rule, _matches(rule), asked, _privacy(decision), scan, _ANSWERS[decision.answers])
    table.add_row("otherwise", "everything else", "nobody", "nothing is sent", "", "")
    return table


def _matches(rule: "Rule") -> str:
    said = rule.match.form.model_dump(exclude_none=True)
    return ", ".join(f"{name} {_words(value)}" for name, value in said.items()) or "everything"


def _words(value: object) -> str:
    """Write a condition as it can be read aloud."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(part)}" for key, part in value.items())
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


_ANSWERS = {"flag": "are marked", "drop": "are left out", "keep": "stay as they are"}
_UNKNOWN = {"refuse": "other languages refused", "patterns": "other languages by patterns alone"}


def _privacy(decision: "Decision") -> str:
    said = ["is replaced" if decision.redact else "is sent as it stands"]
    if decision.redact:
        said += [f"{kind} by {operator.name}" for kind, operator in _replacing(decision)]
        if decision.keep:
            said.append(f"except {', '.join(sorted(decision.keep))}")
        if decision.threshold:
            said.append(f"from score {decision.threshold:g}")
    if decision.withhold:
        said.append(f"never sent: {', '.join(sorted(decision.withhold))}")
    return "; ".join(said)


def _replacing(decision: "Decision") -> "Iterator[tuple[str, Operator]]":
    """Yield the operators by type, `*` last under a name that can be read aloud."""
    for kind, operator in sorted(decision.operators.items(), key=lambda item: (item[0] == "*", item[0])):
        if kind not in decision.keep:
            yield ("all else" if kind == "*" else kind), operator


def _scan(scan: "Scan") -> str:
    own = f"; {Path(scan.recognizers).name}" if scan.recognizers else ""
    return f"profile {scan.profile}; {', '.join(scan.languages)}; {_UNKNOWN[scan.unknown_language]}{own}"
