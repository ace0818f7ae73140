"""`labelguard policy check`: read policy files as a server would, and say in words what they allow."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from backend.policy import Policy, Rule
    from backend.types import Provider

commands = typer.Typer(no_args_is_help=True, help="Look at policy files.")
app.add_typer(commands, name="policy")


@commands.command()
def check(files: Annotated[list[Path], typer.Argument(help="Policy files.")]) -> None:
    """Check policy files and say what each allows. Exits with 1 if one has an error."""
    from rich.console import Console

    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = 1000  # words that break across lines cannot be searched for
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
    table = _table("rule", "matches", "asks", "personal data")
    for rule in policy.rules:
        asked = ", then ".join(provider.name for provider in rule.decision.providers)
        table.add_row(rule.decision.rule, _matches(rule), asked, _privacy(rule))
    table.add_row("otherwise", "everything else", "nobody", "nothing is sent")
    return table


def _matches(rule: "Rule") -> str:
    match = rule.match
    conditions = {
        "project": match.project,
        "profile": match.profile,
        "no control tags but": match.control_tags,
        "no object tags but": match.object_tags,
    }
    said = [f"{name} {' or '.join(globs.patterns)}" for name, globs in conditions.items() if globs]
    return ", ".join(said) or "everything"


def _privacy(rule: "Rule") -> str:
    decision = rule.decision
    said = ["is replaced" if decision.redact else "is sent as it stands"]
    if decision.redact and decision.keep:
        said.append(f"except {', '.join(sorted(decision.keep))}")
    if decision.redact and decision.threshold:
        said.append(f"from score {decision.threshold:g}")
    if decision.withhold:
        said.append(f"never sent: {', '.join(sorted(decision.withhold))}")
    return "; ".join(said)


def _table(*columns: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
