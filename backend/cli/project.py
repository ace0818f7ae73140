"""`labelguard init`: a folder of one's own, with the shipped handlers, policies and prompts to change."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from backend.cli import app

COPIED = {"handlers": (".py",), "policies": (".yaml", ".schema.json"), "prompts": (".txt", ".jinja")}
"""The packages that are copied out, and which of their files."""


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="Folder to write to; made if there is none.")],
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
) -> None:
    """Copy handlers, policies and prompts into a folder of your own. Exits with 1 if files are in the way."""
    from backend.system.disk import write_whole

    wanted = dict(_wanted())
    present = [name for name in wanted if (directory / name).exists()]
    problem = ""
    if directory.exists() and not directory.is_dir():
        problem = "is no folder - name another"
    elif present and not force:
        problem = f"has already: {', '.join(present)} - nothing was written; --force writes over them"
    if problem:
        typer.echo(f"{directory} {problem}", err=True)
        raise typer.Exit(1)
    for name, content in wanted.items():
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, content)
    typer.echo(_next_steps(directory, len(wanted)))


def _wanted() -> Iterator[tuple[str, bytes]]:
    """Yield the files to write, by their path in the folder."""
    for package, endings in COPIED.items():
        for file in sorted(files(package).iterdir(), key=lambda file: file.name):
            if file.name.endswith(endings) and not file.name.startswith("_"):
                yield f"{package}/{file.name}", file.read_bytes()
    yield ".env.example", _environment().encode()


def _environment() -> str:
    """Write every setting with what it is for and its default, commented out."""
    from backend.settings import Settings, variable

    lines = ["# Labelguard's settings. Copy to .env, keep that out of version control, and have your service manager"]
    lines += ["# read it: EnvironmentFile= of systemd, env_file: of compose. Each line shows the default."]
    for name, field in Settings.model_fields.items():
        default = field.default if isinstance(field.default, str | int) else ""
        lines += ["", f"# {field.description}", f"#{variable(name)}={default}"]
    lines += ["", "# a key that a policy names: key: {env: OPENAI_API_KEY}", "#OPENAI_API_KEY="]
    return "\n".join(lines) + "\n"


def _next_steps(directory: Path, count: int) -> str:
    policy = directory / "policies" / "default.yaml"
    return f"""{count} files written to {directory}. Next:
  1. read {policy}; for another set LABELGUARD_POLICY
  2. labelguard policy check {policy}
  3. LABELGUARD_HOME={directory} labelguard serve
  4. in Label Studio: Settings, Model, Connect Model, http://127.0.0.1:9090
A handler or prompt that you do not change may be deleted: the shipped one is used, and updated with Labelguard."""
