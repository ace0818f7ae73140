"""Task files as Label Studio exports and imports them: tasks, or their data alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.errors import RequestError
from backend.labelstudio.import_files import entries_named, read_entries
from backend.labelstudio.paths import canonical_path, lookup
from backend.labelstudio.reduce import is_annotated
from backend.labelstudio.types import Plan, Task


def read_tasks(path: Path, label_config: str = "") -> list[dict[str, Any]]:
    """Read tasks: each gets its `data`, and its `id`, `meta` and number of annotations if it has them.

    Args:
        path: JSON, JSON lines, CSV, TSV or TXT, by its ending.
        label_config: the project's XML, which says under which key lines of TXT are.

    Raises:
        RequestError: it is none of them, or holds what is no task. Names the file and the line, or the entries.
    """
    items = read_entries(path, label_config)
    faults = {
        "no task: each must be an object": [n for n, item in enumerate(items, 1) if not isinstance(item, dict)],
        "no task: its data must be an object": [n for n, item in enumerate(items, 1) if _has_bad_data(item)],
        "without data": [n for n, item in enumerate(items, 1) if _has_no_data(item)],
    }
    said = [
        f"{entries_named(places)} {'is' if len(places) == 1 else 'are'} {w}" for w, places in faults.items() if places
    ]
    if said:
        raise RequestError(f"{path}: {'; '.join(said)} - write tasks as Label Studio exports them, or their data alone")
    return [
        {key: item[key] for key in ("id", "data", "meta", "total_annotations") if key in item}
        if isinstance(item.get("data"), dict)
        else {"data": item}
        for item in items
    ]


def need_fields(path: Path, items: Sequence[dict[str, Any]], plan: Plan) -> None:
    """See that each task has what the label config labels.

    Args:
        path: where they were read, to be named.
        items: as `read_tasks` gave them.
        plan: of the label config.

    Raises:
        RequestError: names keys and entries, never what stands there.
    """
    read_as = {obj.field: obj.fields for obj in plan.objects if obj.is_labeled and obj.field}
    read_as |= {control.labels_field: frozenset({control.labels_field}) for control in plan.controls}
    read_as.pop("", None)
    said = []
    for name, names in read_as.items():
        key, keys = name, names
        if "[" in name:  # of a list, as a Repeater's, items may be as many as there are
            key = canonical_path(name)[0]
            keys = frozenset({key})
        places = [n for n, item in enumerate(items, 1) if all(lookup(item["data"], one) is None for one in keys)]
        if places:
            said.append(f"{entries_named(places)} {'lacks' if len(places) == 1 else 'lack'} {key!r}")
    if said:
        remedy = "the label config shows that: write it into the tasks' data, or leave these entries out"
        raise RequestError(f"{path}: {'; '.join(dict.fromkeys(said))} - {remedy}")


def as_task(item: dict[str, Any]) -> Task:
    """Return what `read_tasks` gave as the engine takes it."""
    meta = item.get("meta")
    return Task(item["data"], meta if isinstance(meta, dict) else {}, str(item.get("id", "")), is_annotated(item))


def first_task(file: Path, label_config: str = "") -> Task:
    """Return the first task of a file.

    Args:
        file, label_config: as `read_tasks` takes them.

    Raises:
        RequestError: it cannot be read, or holds none.
    """
    tasks = read_tasks(file, label_config)
    if not tasks:
        raise RequestError(f"{file} holds no task - export one from Label Studio as JSON")
    return as_task(tasks[0])


def _has_bad_data(item: Any) -> bool:
    """Say whether an entry has data that can be none: Label Studio refuses them too."""
    return isinstance(item, dict) and bool(item.get("data")) and not isinstance(item["data"], dict)


def _has_no_data(item: Any) -> bool:
    return isinstance(item, dict) and not item.get("data") and (not item or "data" in item)
