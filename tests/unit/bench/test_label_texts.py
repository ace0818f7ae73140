"""Texts cut to pieces for the bench of labels: at sentence borders, with the entities that stand in them."""

import json

import pytest

from tests.bench.label_tasks import CONFIGS, PAIR, read_tasks, ways_of
from tests.bench.label_texts import MOST_WORDS, Source, best_piece, places, read_pieces


def cut(text, spans=()):
    return [text[start:end] for start, end in places(text, spans)]


def spans(text, **values):
    return [(start := text.index(value), start + len(value), kind) for kind, value in values.items()]


LONG = " ".join(["word"] * 40).capitalize() + "."


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Ann left. Bob came.", ["Ann left. Bob came."]),
        (f"{LONG} {LONG}", [LONG, LONG]),
        (f"Ann left. {LONG} {LONG}", [f"Ann left. {LONG}", LONG]),
        (f"{LONG}\n\n{LONG}", [LONG, LONG]),
        (f"{LONG} Dr. Who asked J. Doe. {LONG}", [LONG, f"Dr. Who asked J. Doe. {LONG}"]),
        (f"{LONG} \u201cWhat?\u201d {LONG}", [f"{LONG} \u201cWhat?\u201d", LONG]),
        (LONG[:-1] + " " + LONG, []),
        ("", []),
    ],
)
def test_a_text_is_cut_at_its_sentences(text, pieces):
    assert cut(text) == pieces


def test_no_cut_is_within_an_entity():
    text = f"{LONG[:-1]} Yahoo! Inc {LONG}"
    assert cut(text) == [f"{LONG[:-1]} Yahoo!", f"Inc {LONG}"]
    assert cut(text, spans(text, ORGANIZATION="Yahoo! Inc")) == []


def test_the_piece_with_the_most_organizations_and_places_is_taken():
    text = f"Ann met Bob. {LONG} {LONG} Acme moved to Paris. {LONG}"
    found = best_piece(text, spans(text, PERSON="Ann", ORGANIZATION="Acme", GPE="Paris"))
    assert found
    assert {(found.text[a:b], label) for a, b, label in found.right} == {
        ("Acme", "Organization"),
        ("Paris", "Location"),
    }


def test_a_piece_without_an_entity_or_with_a_street_is_none():
    assert best_piece("Nothing here.", []) is None
    text = "Ann lives at 3 Elm Street."
    assert best_piece(text, spans(text, PERSON="Ann", STREET_ADDRESS="3 Elm Street")) is None
    assert best_piece("Born in 1990.", [(8, 12, "DATE_TIME")]) is None


def test_one_text_of_each_template_is_read(tmp_path):
    def document(name, language, text="Ann left."):
        span = {"start": 0, "end": 3, "entity_type": "PERSON"}
        return {"id": name, "text": text, "spans": [span], "half": "tuning", "group": language}

    documents = [
        document("fr-01-1", "fr"),
        document("fr-01-2", "fr"),
        document("fr-02-1", "fr"),
        document("de-01", "de"),
    ]
    (tmp_path / "made.json").write_text(json.dumps(documents))
    read = list(read_pieces(Source("made", "french", "fr", is_made=True), tmp_path))
    assert [(half, group) for half, group, _ in read] == [("tuning", "made fr-01"), ("tuning", "made fr-02")]


def test_every_task_is_short_and_its_entities_stand_in_it():
    tasks = read_tasks()
    assert tasks == read_tasks()
    names = [task for task in tasks if any(end for _, end, _ in task.right)]
    assert len(names) > 700
    for task in names:
        assert len(task.text.split()) <= MOST_WORDS
        assert all(task.text[start:end].strip() == task.text[start:end] != "" for start, end, _ in task.right)
    halves: dict[tuple[str, str], str] = {}
    for task in names:
        assert halves.setdefault((task.kind, task.group), task.half) == task.half


def test_a_run_that_stops_early_has_one_text_of_each_template_first():
    groups = [task.group for task in read_tasks() if task.kind == "entities" and task.half == "reporting"]
    assert len(set(groups)) == len(set(groups[: len(set(groups))]))


def test_sets_of_our_own_are_asked_in_the_two_ways_that_are_compared():
    assert {kind for kind in CONFIGS if ways_of(kind) == PAIR} == {"texts", "chats", "french", "russian"}
