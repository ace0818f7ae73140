"""How often the label of the annotated tasks most like one is right, by how many there are: no model is asked.

And how the model is judged, whose place that label may take: by what it said before the tasks were annotated.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial

from backend.labelstudio.events import ReviewedTask
from backend.labelstudio.types import Prediction
from backend.review.calibration import Calibrations
from backend.review.entries import ReviewEntries
from backend.review.reviews import Reviews
from backend.review.scores import ScoreEntries, scored_task
from backend.review.similar.library import ComparedTask, Library
from backend.review.similar.likeliest import LabelNames, likeliest
from backend.review.similar.shelf import LabelUse
from backend.review.similar.words import label_hash
from backend.review.tables import PART
from backend.store import open_store, writing
from tests.bench.label_tasks import Task
from tests.bench.labels import SURROGATE_KEY
from tests.bench.learning_sets import annotate, path_of, read_set, result_of

FIELDS = frozenset({"text"})
OFFERED = (5, 10, 20)
ONE_LABEL = ("topics", "intents20", "intents70", "taxonomy")
"""Sets each of whose tasks has one label."""


def judge(calibrations: Calibrations, reviews: Reviews, project: int, said: Mapping[Task, Prediction | None]) -> None:
    """Hold what a model said of tasks before they were annotated against their annotations, as `annotations sync` does.

    Args:
        calibrations: of scores; made by what is known of them.
        reviews: what is known of annotations.
        project: its number.
        said: by the model.
    """
    found = []
    for number, (task, prediction) in enumerate(said.items(), 1):
        told = {"id": number, "created_at": "2026-11-23T08:00:00Z"}
        made = {"id": number, "created_at": "2026-11-23T09:00:00Z", "updated_at": "2026-11-23T09:00:00Z"}
        own = {
            **{"id": number, "data": {"text": task.text}, "annotations": [{**made, "result": result_of(task)}]},
            "predictions": [json.loads(json.dumps({**told, **prediction.payload()}))] if prediction else [],
        }
        found += scored_task(project, ReviewedTask.model_validate(own), reviews.entries)
    with writing(reviews.store, PART) as connection:
        ScoreEntries(reviews.entries).write(connection, project, [one.task for one in found], found)
    calibrations.renew(project)


def _label(task: Task) -> tuple[int, str]:
    """Return the hash of a task's label, and its name."""
    (result,) = result_of(task)
    ((said,),) = result["value"].values()
    return label_hash(result["from_name"], said), ", ".join(said) if isinstance(said, list) else said


def nearest_rows(counts: Sequence[int], *, tuning: bool = False) -> list[list[str]]:
    """Return a row for each set, by words and by meaning: what share of those that are asked the nearest have right.

    Behind each stands what share of the annotated tasks the others have right: by that they are judged.

    Args:
        counts: of annotated tasks.
        tuning: as `read_set` takes it.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        reviews = Reviews(open_store(f"sqlite:///{folder}/state.db"), ReviewEntries(SURROGATE_KEY))
        libraries = [Library(lambda: reviews, means=means) for means in (False, True)]
        project = 0
        for name in ONE_LABEL:
            annotated, asked = read_set(name, tuning=tuning)
            labels = dict(map(_label, (*annotated, *asked)))
            found: list[list[str]] = [[], []]
            for count in counts:
                project += 1
                annotate(reviews, project, path_of(name), annotated[:count])
                for library, shown in zip(libraries, found, strict=True):
                    shown.append(_shown(library, project, (name, labels), asked))
            heads = (f"{name}, by words", f"{name}, by meaning")
            rows += [[head, str(len(asked)), *shown] for head, shown in zip(heads, found, strict=True)]
    return rows


def offered_rows(*, tuning: bool = False) -> list[list[str]]:
    """Return a row for each set of many labels: in how many of a hundred texts the right one is among so many offered.

    By words, and by meaning, too; with 100 annotations.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        reviews = Reviews(open_store(f"sqlite:///{folder}/state.db"), ReviewEntries(SURROGATE_KEY))
        for project, name in enumerate(ONE_LABEL[1:], 1):
            annotated, asked = read_set(name, tuning=tuning)
            labels = dict(map(_label, (*annotated, *asked)))
            annotate(reviews, project, path_of(name), annotated[:100])
            for means in (False, True):
                library = Library(lambda: reviews, means=means)
                shares = [_recall(library, project, (name, labels), asked, most) for most in OFFERED]
                rows.append([f"{name}, by {'meaning' if means else 'words'}", str(len(asked)), *shares])
    return rows


def _recall(library: Library, project: int, of: tuple[str, dict[int, str]], asked: Sequence[Task], most: int) -> str:
    name, labels = of
    names, keys, found = LabelNames([said] for said in labels.values()), list(labels), 0
    for task in asked:
        about = ComparedTask(project, path_of(name), "", {"text": task.text}, FIELDS)
        uses = library.uses(about, [task.text])
        order = likeliest([uses.get(key, LabelUse()) for key in keys], names.scores([task.text]).tolist(), most)
        found += _label(task)[0] in [keys[place] for place in order]
    return f"{found / len(asked):.0%}"


def _shown(library: Library, project: int, of: tuple[str, dict[int, str]], asked: Sequence[Task]) -> str:
    name, labels = of
    about = partial(ComparedTask, project, path_of(name), "", fields=FIELDS)
    said = [library.nearest(about({"text": task.text}), [labels])[0] for task in asked]
    right = sum(one is not None and one.label == _label(task)[0] for one, task in zip(said, asked, strict=True))
    last = next((one for one in said if one), None)
    judged = f" ({sum(last.trial.right) / max(len(last.trial.right), 1):.0%})" if last else ""
    return f"{right / len(asked):.0%}{judged}"
