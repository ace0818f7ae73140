"""A stand-in for Label Studio's API, as far as it is asked; `tests/label_studio/` has the real one.

Use its `respond` as that of a `tests.seams.providers.Vendor`.
"""

import json
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qs, urlsplit

from tests.parts import SENTIMENT
from tests.seams.providers import http

CANARY = "canary-6605"
"""Stands where nothing is to be read: in annotations, names of users, bodies of errors."""


class Studio:
    """Tasks and predictions, as Label Studio's API has them.

    Attributes:
        stored: predictions by task: their versions.
        text: a task's text.
        tab: the tasks of any tab; None for all.
        refuses: tasks for which no prediction is taken.
        fails: answers that come before all others.
        most: how many tasks one answer may hold.
        page_size: how many one gives at most, whatever is asked for.
    """

    def __init__(self, tasks=()):
        self.stored: dict[int, list[str]] = {task: [] for task in tasks}
        self.text: Callable[[int], str] = str
        self.tab: list[int] | None = None
        self.refuses: set[int] = set()
        self.fails: list[bytes | None] = []
        self.most = self.page_size = 1000
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self._ids: dict[int, tuple[int, str]] = {}
        self._next = count(1)

    def respond(self, head, body):
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.asked.append((method, url.path, query))
        if self.fails and (answer := self.fails.pop(0)):
            return answer
        if method == "GET":
            return http(200, self.read(url.path, query)) if "tasks" not in url.path else self.listed(query)
        if method == "DELETE":
            return http(*self.delete(int(url.path.split("/")[-2])))
        sent = json.loads(body)
        items = sent if isinstance(sent, list) else [sent]
        if any(item["task"] in self.refuses for item in items):
            return http(400, {"detail": CANARY})
        self.store(items)
        return http(201, {"created": len(items)})

    def read(self, path, query):
        if path.startswith("/api/projects/"):
            told = {"title": "Ward", "label_config": SENTIMENT, "created_at": "2026-11-28T10:20:17.500000Z"}
            return {"id": int(path.split("/")[3]), **told, "created_by": CANARY}
        rows = self.rows(int(query["task"]))
        return [{"id": number, "model_version": version, "result": [CANARY]} for number, version in rows]

    def store(self, items):
        for item in items:
            self._ids[next(self._next)] = (item["task"], item["model_version"])
            self.stored[item["task"]].append(item["model_version"])

    def rows(self, task):
        return [(number, version) for number, (of, version) in self._ids.items() if of == task]

    def delete(self, number):
        if number not in self._ids:
            return 404, {}
        task, version = self._ids.pop(number)
        self.stored[task].remove(version)
        return 204, b""

    def listed(self, query):
        chosen = list(self.stored)
        if "view" in query and self.tab is not None:
            chosen = self.tab
        if "query" in query:
            asked = json.loads(query["query"])
            included = asked["selectedItems"].get("included")
            chosen = [task for task in chosen if included is None or task in included]
            for item in asked["filters"]["items"]:
                wanted = item["operator"] == "contains"
                chosen = [task for task in chosen if (item["value"][0] in self.stored[task]) is wanted]
        if len(chosen) > self.most and "data" in query["include"]:
            return http(200, b"x" * 10_000)
        size, page = min(int(query["page_size"]), self.page_size), int(query.get("page", 1))
        part = chosen[(page - 1) * size : page * size]
        if not part and page > 1:
            return http(404, {})
        rows = [self.row(task) for task in part]
        return http(200, {"tasks": rows, "total": len(chosen), "total_annotations": 3})

    def row(self, task):
        secrets = {"annotations": [CANARY], "drafts": [CANARY], "updated_by": [CANARY]}
        return {
            "id": task,
            "data": {"text": self.text(task)},
            "meta": None,
            "total_predictions": len(self.stored[task]),
            **secrets,
        }
