"""A project as `labelguard evaluate` reads it from Label Studio, and the tab that it has it show."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar

from backend.errors import SettingsError

if TYPE_CHECKING:
    from backend.evaluate.labels.suspects import SuspectLabel
    from backend.evaluate.labels.tasks import AnsweredTask
    from backend.labelstudio.api.review import AnsweredStudioTask, ReviewApi
    from backend.labelstudio.fetch.account import LabelStudioAccess

T = TypeVar("T")


def read_project(project: int) -> "list[AnsweredTask]":
    """Read a project's tasks with what people and models said of them.

    Raises:
        LabelguardError: Label Studio cannot be asked, or the settings do not say where it is.
    """
    from backend.labelstudio.api.client import AT_ONCE

    async def read(api: "ReviewApi") -> "list[AnsweredTask]":
        await api.project(project)
        ids = await api.task_ids(project)
        found: list[AnsweredTask] = []
        for start in range(0, len(ids), AT_ONCE):
            page = await api.answered(project, ids[start : start + AT_ONCE])
            found += [_taken(task) for task in page]
        return found

    return _ask(read)


def put_in_tab(project: int, title: str, suspects: "Sequence[SuspectLabel]") -> str:
    """Have a tab show the tasks that are probably annotated wrong; returns what was done.

    Raises:
        LabelguardError: Label Studio cannot be asked.
    """
    from backend.labelstudio.api.review import IDS_IN_TAB

    ids = list(dict.fromkeys(int(suspect.task) for suspect in suspects if suspect.task))
    if not ids:
        return "no annotation is probably wrong: no tab was made or changed"
    number = _ask(lambda api: api.show_in_tab(project, title, ids[:IDS_IN_TAB]))
    more = f", the first of {len(ids):,}" if len(ids) > IDS_IN_TAB else ""
    return f"tab {number} of project {project} shows {min(len(ids), IDS_IN_TAB):,} tasks{more}"


def studio_access() -> "LabelStudioAccess":
    """Return where Label Studio is, and as whom it is asked.

    Raises:
        SettingsError: nothing says so.
    """
    from backend.engine.assemble import label_studio_access
    from backend.settings import Settings

    access = label_studio_access(Settings())
    if access is None:
        remedy = "set it to Label Studio's base URL, and LABELGUARD_LABEL_STUDIO_TOKEN to the token of one of its users"
        raise SettingsError("LABELGUARD_LABEL_STUDIO_URL", "is not set", remedy)
    return access


def _ask(work: "Callable[[ReviewApi], Awaitable[T]]") -> T:
    """Ask Label Studio, as the settings say."""
    from backend.labelstudio.api.review import ReviewApi

    access = studio_access()

    async def asking() -> T:
        async with aclosing(ReviewApi(access)) as api:
            return await work(api)

    return asyncio.run(asking())


def _taken(task: "AnsweredStudioTask") -> "AnsweredTask":
    """Take a task as an export has it, where a task's number is one."""
    from backend.evaluate.labels.tasks import read_answered_task

    return read_answered_task({**task.model_dump(), "id": int(task.id)})
