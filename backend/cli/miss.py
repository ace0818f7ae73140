"""`labelguard privacy miss`: a value that leaked is never to leak again, and nobody reads it in a file."""

from pathlib import Path
from typing import Annotated

import typer

from backend.cli.given import given_values
from backend.cli.privacy import commands
from backend.errors import RequestError


@commands.command()
def miss(
    policy: Annotated[
        Path | None, typer.Option(help="Policy file whose always_redact names the list; by default the server's.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--list", help="The list itself, where a policy names several.")] = None,
    kind: Annotated[str, typer.Option("--type", help="Entity type of the values.")] = "NAME",
) -> None:
    """Add values that leaked to always_redact, one a line on the standard input; only keyed hashes are kept.

    A value is no argument: it would stand in the shell's history and in the list of processes. It is never shown.
    """
    from backend.policy.misses import add_misses, hashing_keys, miss_cautions

    keys = hashing_keys()
    file = to or _list_of(policy)
    values = given_values("value that leaked")
    added = add_misses(file, values, kind, keys)
    for number, said in miss_cautions(values):
        typer.echo(f"warning: value {number} {said}", err=True)
    typer.echo(f"{file}: {added.new} added as {kind}")
    if added.renewed:
        typer.echo(f"{file}: {added.renewed} hashed by the newest key")
    if added.known:
        typer.echo(f"{file}: {added.known} there already")


@commands.command()
def key(file: Annotated[Path, typer.Argument(help="Where it is kept.")]) -> None:
    """Make the key that hashes values in always_redact. Every server whose policy names such a list needs it."""
    from backend.policy.file.list_keys import VARIABLE, make_list_key

    make_list_key(file)
    typer.echo(f"{file}: a new key - set {VARIABLE} to it; to change keys, put the new one on the first line")


def _list_of(policy: Path | None) -> Path:
    """Return the only file that a policy's always_redact names."""
    from backend.policy.misses import lists_of_values
    from backend.settings import Settings

    file = policy or Settings().policy
    found = lists_of_values(file)
    if len(found) == 1:
        return found[0]
    said = ", ".join(path.name for path in found)
    if found:
        raise RequestError(f"{file}: always_redact names several lists ({said}) - choose one by --list")
    raise RequestError(f"{file}: no rule and no profile has always_redact - name a file there, or one by --list")
