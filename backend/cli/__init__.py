"""The command `labelguard`. One file a command; each registers itself on `app`."""

import importlib
import sys

import typer

from backend.errors import LabelguardError
from backend.system.disk import reason_of
from backend.system.memory import begin_loading

COMMANDS = (
    "serve",
    "predict",
    "batches",
    "jobs",
    "failures",
    "retry",
    "redact",
    "plan",
    "preview",
    "policy",
    "privacy",
    "evaluate",
    "review",
    "export_training",
    "distill",
    "tune",
    "miss",
    "audit",
    "usage",
    "model",
    "project",
    "connect",
    "doctor",
    "annotations",
    "quality",
    "forget",
    "demo",
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def labelguard() -> None:
    """Let language models label sensitive text that may not leak."""


def main() -> None:
    """Run the command line. Errors of ours, and those of files, end it with one line and exit code 2."""
    begin_loading()
    for name in COMMANDS:
        importlib.import_module(f"backend.cli.{name}")
    try:
        app()
    except LabelguardError as error:
        problem = error.reason
    except ConnectionError:  # who read our output has enough
        raise
    except OSError as error:
        problem = reason_of(error)
    else:
        return
    sys.stderr.write(f"labelguard: {problem}\n")
    sys.exit(2)
