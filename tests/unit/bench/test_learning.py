"""What `make learn` teaches is learned: by the units, by the model's changes, and without moving its labels."""

import numpy as np
import pytest

from backend.evaluate import Mark
from backend.privacy.detect.judging import split_words
from backend.privacy.detect.rampart import TYPES, WINDOW, RampartRecognizer
from tests.bench import learn
from tests.bench import learn_network as network

SIZE, TOKENS, LABELS = 8, 20, 3
LONG = "".join(f"Mr Akande{number} went home. " for number in range(60))


@pytest.fixture(scope="module")
def random():
    return np.random.default_rng(1)


def small_model(random):
    """Return a BERT of one layer and two heads, whose embeddings tell nothing of what is taught."""

    def matrix(inputs, outputs):
        return random.normal(0, inputs**-0.5, (inputs, outputs)).astype(np.float32)

    shapes = dict.fromkeys(("query", "key", "value", "attended"), (SIZE, SIZE))
    shapes |= {"wide": (SIZE, 2 * SIZE), "out": (2 * SIZE, SIZE)}
    parts = {f"0.{name}": matrix(*shape) for name, shape in shapes.items()}
    parts |= {f"{name}.bias": np.zeros(part.shape[1], np.float32) for name, part in parts.items()}
    for name in ("embeddings", "0.middle", "0.out.norm"):
        parts |= {f"{name}.weight": np.ones(SIZE, np.float32), f"{name}.bias": np.zeros(SIZE, np.float32)}
    parts |= {"labels": matrix(SIZE, LABELS), "labels.bias": np.zeros(LABELS, np.float32)}
    return network.Model(matrix(TOKENS, SIZE), np.zeros((24, SIZE), np.float32), parts, 1, 2)


def lesson(random, rows):
    """Return sentences of five words, of which those with an odd number are personal, and the evidence says nothing."""
    ids = random.integers(0, TOKENS, (rows, 5)).astype(np.int32)
    wanted = (ids % 2).astype(np.float32).reshape(-1)
    told = [(np.array([0]), np.ones(1, np.float32))] * len(wanted)
    split_words = network.Words(told, 1, wanted, np.ones_like(wanted), wanted.astype(np.int32))
    allowed = np.ones((5, LABELS), bool)
    numbers = np.arange(rows * 5).reshape(rows, 5)
    return split_words, [network.Window(own, np.arange(5, dtype=np.int32), n, allowed) for own, n in zip(ids, numbers)]  # noqa: B905


@pytest.mark.thorough
def test_a_rule_that_only_the_model_can_know_is_learned(random, monkeypatch):
    monkeypatch.setattr(network, "EPOCHS", 40)
    model, (split_words, windows) = small_model(random), lesson(random, 200)
    learned = network.teach(model, split_words, windows, windows[:10])
    chances = network.chances(model, split_words, windows, learned)
    right = (chances > 0.5) == (split_words.wanted > 0)
    assert right.mean() > 0.95
    assert learned["changes"].keys() == {name for name, part in model.parts.items() if part.ndim == 2}


@pytest.fixture(scope="module")
def model():
    made = RampartRecognizer()
    made.load()
    return made


def test_each_word_is_taught_once_however_long_the_text_is(model):
    said = split_words(LONG, [])
    made = list(learn._windows(LONG, [(word, row) for row, word in enumerate(said)], model, []))
    assert len(made) > 1
    assert all(len(window.ids) <= WINDOW + 2 for window in made)
    assert sorted(row for window in made for row in window.rows) == list(range(len(said)))
    for window in made:
        assert set(window.words[window.words >= 0]) == set(range(len(window.rows)))


def test_marks_say_which_labels_a_token_may_have(model):
    text = "Ann works at Acme in Leeds"
    marks = [Mark(0, 3, "PERSON"), Mark(13, 17, "ORGANIZATION"), Mark(21, 26, "GPE")]
    (window,) = learn._windows(text, [], model, marks)
    kinds = np.array([TYPES.get(label, "") for label in model.labels])
    _, offsets = model.encode(text)
    allowed = dict(zip((text[start:end] for start, end in offsets), window.allowed[1:-1], strict=True))
    assert set(kinds[allowed["Ann"]]) == {"PERSON"}
    assert set(kinds[allowed["works"]]) == {""}
    assert set(kinds[allowed["Leeds"]]) == {"LOCATION"}
    assert allowed[next(part for part in allowed if part.startswith("A") and part != "Ann")].all()
