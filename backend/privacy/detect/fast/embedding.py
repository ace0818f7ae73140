"""spaCy's vectors of words: of the small pipelines' own kind, by onnxruntime, which takes half of numpy's time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from thinc.api import Model, NumpyOps

from backend.privacy.detect.fast.graph import FLOATS, NUMBERS, Floats, Graph, Running
from backend.privacy.detect.fast.tokens import READ, Features

Numbers = NDArray[np.intp]
WORDS = "words"
"""Features by word, each word once."""
SPREAD = "spread"
"""Which word stands in each row; the number behind the last stands for none."""
ROWS = "rows"
"""Where the words are when the rows at both ends are gone."""
VECTORS = "vectors"
"""What is made of all that, by word."""

_OPS = NumpyOps(use_blis=False)
_TINY = 1e-8  # thinc's layer norm has it, so that it never divides by zero


class Embedding:
    """Makes a vector of each word and its neighbours.

    Args:
        model: words' features by hash embeddings, one maxout over them all, and some over each word's neighbours.
    """

    def __init__(self, model: Model[Any, Any]) -> None:
        layers = list(model.walk(order="dfs_pre"))
        (extractor,) = (layer for layer in layers if layer.name == "extract_features")
        tables = [layer for layer in layers if layer.name == "hashembed"]
        self._tables = [(layer.attrs["seed"], parameter(layer, "E")) for layer in tables]
        norms = [layer for layer in layers if layer.name == "layernorm"]
        mixes = [layer for layer in layers if layer.name == "maxout"]
        windows = [layer for layer in layers if layer.name == "expand_window"]
        self._reach = len(windows)
        linear = layers[-1]
        is_known = linear.name == "linear" and len(norms) == len(mixes) == self._reach + 1
        is_known = is_known and tuple(extractor.attrs["columns"]) == READ
        if not is_known or any(window.attrs["window_size"] != 1 for window in windows):
            raise ValueError("the tagger's words are not embedded as those of spaCy's small pipelines")
        graph = _Words(list(zip(mixes, norms, strict=True)), linear)
        self._graph = Running(graph.model())

    def vectors(self, features: Sequence[Features], borders: Numbers) -> Floats:
        """Return the vectors of all tokens.

        Args:
            features: of the tokens of all documents.
            borders: the number of tokens before each document, and in all.
        """
        # What is made of a word alone is made once, however often it stands there.
        firsts: dict[Features, int] = {}
        places = [firsts.setdefault(own, len(firsts)) for own in features]
        words = self._embedded(np.array(list(firsts), np.uint64))
        # Rows of nothing stand before, between and behind the documents, so many that no document reaches another.
        count = int(borders[-1])
        rows = np.arange(count) + self._reach * np.repeat(np.arange(1, len(borders)), np.diff(borders))
        spread = np.full(count + self._reach * len(borders), len(firsts))
        spread[rows] = places
        return self._graph.run(VECTORS, {WORDS: words, SPREAD: spread, ROWS: rows - self._reach})

    def _embedded(self, features: NDArray[np.uint64]) -> Floats:
        columns = (np.ascontiguousarray(column) for column in features.T)
        return np.concatenate([_hashed(*pair) for pair in zip(columns, self._tables, strict=True)], 1)


def _hashed(column: NDArray[np.uint64], seeded: tuple[int, Floats]) -> Floats:
    """Return the sums of the four rows that a feature is hashed to, by word; in the order in which thinc adds them."""
    seed, table = seeded
    first, *others = (_OPS.hash(column, seed) % len(table)).T
    summed: Floats = table.take(first, 0)
    for other in others:
        summed += table.take(other, 0)
    return summed


class _Words:
    """The layers that make vectors of words' features, as a graph.

    Args:
        maxouts: the layers that take the largest of some values, with their norms; all but the first see neighbours.
        linear: the last layer.
    """

    def __init__(self, maxouts: Sequence[tuple[Model[Any, Any], Model[Any, Any]]], linear: Model[Any, Any]) -> None:
        self._graph = graph = Graph()
        self._numbers = {number: graph.constant(f"number {number}", np.array([number])) for number in (-2, -1, 0, 1, 2)}
        first, *others = maxouts
        words = self._largest(WORDS, *first, "first")
        blank = graph.constant("blank", np.zeros((1, first[0].get_dim("nO")), np.float32))
        last = graph.step(
            "Gather", [graph.step("Concat", [words, blank], ["blank behind"], axis=0), SPREAD], ["rows with blanks"]
        )
        for number, layer in enumerate(others):
            last = self._with_neighbours(last, *layer, f"layer {number}")
        rows = graph.step("Gather", [last, ROWS], ["of words"])
        weights = [graph.constant(name, parameter(linear, name)) for name in ("W", "b")]
        graph.step("Gemm", [rows, *weights], [VECTORS], transB=1)
        self._widths = first[0].get_dim("nI"), linear.get_dim("nO")

    def model(self) -> onnx.ModelProto:
        """Return the graph: from `WORDS`, `SPREAD` and `ROWS` to `VECTORS`."""
        given, made = self._widths
        inputs = {WORDS: (FLOATS, (None, given)), SPREAD: (NUMBERS, (None,)), ROWS: (NUMBERS, (None,))}
        return self._graph.model(inputs, {VECTORS: (FLOATS, (None, made))})

    def _largest(self, given: str, maxout: Model[Any, Any], norm: Model[Any, Any], name: str) -> str:
        """Add a layer that takes the largest of some values, and its norm."""
        graph, weights = self._graph, parameter(maxout, "W")
        width, pieces, inputs = weights.shape
        # All first values, then all second ones: so that the largest are taken of whole stretches of memory.
        matrix = graph.constant(f"{name} matrix", weights.transpose(1, 0, 2).reshape(-1, inputs))
        bias = graph.constant(f"{name} bias", parameter(maxout, "b").T.reshape(-1))
        values = graph.step("Gemm", [given, matrix, bias], [f"{name} values"], transB=1)
        shape = graph.constant(f"{name} shape", np.array([-1, pieces, width]))
        apart = graph.step("Reshape", [values, shape], [f"{name} apart"])
        best = graph.step("ReduceMax", [apart, self._numbers[1]], [f"{name} largest"], keepdims=0)
        own = [graph.constant(f"{name} {part}", parameter(norm, part)) for part in ("G", "b")]
        return graph.step("LayerNormalization", [best, *own], [f"{name} norm"], epsilon=_TINY)

    def _with_neighbours(self, given: str, maxout: Model[Any, Any], norm: Model[Any, Any], name: str) -> str:
        """Add a layer that reads rows with their neighbours, and adds to them; the first and last row are left out."""
        numbers, graph = self._numbers, self._graph
        end = graph.constant(f"{name} end", np.array([np.iinfo(np.int64).max]))
        borders = {"before": (numbers[0], numbers[-2]), "this": (numbers[1], numbers[-1]), "after": (numbers[2], end)}
        windows = [
            graph.step("Slice", [given, *its, numbers[0]], [f"{name} {place}"]) for place, its in borders.items()
        ]
        window = graph.step("Concat", windows, [f"{name} window"], axis=1)
        return graph.step("Add", [windows[1], self._largest(window, maxout, norm, name)], [f"{name} sum"])


def parameter(layer: Model[Any, Any], name: str) -> Floats:
    """Return a layer's weights."""
    values: Floats = np.asarray(layer.get_param(name), np.float32)
    return values
