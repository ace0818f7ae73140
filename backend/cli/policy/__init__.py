"""`labelguard policy`: look at policy files. One file a command; each registers itself on `commands`."""

import importlib

import typer

from backend.cli import app

COMMANDS = ("check", "diff", "explain", "schema", "test")

commands = typer.Typer(no_args_is_help=True, help="Look at policy files.")
app.add_typer(commands, name="policy")

for name in COMMANDS:
    importlib.import_module(f"{__name__}.{name}")
