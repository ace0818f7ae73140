"""`labelguard review`: what may be taken without a human, what that rests on, and when it says nothing."""

import csv
import json

import pytest

from tests import command
from tests.exports import annotation, choice, prediction, task

CANARY = "canary-6612"


def reviewed(*, right: bool = True, score: float = 0.9, seen: bool = False):
    """Return a task that was annotated, blind or after its prediction."""
    times = {"minute": 9} if seen else {"minute": 0}
    return task(
        [annotation(choice("Good"), **times)],
        [prediction(choice("Good" if right else "Bad"), score=score, minute=5)],
        CANARY,
    )


def waiting(score: float | None):
    return task([], [prediction(choice("Good"), score=score, minute=5)], CANARY)


@pytest.fixture
def export(tmp_path):
    def write(*tasks):
        for number, item in enumerate(tasks, 1):
            item["id"] = number
        (tmp_path / "export.json").write_text(json.dumps(tasks), encoding="utf-8")
        return tmp_path / "export.json"

    return write


SAMPLE = [reviewed(score=0.9 + n / 1000) for n in range(40)] + [reviewed(right=False, score=0.5) for _ in range(4)]
OTHERS = [waiting(score) for score in [*[0.9 + n / 1000 for n in range(40)], 0.4, 0.45, 0.5, 0.55]]


def test_what_may_be_taken(export, tmp_path):
    file = export(*SAMPLE, *OTHERS)
    done = command.run("review", file, "--out", tmp_path / "taken.csv")
    assert done.returncode == 0, done.stderr
    first, second, third = done.stdout.splitlines()
    assert first.startswith("41 of 44 predictions of")
    assert "at most 5.0% of them are wrong" in first
    assert second.startswith(
        "it rests on 44 tasks that were annotated blind, 4 of them predicted wrong; right means: all"
    )
    assert third == "their scores are 0.550 and above"
    with (tmp_path / "taken.csv").open() as taken:
        rows = list(csv.DictReader(taken))
    assert len(rows) == 41
    assert rows[0] == {"task": "84", "score": "0.939"}
    assert CANARY not in done.stdout + done.stderr


def test_as_json(export):
    found = json.loads(command.run("review", export(*SAMPLE, *OTHERS), "--json", "--error", "0.05").stdout)
    assert found["sample"] == {"blind": 44, "wrong": 4, "seen_left_out": 0}
    assert (found["taken"], found["lowest_score"], found["without_score"]) == (41, 0.55, 0)


def test_nothing_rests_on_who_could_see_a_prediction(export):
    file = export(*[reviewed(seen=True) for _ in range(50)], *SAMPLE[:10], *OTHERS)
    done = command.run("review", file)
    assert done.returncode == 2
    assert "10 reviewed tasks say nothing about an error rate of 0.05 - review 19 at least" in done.stderr


def test_a_prediction_without_a_score_is_not_taken(export):
    done = command.run("review", export(*SAMPLE, *OTHERS, waiting(None)))
    assert "1 predictions have no score, and are not taken" in done.stdout
    done = command.run("review", export(*SAMPLE, waiting(None)))
    assert (done.returncode, "have no score" in done.stderr) == (2, True)


def test_a_sample_unlike_the_others(export):
    done = command.run("review", export(*SAMPLE, *[waiting(0.99) for _ in range(60)]))
    assert done.returncode == 2
    assert "not like the others" in done.stderr


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([], "name exports of Label Studio, or a project"),
        (["FILE", "--project", "3"], "name exports of Label Studio, or a project"),
        (["FILE", "--accept"], "name it with --project"),
        (["FILE", "--error", "7"], "between 0 and 1"),
        (["FILE", "--version", "none"], "there is none"),
        (["FILE", "--control", "none"], "there is none"),
    ],
)
def test_what_is_refused(export, words, problem):
    file = export(*SAMPLE, *OTHERS)
    done = command.run("review", *[file if word == "FILE" else word for word in words])
    assert done.returncode == 2
    assert problem in done.stderr


def test_an_export_that_has_numbers_of_predictions_alone_is_told(export):
    done = command.run("review", export(task([annotation(choice("Good"))], [3])))
    assert (done.returncode, "name the project by --project" in done.stderr) == (2, True)


def test_versions_are_told_apart(export):
    other = waiting(0.9)
    other["predictions"][0]["model_version"] = "another"
    done = command.run("review", export(*SAMPLE, *OTHERS, other))
    assert "name one by --version" in done.stderr
