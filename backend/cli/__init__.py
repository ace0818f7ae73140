"""The command `labelguard`. One file a command; each registers itself on `app`."""

import importlib
import sys
from typing import Annotated

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
    "audit_report",
    "sent",
    "usage",
    "model",
    "project",
    "connect",
    "doctor",
    "annotations",
    "quality",
    "subject",
    "forget",
    "upgrade",
    "backup",
    "demo",
)

INTERRUPTED = 130
"""Exit status of what Ctrl-C ends, as shells have it."""

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"labelguard {version('labelguard')}")
        raise typer.Exit


@app.callback()
def labelguard(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Let language models label sensitive text that may not leak."""


def main() -> None:
    """Run the command line. Our errors, and those of files, end it with one line and exit code 2; Ctrl-C with 130."""
    try:
        begin_loading()
        for name in COMMANDS:
            importlib.import_module(f"backend.cli.{name}")
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
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
