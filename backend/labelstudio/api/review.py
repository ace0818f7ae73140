"""What is asked of Label Studio to hold predictions against annotations: what people and models said, and a tab.

Annotations come with all else of a task, such as drafts and names of users: what is not named here is dropped.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from backend.labelstudio.api.calls import ApiCall
from backend.labelstudio.api.client import NUMBERS, LabelStudioApi, Query, query_of
from backend.labelstudio.api.reading import in_parts, taken
from backend.labelstudio.requests import WireModel, WireTask

IDS_IN_TAB = 200
"""Tasks that a tab shows by their numbers."""


class _Annotation(WireModel):
    """An annotation: who made it is a number, their name is dropped."""

    id: int
    result: list[Any] | None = Field(default=None, repr=False)
    completed_by: int | None = None
    was_cancelled: bool | None = None
    ground_truth: bool | None = None
    created_at: str | None = None
    updated_at: str | None = None
    lead_time: float | None = None
    parent_prediction: int | None = None


class _Prediction(WireModel):
    id: int
    result: list[Any] | None = Field(default=None, repr=False)
    score: float | None = None
    model_version: str | None = None
    created_at: str | None = None


class AnsweredStudioTask(WireTask):
    """A task with what people and models said of it; drafts and names of users are dropped."""

    project: int | None = None
    annotations: list[_Annotation] = Field(default_factory=list, repr=False)
    predictions: list[_Prediction] = Field(default_factory=list, repr=False)


class _AnsweredPage(WireModel):
    tasks: list[AnsweredStudioTask]
    total: int


class _Tab(WireModel):
    id: int
    data: dict[str, Any] = Field(default_factory=dict, repr=False)


class _AllTabs(WireModel):
    tabs: list[_Tab]


class ReviewApi(LabelStudioApi):
    """The API, with what people said."""

    async def answered(self, project: int, ids: Sequence[int]) -> list[AnsweredStudioTask]:
        """Read tasks with their annotations and predictions: those that are still there, in no order that holds.

        Args:
            project: their project's number.
            ids: theirs, at most `AT_ONCE`.
        """

        async def read(ids: Sequence[int]) -> tuple[list[AnsweredStudioTask], int]:
            asked: Query = {"query": query_of(ids), "fields": "all", "page_size": len(ids)}
            page = await self._pages(_AnsweredPage, project, asked, f"tasks of project {project}")
            return page.tasks, page.total

        return await in_parts(ids, read)

    async def show_in_tab(self, project: int, title: str, ids: Sequence[int]) -> int:
        """Have a tab of the Data Manager show some tasks: the one of this title, else a new one; return its number.

        Args:
            project: its number.
            title: the tab's.
            ids: the tasks', at most `IDS_IN_TAB`.
        """
        what = f"tabs of project {project}"
        listed = await self._calls.ask(ApiCall("GET", "api/dm/views/", what, {"project": project}))
        tabs = taken(_AllTabs, {"tabs": listed}, what).tabs
        item = {"filter": "filter:tasks:id", "operator": "equal", "type": NUMBERS}
        filters = {"conjunction": "or", "items": [{**item, "value": task} for task in ids]}
        old = next((tab for tab in tabs if tab.data.get("title") == title), None)
        data = {**(old.data if old else {}), "title": title, "filters": filters}
        method, path = ("PATCH", f"api/dm/views/{old.id}/") if old else ("POST", "api/dm/views/")
        body = {"project": project, "data": data}
        made = await self._calls.ask(ApiCall(method, path, f"a tab of project {project}", body=body))
        return taken(_Tab, made, what).id
