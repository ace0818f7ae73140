"""Scores in real Label Studio: raw at first, and calibrated once enough was annotated blind."""

import json

import pytest

from backend.review.calibration import LEAST
from tests import command
from tests.exports import choice
from tests.label_studio.reviewing import Reviewing
from tests.parts import SENTIMENT
from tests.patience import until
from tests.standin import StandIn

pytestmark = pytest.mark.label_studio

COUNT = LEAST + 6


def answer(request, _schema):
    """Be sure of most; of texts that say so, say something else when asked again."""
    is_unsure = "unsure" in json.dumps(request["messages"]) and request["temperature"]
    return {"mood": "Bad" if is_unsure else "Good"}


def stored(api, project, version):
    """Return the stored predictions of a version, by task."""
    return {one["task"]: one for one in api.stored(project) if one["model_version"] == version}


def scores(api, project, version):
    return {task: one["score"] for task, one in stored(api, project, version).items()}


def test_blind_annotations_calibrate_the_next_predictions(label_studio, tmp_path, monkeypatch):
    api = label_studio.api
    project = api.create_project("Calibrated", SENTIMENT)
    tasks = api.import_annotated(
        project,
        *(
            (
                {"text": f"{'unsure' if number % 3 == 0 else 'glad'} {number}"},
                [choice("Bad" if number % 3 == 0 or number == 1 else "Good", id="c1")],
            )
            for number in range(COUNT)
        ),
    )
    with (
        StandIn(answer) as model,
        Reviewing.running(label_studio, model.address, tmp_path, monkeypatch, samples=3) as reviewing,
    ):
        reviewing.connect(project)
        api.retrieve_predictions(project)
        version = api.predictions(project)[tasks[0]]["model_version"]
        raw = scores(api, project, version)
        assert sorted(set(raw.values())) == [0.3333, 1.0]
        done = command.run("annotations", "sync", "--project", project, "--no-learn")
        assert "calibrated" not in done.stdout
        done = command.run("annotations", "sync", "--project", project)
        assert f"scores of {version} are calibrated anew: the next predictions are of {version}." in done.stdout
        assert f"mood: on {COUNT} answers in {COUNT} tasks, annotated blind\n" in done.stdout
        calibrated = done.stdout.split("the next predictions are of ")[1].split()[0]

        def again():
            api.retrieve_predictions(project)
            return len(scores(api, project, calibrated)) == COUNT

        until(again)
        found = scores(api, project, calibrated)
        doubtful = {task for number, task in enumerate(tasks) if number % 3 == 0}
        assert max(found[task] for task in doubtful) < 0.2
        assert min(found[task] for task in found.keys() - doubtful) > 0.85
        api.change_project(project, model_version=calibrated)
        query = {"ordering": ["tasks:predictions_score"]}
        listed = [task["id"] for task in api.tasks(project, query=json.dumps(query), page_size=str(COUNT))]
        assert set(listed[: len(doubtful)]) == doubtful
        (region,) = stored(api, project, calibrated)[tasks[0]]["result"]
        doubt = region["meta"]["uncertainty"]
        assert (doubt["calibrated"], doubt["blind"], doubt["reviews"], doubt["raw"]) == (True, True, COUNT, 0.3333)
        done = command.run("annotations", "sync", "--project", project)
        assert "calibrated" not in done.stdout  # by calibrated scores nothing new is learned
