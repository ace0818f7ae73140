"""The command `labelguard`. One file a command; each registers itself on `app`."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def main() -> None:
    """Run the command line."""
    from backend.cli import model, policy, predict, project, redact, serve  # noqa: F401

    app()
