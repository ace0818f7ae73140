"""Label Studio's API, as far as the tests need it."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.patience import HANGS_S, until

JSON = dict[str, Any]


class RefusedError(Exception):
    """Label Studio answered with an error. `status` and `text` are its own."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text}")
        self.status = status
        self.text = text


class Api:
    """A client for one user. May be used from several threads.

    Args:
        url: Label Studio's.
        token: the user's legacy token.
    """

    def __init__(self, url: str, token: str) -> None:
        headers = {"Authorization": f"Token {token}"}
        self._personal = ""
        self._client = httpx.Client(base_url=url, headers=headers, timeout=HANGS_S, trust_env=False)

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def create_project(self, title: str, label_config: str) -> int:
        """Create a project and return its id."""
        return int(self._post("/api/projects/", {"title": title, "label_config": label_config})["id"])

    def connect(self, project: int, url: str, user: str, password: str, *, interactive: bool = False) -> JSON:
        """Connect a backend with Basic auth, as the settings page does.

        Raises:
            RefusedError: holds what the annotator would read.
        """
        return self._post(
            "/api/ml/",
            {
                "project": project,
                "url": url,
                "title": "Labelguard",
                "auth_method": "BASIC_AUTH",
                "basic_auth_user": user,
                "basic_auth_pass": password,
                "is_interactive": interactive,
            },
        )

    def backends(self, project: int) -> list[JSON]:
        """List a project's backends."""
        return list(self._get("/api/ml", project=project))

    def import_tasks(self, project: int, *data: JSON) -> list[int]:
        """Import tasks and return their ids."""
        return self._import(project, [{"data": item} for item in data])

    def import_annotated(self, project: int, *tasks: tuple[JSON, Sequence[JSON]]) -> list[int]:
        """Import tasks, each with the regions of its annotation, and return their ids."""
        return self._import(project, [{"data": data, "annotations": [{"result": list(said)}]} for data, said in tasks])

    def _import(self, project: int, tasks: Sequence[JSON]) -> list[int]:
        answer = self._post(f"/api/projects/{project}/import?return_task_ids=true", list(tasks))
        return [int(identity) for identity in answer["task_ids"]]

    def change_task(self, task: int, data: JSON) -> None:
        """Replace a task's data. Unlike an import, this may leave out the config's field."""
        _read(self._client.patch(f"/api/tasks/{task}/", json={"data": data}))

    def change_project(self, project: int, **settings: Any) -> None:
        """Change settings of a project."""
        _read(self._client.patch(f"/api/projects/{project}/", json=settings))

    def delete_project(self, project: int) -> None:
        """Delete a project with all that is in it."""
        self._client.delete(f"/api/projects/{project}/").raise_for_status()

    def delete_task(self, task: int) -> None:
        """Delete a task."""
        self._client.delete(f"/api/tasks/{task}/").raise_for_status()

    def personal_token(self) -> str:
        """Return the user's personal access token, of which Label Studio lets a user have one."""
        if not self._personal:
            self._post("/api/jwt/settings", {"api_tokens_enabled": True, "legacy_api_tokens_enabled": True})
            self._personal = str(self._post("/api/token/", {})["token"])
        return self._personal

    def versions(self, project: int, model_version: str) -> dict[int, int]:
        """Return the ids of the stored predictions of a version by task, of which there must be at most one each."""
        ours = [one for one in self.stored(project) if one["model_version"] == model_version]
        by_task = {int(prediction["task"]): int(prediction["id"]) for prediction in ours}
        if len(by_task) != len(ours):
            raise AssertionError("a task has several predictions of one version")
        return by_task

    def tasks(self, project: int, **query: str) -> list[JSON]:
        """List the first tasks of a project, as the Data Manager's API has them."""
        return list(self._get("/api/tasks/", project=project, **query)["tasks"])

    def stored(self, project: int) -> list[JSON]:
        """Return all predictions that are stored."""
        return list(self._get("/api/predictions/", project=project))

    def retrieve_predictions(self, project: int) -> JSON:
        """Run "Retrieve Predictions" for all tasks, as the Data Manager does."""
        selected = {"selectedItems": {"all": True, "excluded": []}}
        return self._post(f"/api/dm/actions?id=retrieve_tasks_predictions&project={project}", selected)

    def delete_predictions(self, project: int) -> None:
        """Delete the predictions of all tasks, as the Data Manager does."""
        selected = {"selectedItems": {"all": True, "excluded": []}}
        self._post(f"/api/dm/actions?id=delete_tasks_predictions&project={project}", selected)

    def open_task(self, project: int, task: int) -> JSON:
        """Open a task as the labeling page does: Label Studio asks the backend if the task has no prediction."""
        return dict(self._get(f"/api/tasks/{task}", project=project))

    def predictions(self, project: int) -> dict[int, JSON]:
        """Return the stored predictions by task, of which there must be at most one each."""
        stored = self.stored(project)
        by_task = {int(prediction["task"]): prediction for prediction in stored}
        if len(by_task) != len(stored):
            raise AssertionError("a task has several predictions")
        return by_task

    def upload(self, project: int, name: str, content: bytes) -> str:
        """Upload a file to a project; returns the path under which Label Studio keeps it."""
        files = {"file": (name, content)}
        answer = dict(_read(self._client.post(f"/api/projects/{project}/import?return_task_ids=true", files=files)))
        task = self._get(f"/api/tasks/{answer['task_ids'][0]}")
        return str(next(iter(task["data"].values())))

    def store_prediction(self, task: int, prediction: JSON) -> JSON:
        """Store a prediction, as Label Studio does with a backend's."""
        return self._post("/api/predictions/", {"task": task, **prediction})

    def store_predictions(self, project: int, predictions: Mapping[int, JSON]) -> None:
        """Store a prediction of each task at once."""
        told = [{"task": task, **prediction} for task, prediction in predictions.items()]
        self._post(f"/api/projects/{project}/import/predictions", told)

    def annotate(self, task: int, result: Sequence[JSON], **others: Any) -> JSON:
        """Create an annotation."""
        return self._post(f"/api/tasks/{task}/annotations/", {"result": list(result), "lead_time": 1.0, **others})

    def export(self, project: int) -> list[JSON]:
        """Export a project's annotated tasks as JSON, as its page does."""
        return list(self._get(f"/api/projects/{project}/export", exportType="JSON"))

    def snapshot(self, project: int) -> list[JSON]:
        """Export a snapshot whose predictions are written out."""
        asked = {"title": "all", "serialization_options": {"predictions": {"only_id": False}}}
        made = self._post(f"/api/projects/{project}/exports/", asked)["id"]
        until(lambda: self._get(f"/api/projects/{project}/exports/{made}")["status"] == "completed")
        return list(self._get(f"/api/projects/{project}/exports/{made}/download", exportType="JSON"))

    def update_annotation(self, annotation: int, result: Sequence[JSON]) -> JSON:
        """Change an annotation."""
        return dict(_read(self._client.patch(f"/api/annotations/{annotation}/", json={"result": list(result)})))

    def delete_annotation(self, annotation: int) -> None:
        """Delete an annotation."""
        self._client.delete(f"/api/annotations/{annotation}/").raise_for_status()

    def draft(self, task: int, result: Sequence[JSON]) -> JSON:
        """Save a draft."""
        return self._post(f"/api/tasks/{task}/drafts", {"result": list(result), "lead_time": 1.0})

    def create_tab(self, project: int, title: str, column: str, words: str) -> int:
        """Create a tab of the Data Manager with the tasks that have words in a column; returns its id."""
        asked = {"filter": f"filter:tasks:{column}", "operator": "contains", "type": "String", "value": words}
        tab = {"title": title, "filters": {"conjunction": "and", "items": [asked]}}
        return int(self._post("/api/dm/views/", {"project": project, "data": tab})["id"])

    def tabs(self, project: int) -> list[JSON]:
        """List the tabs of the Data Manager."""
        return list(self._get("/api/dm/views/", project=project))

    def webhooks(self, project: int) -> list[JSON]:
        """List the project's webhooks."""
        return list(self._get("/api/webhooks/", project=project))

    def add_webhook(self, project: int, url: str) -> None:
        """Have a project's reviews told at an address, too."""
        self._post("/api/webhooks/", {"project": project, "url": url, "is_active": False, "headers": {"a": "b"}})

    def give_secret(self, project: int, secret: str) -> None:
        """Have the project's webhooks bring a secret."""
        for hook in self.webhooks(project):
            said = {"headers": {"Authorization": f"Bearer {secret}"}}
            _read(self._client.patch(f"/api/webhooks/{hook['id']}/", json=said))

    def _get(self, path: str, **query: Any) -> Any:
        return _read(self._client.get(path, params=query))

    def _post(self, path: str, body: Any) -> JSON:
        return dict(_read(self._client.post(path, json=body)))


def _read(response: httpx.Response) -> Any:
    if response.is_error:
        raise RefusedError(response.status_code, response.text)
    return response.json()
