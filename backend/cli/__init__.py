"""The command `labelguard`. One file a command; each registers itself on `app`."""

import importlib
import sys

import typer

from backend.errors import LabelguardError

COMMANDS = (
    "serve",
    "predict",
    "redact",
    "plan",
    "policy",
    "privacy",
    "audit",
    "usage",
    "model",
    "project",
    "demo",
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def labelguard() -> None:
    """Let language models label sensitive text that may not leak."""


def main() -> None:
    """Run the command line. Errors of ours end it with one line and exit code 2."""
    for name in COMMANDS:
        importlib.import_module(f"backend.cli.{name}")
    try:
        app()
    except LabelguardError as error:
        sys.stderr.write(f"labelguard: {error.reason}\n")
        sys.exit(2)
