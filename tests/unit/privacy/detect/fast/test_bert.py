"""The graph that is built anew reads as the one that it was made from."""

import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession
from tokenizers import Tokenizer

from backend.privacy.detect.fast.bert import INPUT, LAST, OUTPUT, PLACES, BertWeights, rebuilt
from backend.privacy.detect.rampart import folder, read_changes, read_model

TEXTS = [
    "Jane Roe, 12 Elm Street, Leeds, was born in Tampa. Her card is 4111 1111 1111 1111; mail jane@roe.example.",
    "The soup was warm and everybody liked it.",
    "passport C01X00T47, call maria lopez on +44 20 7946 0018 or write to p.o. box 77, springfield, il 62704",
    "x",
]
MODEL, CONFIG = read_model()
HEADS = CONFIG["num_attention_heads"]


def session(model):
    return InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def probabilities(logits):
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@pytest.fixture(scope="module")
def models():
    return session(MODEL), session(rebuilt(MODEL, HEADS, {}))


@pytest.mark.parametrize("text", TEXTS)
def test_eight_bits_read_as_four(models, text):
    four, eight = models
    encoding = Tokenizer.from_file(str(folder() / "tokenizer.json")).encode(text)
    ids = np.array([encoding.ids], np.int64)
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    wanted = probabilities(four.run(None, given)[0])
    found = probabilities(eight.run([OUTPUT], {INPUT: ids, PLACES: np.arange(ids.shape[1])[None]})[0])
    assert found.shape == wanted.shape
    found, wanted = found[:, 1:-1], wanted[:, 1:-1]  # of the marks at both ends nothing is read
    assert (found.argmax(-1) == wanted.argmax(-1)).all()
    assert np.abs(found - wanted).max() < 0.2
    assert np.abs(found - wanted).mean() < 0.002


def test_what_was_taught_is_added_to_every_matrix_and_is_small():
    plain, changed = BertWeights(MODEL, {}), BertWeights(MODEL, read_changes())
    assert len(read_changes()) == 6 * plain.layers + 1
    for name in read_changes():
        apart = changed.matrix(name) - plain.matrix(name)
        assert 0 < np.linalg.norm(apart) < np.linalg.norm(plain.matrix(name))


def test_a_change_is_read_in_eight_bits():
    name = "/classifier"
    full = BertWeights(MODEL, {}).matrix(name)
    down, up = np.zeros((len(full), 1), np.float32), np.zeros((1, full.shape[1]), np.float32)
    down[3, 0], up[0, 5] = 2.0, 0.5
    small, scale = BertWeights(MODEL, {name: (down, up)}).small(name)
    assert abs((small[3, 5] - 1) * scale[5] - (full[3, 5] + 1.0)) < scale[5]


def test_the_last_layer_is_an_output():
    ids = np.array([[1, 7, 9, 2]], np.int64)
    given = {INPUT: ids, PLACES: np.arange(4)[None]}
    assert session(rebuilt(MODEL, HEADS, {})).run([LAST], given)[0].shape == (1, 4, 384)


def test_another_model_is_refused():
    model = onnx.ModelProto()
    model.CopyFrom(MODEL)
    kept = [tensor for tensor in model.graph.initializer if tensor.name != "classifier.bias"]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    with pytest.raises(KeyError, match=r"classifier\.bias"):
        rebuilt(model, HEADS, {})
