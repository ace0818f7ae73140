"""What is asked of Label Studio about reviews: annotations with their tasks, and the predictions that they began with.

All that names a user is dropped as it comes (P11).
"""

import json
from collections.abc import Sequence

from backend.labelstudio.api.calls import ApiCall, Calls, MissingError, TooLongError
from backend.labelstudio.api.client import IDS_A_PAGE, NUMBERS, taken
from backend.labelstudio.events import ReviewedTask, WirePrediction
from backend.labelstudio.fetch.account import LabelStudioAccess
from backend.labelstudio.reduce import reduced_prediction
from backend.labelstudio.requests import WireModel

READ_AT_ONCE = 50
"""Tasks that are read by one call, each with all its annotations."""


class _Id(WireModel):
    id: int


class _Ids(WireModel):
    tasks: list[_Id]
    total: int


class _Reviewed(WireModel):
    tasks: list[ReviewedTask]
    total: int


class _Predictions(WireModel):
    predictions: list[WirePrediction]


class AnnotationsApi:
    """Label Studio's API as one user sees it. Belongs to one event loop.

    All methods raise `LabelStudioError`, whose `passes` says whether the same may succeed later.

    Args:
        access: where it is, and a user's token, legacy or personal.
    """

    def __init__(self, access: LabelStudioAccess) -> None:
        self._calls = Calls(access)

    async def has_project(self, project: int) -> bool:
        """Say whether a project is still there."""
        try:
            what = f"project {project}"
            await self._calls.ask(ApiCall("GET", f"api/projects/{project}/", what, {"include": "id"}))
        except MissingError:
            return False
        return True

    async def predictions(self, task: int) -> Sequence[WirePrediction]:
        """Return a task's predictions; none if the task is gone."""
        what = f"predictions of task {task}"
        try:
            found = await self._calls.ask(ApiCall("GET", "api/predictions/", what, {"task": task}))
        except MissingError:
            return ()
        bare = [reduced_prediction(one) for one in found] if isinstance(found, list) else found
        return taken(_Predictions, {"predictions": bare}, what).predictions

    async def annotated(self, project: int) -> list[int]:
        """List the tasks of a project that have annotations, or were skipped, in the order of their numbers."""
        found: set[int] = set()
        for column in ("total_annotations", "cancelled_annotations"):
            page = seen = 0
            total = 1
            while seen < total:
                page += 1
                try:
                    listed = await self._page(project, column, page)
                except MissingError:
                    if page == 1:
                        raise
                    break  # there were more when the page before was read
                found |= {task.id for task in listed.tasks}
                seen, total = seen + len(listed.tasks), listed.total if listed.tasks else 0
        return sorted(found)

    async def reviewed(self, project: int, ids: Sequence[int]) -> list[ReviewedTask]:
        """Read tasks with their annotations and predictions: those that are still there.

        Args:
            project: their project's number.
            ids: theirs, at most `READ_AT_ONCE`.
        """
        selected = {"all": False, "included": list(ids)}
        query = {
            **_of(project),
            "query": json.dumps({"selectedItems": selected, "filters": {"conjunction": "and", "items": []}}),
            "fields": "all",  # and no `include`, with which annotations come as bare numbers
            "page_size": len(ids),
        }
        what = f"annotations of project {project}"
        try:
            page = taken(_Reviewed, await self._calls.ask(ApiCall("GET", "api/tasks/", what, query)), what)
        except TooLongError:
            if len(ids) == 1:
                raise
        else:
            if len(page.tasks) >= page.total or len(ids) == 1:
                return [task for task in page.tasks if task.id and int(task.id) in ids]
        half = len(ids) // 2
        return [task for part in (ids[:half], ids[half:]) for task in await self.reviewed(project, part)]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._calls.aclose()

    async def _page(self, project: int, column: str, page: int) -> _Ids:
        has_some = {"filter": f"filter:tasks:{column}", "operator": "greater", "type": NUMBERS, "value": 0}
        asked = {
            "selectedItems": {"all": True, "excluded": []},
            "filters": {"conjunction": "and", "items": [has_some]},
        }
        # review: else a project that asks its backend by itself would have it predict before this answers.
        query = {**_of(project), "query": json.dumps(asked), "review": "true", "include": "id", "page": page}
        what = f"project {project}"
        found = await self._calls.ask(ApiCall("GET", "api/tasks/", what, {**query, "page_size": IDS_A_PAGE}))
        return taken(_Ids, found, what)


def _of(project: int) -> dict[str, str | int]:
    return {"project": project, "fields": "task_only", "resolve_uri": "false"}
