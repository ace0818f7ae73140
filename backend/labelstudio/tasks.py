"""Task files as Label Studio exports and imports them: a list of tasks, or of their data alone."""

import json
from pathlib import Path
from typing import Any

from backend.errors import RequestError
from backend.labelstudio.reduce import is_annotated
from backend.labelstudio.types import Task


def read_tasks(path: Path) -> list[dict[str, Any]]:
    """Read tasks: each gets its `data`, and its `id`, `meta` and number of annotations if it has them.

    Raises:
        RequestError: names the file and the line.
    """
    problem = ""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        problem = f"is no valid JSON (line {getattr(error, 'lineno', '?')})"
        found = None
    items = found if isinstance(found, list) else [found]
    if not problem and not all(isinstance(item, dict) for item in items):
        problem = "holds something that is no task: each must be an object"
    if problem:
        raise RequestError(f"{path} {problem} - export the tasks from Label Studio as JSON")
    return [
        {key: item[key] for key in ("id", "data", "meta", "total_annotations") if key in item}
        if isinstance(item.get("data"), dict)
        else {"data": item}
        for item in items
    ]


def as_task(item: dict[str, Any]) -> Task:
    """Return what `read_tasks` gave as the engine takes it."""
    meta = item.get("meta")
    return Task(item["data"], meta if isinstance(meta, dict) else {}, str(item.get("id", "")), is_annotated(item))


def first_task(file: Path) -> Task:
    """Return the first task of a file.

    Raises:
        RequestError: it cannot be read, or holds none.
    """
    tasks = read_tasks(file)
    if not tasks:
        raise RequestError(f"{file} holds no task - export one from Label Studio as JSON")
    return as_task(tasks[0])
