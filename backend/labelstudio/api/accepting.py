"""What Label Studio is asked for once predictions may be taken: a tab with their tasks, or annotations made of them."""

import json
from collections.abc import Sequence

from backend.errors import RequestError
from backend.labelstudio.api.calls import ApiCall
from backend.labelstudio.api.client import NUMBERS
from backend.labelstudio.api.reading import taken
from backend.labelstudio.api.review import AnsweredStudioTask, ReviewApi
from backend.labelstudio.requests import WireModel

ROUNDING = 1e-6
"""Label Studio keeps scores as decimals: one that is as low as the lowest must not fall under it."""


class _Made(WireModel):
    id: int


class AcceptingApi(ReviewApi):
    """Label Studio's API, to act on predictions that need no human."""

    async def add_tab(self, project: int, title: str, version: str, lowest: float, tasks: Sequence[int]) -> int:
        """Add a tab of the Data Manager with the tasks that nobody has annotated and whose prediction is sure enough.

        Args:
            project: its number.
            title: the tab's.
            version: the model version that they have a prediction of.
            lowest: the lowest score that is shown.
            tasks: which these have to be: the page knows no list of tasks as a filter.

        Returns:
            The tab's number.

        Raises:
            RequestError: Label Studio shows other ones by these scores.
        """
        items = [
            _filter("predictions_score", "greater_or_equal", NUMBERS, lowest - ROUNDING),
            _filter("total_annotations", "equal", NUMBERS, 0),
            _filter("predictions_model_versions", "contains", "List", [version]),
        ]
        filters = {"conjunction": "and", "items": items}
        query = {"query": json.dumps({"filters": filters})}
        if set(await self._all_ids(project, query, f"project {project}")) != set(tasks):
            raise RequestError(
                f"Label Studio's column of prediction scores does not show those of {version} alone - choose this"
                " version in the project's settings (Annotation, prelabeling), or write the tasks to a file with --out"
            )
        data = {"title": title, "type": "list", "filters": filters}
        call = ApiCall("POST", "api/dm/views/", "a tab", {"project": project}, {"project": project, "data": data})
        return taken(_Made, await self._calls.ask(call), "a tab").id

    async def accept(self, project: int, tasks: Sequence[int], version: str) -> list[int]:
        """Make annotations of the newest predictions of a version, of tasks that still have no annotation.

        Args:
            project: their project's number.
            tasks: theirs, at most `AT_ONCE`.
            version: the model version.

        Returns:
            The tasks that have one now.
        """
        accepted = []
        for task in await self.answered(project, tasks):
            if not task.annotations and await self._accept(task, version):
                accepted.append(int(task.id))
        return accepted

    async def _accept(self, task: AnsweredStudioTask, version: str) -> bool:
        ours = [prediction for prediction in task.predictions if prediction.model_version == version]
        newest = max(ours, key=lambda prediction: prediction.id, default=None)
        if newest is None or newest.result is None:
            return False
        body = {"result": newest.result, "parent_prediction": newest.id}
        what = f"an annotation of task {task.id}"
        await self._calls.ask(ApiCall("POST", f"api/tasks/{task.id}/annotations/", what, body=body))
        return True


def _filter(column: str, operator: str, kind: str, value: object) -> dict[str, object]:
    return {"filter": f"filter:tasks:{column}", "operator": operator, "type": kind, "value": value}
