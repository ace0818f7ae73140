"""A request's JSON → what we read of it, within bounds. All else, human labels first, is dropped here (P11).

Also a program: for a large body it runs as a process of its own (`backend.server.parsing`), since whoever parses holds
Python's lock and lets nobody else answer, and since what a body becomes in memory is many times its size. It imports
the standard library alone, and starts in 50 ms.
"""

import contextlib
import gc
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

MAX_DEPTH = 100
MAX_VALUES = 4_000_000
MAX_TASKS = 10_000
MAX_TASK_BYTES = 16 * 2**20
"""The longest JSON of one task: a text of a million characters, the most that a policy allows, fits in."""
MEMORY_BYTES = 3 * 2**30
CPU_S = 100
PIECE = 2**20
TOO_DEEP, TOO_MANY, INVALID, TOO_LARGE, TOO_MANY_TASKS = 10, 11, 12, 13, 14
"""Exit codes of the program."""

_OUTSIDE = bytes(set(range(256)) - set(b'[]{},"'))


class TooDeepError(ValueError):
    """Nested deeper than `MAX_DEPTH`."""


class TooManyError(ValueError):
    """More than `MAX_VALUES` values."""


class TooManyTasksError(ValueError):
    """More than `MAX_TASKS` tasks."""


def measure_body(body: bytes | bytearray) -> None:
    """Ask how many values a JSON text holds, and how deep they are nested, before it is parsed. Linear.

    A text that is no JSON may pass: that is for the parser to say.

    Raises:
        TooDeepError, TooManyError: what it would become is more than is taken.
    """
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _OUTSIDE)
    values, in_string, brackets = 1, False, bytearray()
    for start in range(0, len(plain), PIECE):
        parts = plain[start : start + PIECE].split(b'"')
        outside = b"".join(parts[in_string::2])
        in_string ^= len(parts) % 2 == 0
        commas = outside.count(b",")
        brackets += outside.replace(b",", b"")
        values += commas + (len(outside) - commas) // 2
        if values > MAX_VALUES:
            raise TooManyError
    for _ in range(MAX_DEPTH):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if b"[]" in brackets or b"{}" in brackets:
        raise TooDeepError
    # What is left is not balanced, and no JSON.


def parse(body: bytes | bytearray) -> Any:
    """Parse a JSON text within bounds.

    Raises:
        ValueError: it is none, or a `TooDeepError` or `TooManyError`.
    """
    measure_body(body)
    try:
        # Half a surrogate pair in one task must not cost the others theirs.
        return json.loads(body.decode("utf-8", "surrogatepass").removeprefix("\ufeff"))
    except RecursionError:
        raise TooDeepError from None


def reduced(asked: Any) -> Any:
    """Return what we read of a request of any kind. What has a wrong shape keeps its kind, and loses what it holds.

    Raises:
        TooManyTasksError: it asks about more tasks than are taken.
    """
    if not isinstance(asked, Mapping):
        return _emptied(asked)
    kept = {key: _text(asked[key]) for key in ("project", "schema", "label_config", "action") if key in asked}
    if "params" in asked:
        kept["params"] = _params(asked["params"])
    if "tasks" in asked:
        tasks = asked["tasks"]
        if isinstance(tasks, list) and len(tasks) > MAX_TASKS:
            raise TooManyTasksError
        kept["tasks"] = list(map(_task, tasks)) if isinstance(tasks, list) else _emptied(tasks)
    return kept | _event(asked) if isinstance(asked.get("action"), str) else kept


_OF_PROJECT = ("id", "title", "label_config")
_OF_ANNOTATION = (
    *("id", "task", "project", "result", "was_cancelled", "ground_truth", "created_at", "updated_at", "lead_time"),
    *("completed_by", "parent_prediction", "prediction"),
)
_OF_PREDICTION = ("id", "task", "result", "model_version", "created_at")
_OF_REGION = ("id", "from_name", "to_name", "type", "value", "from_id", "to_id", "direction", "labels")
_SCORE_SOURCES = ("tokens", "agreement")
_DETECTION, BY_DETECTION = "detection", "by detection: "
"""Source of the scores of regions that detection marked, and the note that these have."""


def _event(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what we read of a webhook beside its kind: one or many of each, as lists."""
    annotations = [reduced_annotation(one) for one in _all(asked, "annotation", "annotations")]
    tasks = [_task(one) for one in _all(asked, "task", "tasks")]
    if max(len(annotations), len(tasks)) > MAX_TASKS:
        raise TooManyTasksError
    project = asked.get("project")
    told = {"annotations": annotations, "tasks": tasks}
    return told | ({"project": _picked(project, _OF_PROJECT)} if isinstance(project, Mapping) else {})


def _all(asked: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    given = [one for name in names for one in (asked[name] if isinstance(asked.get(name), list) else [asked.get(name)])]
    return [one for one in given if isinstance(one, Mapping)]


def _picked(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: given[name] for name in names if name in given}


def reduced_annotation(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what we read of an annotation: no name, no address, no comment, no draft."""
    kept = _picked(given, _OF_ANNOTATION)
    who = kept.pop("completed_by", None)
    number = who.get("id") if isinstance(who, Mapping) else who
    before = kept.pop("prediction", None)
    kept |= {"completed_by": number} if isinstance(number, int) else {}
    kept |= {"prediction": reduced_prediction(before)} if isinstance(before, Mapping) and before else {}
    kept |= {"follows": True} if any(map(_is_predicted, _mappings(given.get("result")))) else {}
    return kept | {"result": _regions(kept.get("result"))}


def reduced_prediction(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what we read of a prediction: of its regions also how sure a model was of each, as far as it told."""
    regions = [_picked(region, _OF_REGION) | _raw_score(region) for region in _mappings(given.get("result"))]
    return _picked(given, _OF_PREDICTION) | {"result": regions}


def _regions(result: Any) -> list[dict[str, Any]]:
    return [_picked(region, _OF_REGION) for region in _mappings(result)]


def _mappings(given: Any) -> list[Mapping[str, Any]]:
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, list) else []


def _is_predicted(region: Mapping[str, Any]) -> bool:
    """Say whether an annotation's region comes from a prediction, changed or not."""
    return str(region.get("origin", "")).startswith("prediction")


def _raw_score(region: Mapping[str, Any]) -> dict[str, Any]:
    """Return the score that a region had before it was calibrated, and whence it came."""
    given = region.get("meta")
    meta = given if isinstance(given, Mapping) else {}
    doubt, note = meta.get("uncertainty"), meta.get("text")
    if isinstance(note, list) and note and isinstance(note[0], str) and note[0].startswith(BY_DETECTION):
        doubt = {"from": _DETECTION}
    elif not isinstance(doubt, Mapping) or doubt.get("from") not in _SCORE_SOURCES:
        return {}
    raw = doubt.get("raw", region.get("score"))
    is_score = isinstance(raw, int | float) and not isinstance(raw, bool) and 0 <= raw <= 1
    return {"raw_score": [doubt["from"], float(raw)]} if is_score else {}


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int) else _emptied(value)


def _params(params: Any) -> Any:
    context = params.get("context") if isinstance(params, Mapping) else None
    if not isinstance(context, Mapping):
        return {}
    result = context.get("result")
    regions = [region for region in result if isinstance(region, Mapping)] if isinstance(result, list) else []
    return {"context": {"result": regions}}


def _task(task: Any) -> Any:
    if not isinstance(task, Mapping):
        return _emptied(task)
    kept = {key: task[key] for key in ("data", "meta") if isinstance(task.get(key), Mapping)}
    number = task.get("id")
    known = {"id": number} if isinstance(number, int) else {}
    return known | kept | ({"is_annotated": True} if is_annotated(task) else {})


def is_annotated(task: Mapping[str, Any]) -> bool:
    """Say whether a task of Label Studio's has all the annotations that its project asks for; not which."""
    said = task.get("is_labeled")
    if isinstance(said, bool):
        return said
    number = task.get("total_annotations")  # all that is told where an annotator asks
    return isinstance(number, int) and number > 0


def _emptied(value: Any) -> Any:
    """Return an empty value of the same kind."""
    kinds: tuple[type, ...] = (str, Mapping, list)
    kind = next((kind for kind in kinds if isinstance(value, kind)), None)
    return value if kind is None else {} if kind is Mapping else kind()


def lines(kept: Any) -> Iterator[bytes]:
    """Yield a reduced request in lines: first all but its tasks, then each task.

    Of a task whose JSON is longer than `MAX_TASK_BYTES` the id is kept, so that it fails and no other.
    """
    tasks = kept.pop("tasks", None) if isinstance(kept, dict) else None
    if isinstance(tasks, list):
        yield _line({**kept, "tasks": []})
    elif tasks is not None:
        yield _line({**kept, "tasks": tasks})
    else:
        yield _line(kept)
    for task in tasks if isinstance(tasks, list) else ():
        line = _line(task)
        yield line if len(line) <= MAX_TASK_BYTES else _line({"id": task.get("id"), "large": True})


def _line(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def joined_keys(output: bytes) -> Any:
    """Put a reduced request together again, a line at a time, so that other threads have their turns."""
    end = output.index(b"\n") + 1
    kept = json.loads(output[:end])
    while end < len(output):
        start, end = end, output.index(b"\n", end) + 1
        kept["tasks"].append(json.loads(output[start:end]))
    return kept


def _bounded() -> None:
    """Take no more memory and time than such a process may, and let those who answer go first."""
    with contextlib.suppress(ImportError, AttributeError, ValueError, OSError):  # not everywhere
        os.nice(5)
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(read: Callable[[], bytes], write: Callable[[Iterable[bytes]], None]) -> int:
    """Reduce one body; returns the exit code. Nothing of the body is written anywhere else."""
    _bounded()
    gc.disable()  # one pass, then the end: looking for cycles time and again makes it quadratic
    try:
        write(lines(reduced(parse(read()))))
    except TooDeepError:
        return TOO_DEEP
    except TooManyError:
        return TOO_MANY
    except TooManyTasksError:
        return TOO_MANY_TASKS
    except MemoryError:
        return TOO_LARGE
    except ValueError:
        return INVALID
    return 0


if __name__ == "__main__":
    code = main(sys.stdin.buffer.read, sys.stdout.buffer.writelines)
    sys.stdout.flush()
    sys.exit(code)
