"""What the console asks of Label Studio: tasks of a project, for the eyes of whoever asked. Nothing of it is kept."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from backend.engine.assemble import label_studio_access
from backend.errors import RequestError
from backend.labelstudio.api import LabelStudioApi, StudioProject, StudioTask
from backend.labelstudio.api.calls import MissingError
from backend.labelstudio.api.client import AT_ONCE
from backend.settings import Settings

NO_ACCESS = (
    "this server does not know where Label Studio is"
    " - set LABELGUARD_LABEL_STUDIO_URL and LABELGUARD_LABEL_STUDIO_TOKEN, and start it again"
)


@dataclass(frozen=True, slots=True)
class StudioTasks:
    """Tasks of a project, as they stand in Label Studio.

    Attributes:
        tasks: those that are still there, in the order in which they were asked for.
    """

    project: StudioProject = field(repr=False)
    tasks: Sequence[StudioTask] = field(repr=False)


async def studio_tasks(settings: Settings, project: int, ids: Sequence[int]) -> StudioTasks:
    """Read tasks of a project.

    Args:
        settings: say where Label Studio is, and as whom it is asked.
        project: its number.
        ids: the tasks' numbers.

    Raises:
        RequestError: nothing says where Label Studio is, or it has no such project.
        LabelStudioError: it cannot be asked.
    """
    access = label_studio_access(settings)
    if access is None:
        raise RequestError(NO_ACCESS)
    async with aclosing(LabelStudioApi(access)) as api:
        try:
            found = await api.project(project)
        except MissingError as error:
            raise RequestError(error.reason) from None
        tasks: list[StudioTask] = []
        for start in range(0, len(ids), AT_ONCE):
            tasks += await api.tasks(project, ids[start : start + AT_ONCE])
    places = {str(number): place for place, number in enumerate(ids)}
    return StudioTasks(found, sorted((one for one in tasks if one.id in places), key=lambda one: places[one.id]))
