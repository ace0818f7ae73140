"""`labelguard doctor`: looks at a deployment, and says what is wrong with it and what to do. It sends no text."""

from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app
from backend.cli.tables import console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backend.cli.doctor.symptoms import Symptom

STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red", "skipped": "dim"}


@app.command()
def doctor(
    url: Annotated[str, typer.Option(help="This backend's URL as Label Studio reaches it, to look at projects.")] = "",
    project: Annotated[
        list[int] | None, typer.Option("--project", help="A project that is to be connected; several may be given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Look at a deployment, with the settings that the server has, and say what to do. Exits with 1 if it cannot work.

    Providers are connected to, and asked nothing; Label Studio is asked which projects there are.
    """
    import asyncio

    from backend.cli.doctor.reaching import far_symptoms
    from backend.cli.doctor.symptoms import near_symptoms
    from backend.settings import Settings

    if project and not url:
        raise typer.BadParameter(
            "write --url too: the backend's, such as http://127.0.0.1:9090", param_hint="--project"
        )
    settings = Settings()
    found, policy = near_symptoms(settings)
    found += asyncio.run(far_symptoms(settings, policy, url, project or ()))
    if as_json:
        import json

        typer.echo(json.dumps({"checks": [one.flat() for one in found]}, indent=1, ensure_ascii=False))
    else:
        _show(found)
    if any(one.state == "failed" for one in found):
        raise typer.Exit(1)


def _show(found: "Sequence[Symptom]") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for one in found:
        said = f"{one.said} - {one.remedy}" if one.remedy else one.said
        table.add_row(Text(one.state, STYLES[one.state]), one.about, said)
    console().print(table)
    counts = [(sum(one.state == state for one in found), state) for state in ("failed", "warning", "skipped")]
    typer.echo(", ".join(f"{count} {state}" for count, state in counts if count) or "nothing is wrong")
