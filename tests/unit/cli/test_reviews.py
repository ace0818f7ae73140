"""The commands about reviews: connect, annotations sync, quality and forget."""

import json
from dataclasses import replace

import pytest

from backend.cli.annotations import learned_lines
from backend.engine.learning import open_reviews
from backend.labelstudio.types import Task
from backend.queue.board import Board
from backend.queue.entries import Ended, Source
from backend.queue.queue import TaskQueue
from backend.review.entries import KeptAnnotation, NamedChange, Review
from backend.review.facts import label_digest
from backend.review.learning import learn
from backend.review.reviews import Keeping
from backend.review.scores import ScoreEntries
from backend.review.tables import PART
from backend.settings import Settings
from backend.store import open_store, writing
from tests.command import run
from tests.unit.review.scored import scored_tasks

CANARY = "canary-4471"


@pytest.fixture
def reviews(tmp_path, monkeypatch):
    monkeypatch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.setenv("LABELGUARD_CACHE", str(tmp_path / "cache"))
    opened = open_reviews(Settings())
    changes = (NamedChange("mood", "Good", "Bad", "changed", 1),)
    with writing(open_store(f"sqlite:///{tmp_path / 'state.db'}"), PART) as connection:
        for number, project in ((1, 12), (2, 12), (3, 13)):
            kept = KeptAnnotation([], {"text": f"{CANARY} number {number}"})
            made = Review(project, number, number, "labelguard-1", "changed", 1_795_392_000, 0.0, changes=changes)
            opened.write(connection, [replace(made, kept=kept, expires=2**31)])
    return opened


def known(reviews):
    return [review.annotation for review in reviews.all()]


def test_quality_is_told_by_project(reviews):
    told = json.loads(run("quality", "--json").stdout)["quality"]
    assert [(one["project"], one["changed"]) for one in told] == [(12, 2), (13, 1)]
    said = run("quality", "--project", 12).stdout
    assert "labelguard-1" in said
    assert "2026-11-23" in said
    assert "Bad 2" in said
    assert "not blind" in said
    assert CANARY not in said
    assert "no annotation is known" in run("quality", "--project", 99).stdout


def test_it_is_forgotten_with_what_waits_and_answers(reviews, tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    queue = TaskQueue(store, b"0" * 32)
    for project, number in (("12", "1"), ("12", "5"), ("13", "3")):
        source, task = Source("<View/>", project), Task({"text": CANARY}, {}, number)
        name = queue.entries.name(source, "v", task)
        queue.settle("click", source, "v", [Ended(name, task, "waiting")], keeps=True)
    assert run("forget", "--task", 1).stdout == "forgotten: 1 annotations, 1 tasks of the queue, 0 answers\n"
    assert known(reviews) == [2, 3]
    assert run("forget", "--text", f" {CANARY.upper()}   number 3").stdout.startswith(
        "forgotten: 1 annotations, 1 tasks"
    )
    assert run("forget", "--project", 12).stdout == "forgotten: 1 annotations, 1 tasks of the queue, 0 answers\n"
    assert known(reviews) == []
    assert Board(store).jobs() == []


def test_a_text_may_come_on_standard_input(reviews):
    assert run("forget", "--text", "-", stdin=f"{CANARY} number 2\n").stdout.startswith("forgotten: 1 annotations")
    assert known(reviews) == [1, 3]


@pytest.mark.parametrize("asked", [[], ["--text", " "], ["--project", 12, "--text", "x"]])
def test_what_is_not_clear_forgets_nothing(reviews, asked):
    done = run("forget", *asked)
    assert done.returncode == 2
    assert "write --project, --task or --text" in done.stderr
    assert known(reviews) == [1, 2, 3]


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (["--url", "http://127.0.0.1:9090"], "LABELGUARD_LABEL_STUDIO_URL: is not set"),
        (["--url", "9090", "--project", 1], "write the backend's URL"),
        (["--url", "http://user:word@127.0.0.1:9090", "--project", 1], "name no user in it"),
        (["--url", "http://127.0.0.1:9090"], "write --project NUMBER, or --all-projects"),
        (["--url", "http://127.0.0.1:9090", "--project", 1, "--all-projects"], "write --project NUMBER"),
    ],
)
@pytest.mark.parametrize("command", ["connect", "disconnect"])
def test_a_connection_that_cannot_be_made_is_told(tmp_path, monkeypatch, command, asked, problem):
    monkeypatch.setenv("LABELGUARD_CACHE", str(tmp_path))
    if "not set" not in problem:
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", "0" * 40)
    done = run(command, *asked)
    assert done.returncode == 2
    assert problem in " ".join(done.stderr.replace("│", " ").split())


def test_what_was_learned_is_told_with_what_is_missing(reviews, tmp_path):
    store, person = open_store(f"sqlite:///{tmp_path / 'state.db'}"), label_digest("Person", reviews.entries.digest)

    def learned(count):
        with writing(store, PART) as connection:
            ScoreEntries(reviews.entries).write(connection, 12, range(count), scored_tasks(count, person))
        return list(learned_lines(learn(store, reviews.entries, 12, Keeping(labels={"ner": ["Person"]}))))

    raw = "scores of mood by labelguard-1 stay raw: 12 answers, 3 wrong - it takes 30, and 5 of right and wrong ones"
    assert learned(12) == [raw]
    first, second, third = learned(40)
    assert first.startswith("scores of labelguard-1 are calibrated anew: the next predictions are of labelguard-1.")
    assert second == "  mood: on 40 answers in 40 tasks, annotated blind"
    assert third == "Person: the model is trusted from now on, detection was mostly wrong"
    assert learned(40) == []
