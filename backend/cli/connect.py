"""`labelguard connect` and `labelguard disconnect`: backend, password and webhook in Label Studio, in one go."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli import app

if TYPE_CHECKING:
    from backend.labelstudio.api import ConnectionsApi
    from backend.labelstudio.fetch.account import LabelStudioAccess
    from backend.settings import Settings

Url = Annotated[str, typer.Option(help="This backend's URL as Label Studio reaches it, with a path prefix if any.")]
Projects = Annotated[list[int] | None, typer.Option("--project", help="The number of a project; several may be given.")]
AllProjects = Annotated[bool, typer.Option("--all-projects", help="All projects that the token's user sees.")]


@app.command()
def connect(
    url: Url,
    project: Projects = None,
    all_projects: AllProjects = False,
    title: Annotated[str, typer.Option(help="What Label Studio shows.")] = "Labelguard",
    interactive: Annotated[bool, typer.Option("--interactive", help="Ask while annotators work, too.")] = False,
) -> None:
    """Connect projects: the ML backend with its password, and the webhook with its secret. Safe to repeat.

    The server must run: Label Studio asks it before it connects a project.
    """
    from backend.engine.learning import webhook_secret
    from backend.labelstudio.api import Connection

    settings, access = opened()
    password = settings.basic_auth_password
    wanted = Connection(
        _plain(url),
        settings.basic_auth_user,
        password.get_secret_value() if password else "",
        webhook_secret(settings),
        title,
        interactive,
    )

    async def work(api: "ConnectionsApi", number: int, changed: list[str]) -> None:
        await api.connect(number, wanted, changed)
        if await api.others_before(number, wanted):
            changed.append("another backend stands before it, which alone is asked: remove that one")

    _each(access, project or [], all_projects, work)


@app.command()
def disconnect(url: Url, project: Projects = None, all_projects: AllProjects = False) -> None:
    """Undo what `labelguard connect` does: the backend and the webhook at this URL are removed."""
    from backend.labelstudio.api import Connection

    _, access = opened()
    wanted: Connection = Connection(_plain(url))
    _each(access, project or [], all_projects, lambda api, number, changed: api.disconnect(number, wanted, changed))


def opened() -> "tuple[Settings, LabelStudioAccess]":
    """Return the settings, and where Label Studio is.

    Raises:
        SettingsError: they do not say.
    """
    from backend.engine.assemble import label_studio_access
    from backend.errors import SettingsError
    from backend.settings import Settings

    settings = Settings()
    access = label_studio_access(settings)
    if access is None:
        remedy = "set it to Label Studio's base URL, and LABELGUARD_LABEL_STUDIO_TOKEN to the token of one of its users"
        raise SettingsError("LABELGUARD_LABEL_STUDIO_URL", "is not set", remedy)
    return settings, access


def _plain(url: str) -> str:
    """Return a URL that names no user: the password stands in the settings."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise typer.BadParameter("write the backend's URL, such as http://127.0.0.1:9090", param_hint="--url")
    if parts.username or parts.password:
        problem = "name no user in it - LABELGUARD_BASIC_AUTH_USER and LABELGUARD_BASIC_AUTH_PASSWORD are taken"
        raise typer.BadParameter(problem, param_hint="--url")
    return url


def _each(
    access: "LabelStudioAccess",
    projects: list[int],
    are_all: bool,
    work: "Callable[[ConnectionsApi, int, list[str]], Awaitable[None]]",
) -> None:
    """Do work on each project, and say what it changed; one that fails costs the others nothing."""
    import asyncio
    from contextlib import aclosing

    from backend.errors import LabelStudioError
    from backend.labelstudio.api import ConnectionsApi

    if are_all == bool(projects):
        raise typer.BadParameter("write --project NUMBER, or --all-projects", param_hint="--project")

    async def run() -> int:
        failed = 0
        async with aclosing(ConnectionsApi(access)) as api:
            for number in await api.projects() if are_all else projects:
                changed: list[str] = []
                problem = ""
                try:
                    await work(api, number, changed)
                except LabelStudioError as error:
                    failed += 1
                    problem = error.reason
                if changed or not problem:
                    typer.echo(f"project {number}: {', '.join(changed) or 'nothing to change'}")
                if problem:
                    typer.echo(f"project {number}: {problem}", err=True)
        return failed

    if asyncio.run(run()):
        raise typer.Exit(1)
