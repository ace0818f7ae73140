"""What is asked of Label Studio: a project, its tasks, and to store predictions, one of a version for a task.

Fields are asked for by name, so that annotations, drafts and names of users do not even come (P11).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from backend.errors import LabelStudioError
from backend.labelstudio.api.calls import ApiCall, ContentError, MissingError, persistently
from backend.labelstudio.api.reading import M, StudioApi, every_page, in_parts, taken
from backend.labelstudio.requests import WireModel, WireTask
from backend.labelstudio.types import Prediction
from backend.system.writing import JSON, to_json

IDS_A_PAGE = 1000
NUMBERS = "Number"
"""What the Data Manager calls columns of numbers, in filters."""
AT_ONCE = 100
"""Tasks that are read, and predictions that are stored, by one call."""
WRITE_BYTES = 8_000_000
"""Bytes of predictions in one call."""

Query = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class NewPrediction:
    """A prediction to store.

    Attributes:
        task: the number of its task.
    """

    task: int
    prediction: Prediction = field(repr=False)

    def payload(self) -> JSON:
        """Return it as the API takes it."""
        return {"task": self.task, **self.prediction.payload()}


class StudioProject(WireModel):
    """A project, as far as predictions hang on it."""

    id: int
    title: str
    label_config: str
    created_at: datetime

    @property
    def reference(self) -> str:
        """The project as Label Studio's calls of a backend name it, such as `12.1795417599`."""
        return f"{self.id}.{int(self.created_at.timestamp())}"


class StudioTask(WireTask):
    """A task.

    Attributes:
        total_predictions: how many it has, of all versions.
    """

    total_predictions: int = 0


class _Page(WireModel):
    tasks: list[StudioTask]
    total: int


class _Stored(WireModel):
    """A prediction that is there: what it says is dropped."""

    id: int
    model_version: str | None = None


class _AllStored(WireModel):
    predictions: list[_Stored]


class LabelStudioApi(StudioApi):
    """The API, as far as predictions need it."""

    async def project(self, project: int) -> StudioProject:
        """Return a project."""
        what = f"project {project}"
        query = {"include": ",".join(StudioProject.model_fields)}
        found = await self._calls.ask(ApiCall("GET", f"api/projects/{project}/", what, query))
        return taken(StudioProject, found, what)

    async def task_ids(self, project: int, tab: int | None = None, without: str = "") -> list[int]:
        """List the tasks of a project.

        Args:
            project: its number.
            tab: of the Data Manager, whose filters choose; None for all tasks.
            without: leaves out the tasks that have a prediction of this version; "" for none. A tab leaves out none.
        """
        where: Query = {"query": query_of(without=without)} if tab is None else {"view": tab}
        return await self._all_ids(project, where, f"project {project}" if tab is None else f"tab {tab}")

    async def _all_ids(self, project: int, where: Query, what: str) -> list[int]:
        """List the tasks that a query finds, page by page."""

        async def read(page: int) -> tuple[list[int], int]:
            asked = {**where, "include": "id", "page": page, "page_size": IDS_A_PAGE}
            listed = await self._list(project, asked, what)
            return [int(task.id) for task in listed.tasks if task.id], listed.total

        return await every_page(read)

    async def tasks(self, project: int, ids: Sequence[int], without: str = "") -> list[StudioTask]:
        """Read tasks: those that are still there, in no order that holds.

        Args:
            project: their project's number.
            ids: theirs, at most `AT_ONCE`.
            without: leaves out the tasks that have a prediction of this version; "" for none.
        """
        return await self._some(project, ids, "id,data,meta,total_predictions,is_labeled", without=without)

    async def predicted(self, project: int, ids: Sequence[int], model_version: str) -> dict[int, int]:
        """Return which tasks have a prediction of a version, and how many each has of all versions.

        Args:
            project: their project's number.
            ids: theirs, at most `AT_ONCE`.
            model_version: the version.
        """
        there = await self._some(project, ids, "id,total_predictions", having=model_version)
        return {int(task.id): task.total_predictions for task in there}

    async def has_prediction(self, task: int, model_version: str) -> bool:
        """Say whether a task has a prediction of a version."""
        return any(stored.model_version == model_version for stored in await self._stored(task))

    async def write(
        self, project: int, predictions: Sequence[NewPrediction], *, replace: bool = False
    ) -> Mapping[int, LabelStudioError]:
        """Store predictions, in bulk, but those whose task has one of the same version by now.

        What fails and may pass is tried again, once it is known which of them were stored all the same.

        Args:
            project: their tasks' project's number.
            predictions: what to store.
            replace: also those; the caller has the newest kept alone.

        Returns:
            Why a task's was refused, by task: such as one that was deleted meanwhile.
        """
        refused: dict[int, LabelStudioError] = {}
        for part in _parts(predictions):
            refused |= await persistently(partial(self._write, project, part, replace))
        return refused

    async def keep_newest(self, task: int, model_version: str) -> int:
        """Delete a task's predictions of a version but the newest, such as two writers leave; return how many."""
        ours = sorted(stored.id for stored in await self._stored(task) if stored.model_version == model_version)
        for older in ours[:-1]:
            try:
                await self._calls.ask(ApiCall("DELETE", f"api/predictions/{older}/", f"a prediction of task {task}"))
            except MissingError:  # another deleted it
                continue
        return len(ours[:-1])

    async def _list(self, project: int, asked: Query, what: str) -> _Page:
        return await self._pages(_Page, project, asked, what)

    async def _pages(self, kind: type[M], project: int, asked: Query, what: str) -> M:
        # review: else a project that asks its backend by itself would have it predict before this answers.
        query = {"project": project, "fields": "task_only", "resolve_uri": "false", "review": "true", **asked}
        return taken(kind, await self._calls.ask(ApiCall("GET", "api/tasks/", what, query)), what)

    async def _some(
        self, project: int, ids: Sequence[int], fields: str, *, having: str = "", without: str = ""
    ) -> list[StudioTask]:
        """Read fields of tasks."""

        async def read(ids: Sequence[int]) -> tuple[list[StudioTask], int]:
            query = query_of(ids, having=having, without=without)
            asked: Query = {"query": query, "include": fields, "page_size": len(ids)}
            page = await self._list(project, asked, f"tasks of project {project}")
            return page.tasks, page.total

        return await in_parts(ids, read)

    async def _stored(self, task: int) -> list[_Stored]:
        what = f"predictions of task {task}"
        found = await self._calls.ask(ApiCall("GET", "api/predictions/", what, {"task": task}))
        return taken(_AllStored, {"predictions": found}, what).predictions

    async def _write(self, project: int, part: Sequence[NewPrediction], replace: bool) -> dict[int, LabelStudioError]:
        missing = part if replace else await self._missing(project, part)
        return await self._store(project, missing) if missing else {}

    async def _missing(self, project: int, part: Sequence[NewPrediction]) -> list[NewPrediction]:
        """Return those whose task has none of their version."""
        by_version: dict[str, list[NewPrediction]] = {}
        for new in part:
            by_version.setdefault(new.prediction.model_version, []).append(new)
        missing = []
        for version, ours in by_version.items():
            there = await self.predicted(project, [new.task for new in ours], version)
            missing += [new for new in ours if new.task not in there]
        return missing

    async def _store(self, project: int, predictions: Sequence[NewPrediction]) -> dict[int, LabelStudioError]:
        """Store predictions; where one is refused all are, so halves are tried."""
        if len(predictions) == 1:
            return await self._store_one(project, predictions[0])
        path, what = f"api/projects/{project}/import/predictions", f"predictions of project {project}"
        try:
            await self._calls.ask(ApiCall("POST", path, what, body=[new.payload() for new in predictions]))
        except ContentError:
            middle = len(predictions) // 2
            refused = await self._store(project, predictions[:middle])
            return refused | await self._store(project, predictions[middle:])
        return {}

    async def _store_one(self, project: int, new: NewPrediction) -> dict[int, LabelStudioError]:
        """Store one: it costs the same in a project of any size, unlike the import."""
        what = f"the prediction of task {new.task}"
        try:
            await self._calls.ask(ApiCall("POST", "api/predictions/", what, body={"project": project, **new.payload()}))
        except ContentError as error:
            return {new.task: error.bare()}
        return {}


def query_of(ids: Sequence[int] = (), *, having: str = "", without: str = "") -> str:
    """Write which tasks are asked for, as the Data Manager's API has it."""
    chosen = [(having, "contains"), (without, "not_contains")]
    column = {"filter": "filter:tasks:predictions_model_versions", "type": "List"}
    items = [{**column, "operator": operator, "value": [version]} for version, operator in chosen if version]
    selected = {"all": False, "included": list(ids)} if ids else {"all": True, "excluded": []}
    return json.dumps({"selectedItems": selected, "filters": {"conjunction": "and", "items": items}})


def _parts(predictions: Sequence[NewPrediction]) -> Iterator[list[NewPrediction]]:
    """Part predictions into what one call may hold."""
    part: list[NewPrediction] = []
    size = 0
    for new in predictions:
        length = len(to_json(new.payload()))
        if part and (len(part) == AT_ONCE or size + length > WRITE_BYTES):
            yield part
            part, size = [], 0
        part.append(new)
        size += length
    if part:
        yield part
