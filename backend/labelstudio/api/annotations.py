"""What is asked of Label Studio about reviews: annotations with their tasks, and the predictions that they began with.

All that names a user is dropped as it comes (P11).
"""

import json
from collections.abc import Sequence
from functools import partial
from itertools import chain

from backend.labelstudio.api.calls import ApiCall, MissingError
from backend.labelstudio.api.client import IDS_A_PAGE, NUMBERS
from backend.labelstudio.api.reading import StudioApi, every_page, in_parts, taken
from backend.labelstudio.events import ReviewedTask, WirePrediction
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


class AnnotationsApi(StudioApi):
    """The API, as far as it tells of reviews."""

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
        columns = ("total_annotations", "cancelled_annotations")
        found = [await every_page(partial(self._page, project, column)) for column in columns]
        return sorted(set(chain.from_iterable(found)))

    async def reviewed(self, project: int, ids: Sequence[int]) -> list[ReviewedTask]:
        """Read tasks with their annotations and predictions: those that are still there.

        Args:
            project: their project's number.
            ids: theirs, at most `READ_AT_ONCE`.
        """
        return await in_parts(ids, partial(self._reviewed, project))

    async def _reviewed(self, project: int, ids: Sequence[int]) -> tuple[list[ReviewedTask], int]:
        selected = {"all": False, "included": list(ids)}
        query = {
            **_of(project),
            "query": json.dumps({"selectedItems": selected, "filters": {"conjunction": "and", "items": []}}),
            "fields": "all",  # and no `include`, with which annotations come as bare numbers
            "page_size": len(ids),
        }
        what = f"annotations of project {project}"
        page = taken(_Reviewed, await self._calls.ask(ApiCall("GET", "api/tasks/", what, query)), what)
        return page.tasks, page.total

    async def _page(self, project: int, column: str, page: int) -> tuple[list[int], int]:
        has_some = {"filter": f"filter:tasks:{column}", "operator": "greater", "type": NUMBERS, "value": 0}
        asked = {
            "selectedItems": {"all": True, "excluded": []},
            "filters": {"conjunction": "and", "items": [has_some]},
        }
        # review: else a project that asks its backend by itself would have it predict before this answers.
        query = {**_of(project), "query": json.dumps(asked), "review": "true", "include": "id", "page": page}
        what = f"project {project}"
        found = await self._calls.ask(ApiCall("GET", "api/tasks/", what, {**query, "page_size": IDS_A_PAGE}))
        listed = taken(_Ids, found, what)
        return [task.id for task in listed.tasks], listed.total


def _of(project: int) -> dict[str, str | int]:
    return {"project": project, "fields": "task_only", "resolve_uri": "false"}
