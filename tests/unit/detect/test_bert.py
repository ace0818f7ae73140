"""The graph that is built anew reads as the one that it was made from."""

import json

import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession
from tokenizers import Tokenizer

from backend.detect.bert import INPUT, OUTPUT, PLACES, rebuilt
from backend.detect.rampart import _folder

TEXTS = [
    "Jane Roe, 12 Elm Street, Leeds, was born in Tampa. Her card is 4111 1111 1111 1111; mail jane@roe.example.",
    "The soup was warm and everybody liked it.",
    "passport C01X00T47, call maria lopez on +44 20 7946 0018 or write to p.o. box 77, springfield, il 62704",
    "x",
]
FILE = _folder() / "onnx" / "model_q4.onnx"
HEADS = json.loads((_folder() / "config.json").read_text(encoding="utf-8"))["num_attention_heads"]


def session(model):
    return InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def probabilities(logits):
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


@pytest.fixture(scope="module")
def models():
    return session(onnx.load(FILE)), session(rebuilt(onnx.load(FILE), HEADS))


@pytest.mark.parametrize("text", TEXTS)
def test_eight_bits_read_as_four(models, text):
    four, eight = models
    encoding = Tokenizer.from_file(str(_folder() / "tokenizer.json")).encode(text)
    ids = np.array([encoding.ids], np.int64)
    given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    wanted = probabilities(four.run(None, given)[0])
    found = probabilities(eight.run([OUTPUT], {INPUT: ids, PLACES: np.arange(ids.shape[1])[None]})[0])
    assert found.shape == wanted.shape
    found, wanted = found[:, 1:-1], wanted[:, 1:-1]  # of the marks at both ends nothing is read
    assert (found.argmax(-1) == wanted.argmax(-1)).all()
    assert np.abs(found - wanted).max() < 0.2
    assert np.abs(found - wanted).mean() < 0.002


def test_another_model_is_refused():
    model = onnx.load(FILE)
    kept = [tensor for tensor in model.graph.initializer if tensor.name != "classifier.bias"]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    with pytest.raises(KeyError, match=r"classifier\.bias"):
        rebuilt(model, HEADS)
