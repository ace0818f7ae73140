"""How the commands print tables, and the same as JSON."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
"""The option of a command that prints what it found as JSON, too."""


def print_json(found: Any) -> None:
    """Print what a program is to read, in ASCII."""
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


def console() -> "Console":
    """Return a console whose lines are as wide as they have to be where no terminal shows them."""
    from rich.console import Console

    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = 1000  # words that break across lines cannot be searched for
    return out


def figures_table(words: Sequence[str], numbers: Sequence[str] = ()) -> "Table":
    """Return an empty table, by the names of its columns."""
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in words:
        drawn.add_column(name)
    for name in numbers:
        drawn.add_column(name, justify="right")
    return drawn
