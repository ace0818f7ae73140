"""A BERT's weights in 4 bits → a graph of few steps in 8 bits, which onnxruntime runs in less than half the time.

Matrices are scaled by column. Queries, keys and values are one multiplication, attention and each sum with its norm are
one step, and what only serves texts of unequal length side by side is left out: a text is read alone.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from backend.privacy.detect.fast.graph import FLOATS, NUMBERS, OWN, Floats, Graph

INPUT = "input_ids"
PLACES = "position_ids"
OUTPUT = "logits"
LAST = "last"
"""What a token is at the model's end: an output beside `OUTPUT`."""
Changes = Mapping[str, tuple[Floats, Floats]]
"""By a matrix' name two small ones (inputs × rank, rank × outputs), whose product is added to it."""

LARGEST = 63
"""No number of a matrix is further from zero, so that every processor finds the same.

Activations are 0 to 255. Where a processor has no instruction for four such products (VNNI), onnxruntime multiplies by
VPMADDUBSW, which adds two of them in 16 bits and cuts off what passes 32,767: with numbers up to 127 that happens
(2 × 255 × 127 = 64,770), up to 63 it cannot (32,130). Sums of those have 32 bits everywhere.
"""
ZERO = 1
"""What stands for zero in a matrix.

It is not 0, because onnxruntime takes a matrix whose zero is 0 another way on some processors (ARM's SME), and scales
activations by row there: other numbers.
"""
_SMALLEST = 1e-12  # the norms' epsilon, BERT's
_OFFSET = 8  # what stands for zero in 4 bits


def rebuilt(model: onnx.ModelProto, heads: int, changes: Changes) -> onnx.ModelProto:
    """Return a graph with the same weights for one text: `INPUT` and `PLACES` (0, 1, 2, …) to `OUTPUT` and `LAST`.

    Args:
        model: a BERT that labels tokens, as Hugging Face's Optimum exports it, its matrices as `MatMulNBits`.
        heads: of its attention.
        changes: of its matrices.

    Raises:
        KeyError: it is another model; names the weights that it lacks.
    """
    weights = BertWeights(model, changes)
    graph = Graph()
    last = _embedded(graph, weights)
    for number in range(weights.layers):
        last = _layer(graph, weights, number, last, heads, LAST if number == weights.layers - 1 else f"{number}.out")
    labels = _multiplied(graph, last, [weights.small("/classifier")], [weights.tensor("classifier.bias")], OUTPUT)
    kinds = len(weights.tensor("classifier.bias"))
    inputs = dict.fromkeys((INPUT, PLACES), (NUMBERS, (1, None)))
    size = len(weights.tensor("bert.embeddings.LayerNorm.weight"))
    return graph.model(inputs, {labels: (FLOATS, (1, None, kinds)), last: (FLOATS, (1, None, size))})


class BertWeights:
    """The weights of a model by their names.

    Args:
        model: see `rebuilt`.
        changes: of its matrices.
    """

    def __init__(self, model: onnx.ModelProto, changes: Changes) -> None:
        self._tensors = {tensor.name: tensor for tensor in model.graph.initializer}
        self._matrices = {node.name: node for node in model.graph.node if node.op_type == "MatMulNBits"}
        self._changes = changes
        self.layers = sum(name.endswith("/attention/self/query/MatMul_Q4") for name in self._matrices)

    def tensor(self, name: str) -> NDArray[Any]:
        """Return a tensor as it is kept."""
        return numpy_helper.to_array(self._tensors[name])

    def table(self, name: str) -> Floats:
        """Return a table of embeddings, which is kept in 8 bits, in full."""
        scale, zero, numbers = (self.tensor(f"{name}.weight_{part}") for part in ("scale", "zero_point", "quantized"))
        full: Floats = (numbers.astype(np.float32) - zero.astype(np.float32)) * scale
        return full

    def places(self) -> Floats:
        """Return the table of the embeddings of places, with that of the only sentence."""
        name = "bert.embeddings"
        full: Floats = self.table(f"{name}.position_embeddings") + self.table(f"{name}.token_type_embeddings")[0]
        return full

    def matrix(self, name: str) -> Floats:
        """Return a 4-bit matrix in full, changed: inputs × outputs."""
        node = self._matrices[f"{name}/MatMul_Q4"]
        size = {attribute.name: attribute.i for attribute in node.attribute}
        packed, scales = self.tensor(node.input[1]), self.tensor(node.input[2]).reshape(size["N"], -1, 1)
        nibbles = np.stack([packed & 15, packed >> 4], -1).reshape(size["N"], packed.shape[1], -1)
        full: Floats = ((nibbles.astype(np.float32) - _OFFSET) * scales).reshape(size["N"], -1)[:, : size["K"]].T
        if name in self._changes:
            down, up = self._changes[name]
            full = full + down @ up
        return full

    def small(self, name: str) -> tuple[NDArray[np.int8], Floats]:
        """Return a matrix as 8-bit numbers from `ZERO` on (inputs × outputs), and each column's scale."""
        matrix = self.matrix(name)
        scale = np.maximum(np.abs(matrix).max(0), 1e-12).astype(np.float32) / (LARGEST - ZERO)
        return np.clip(np.rint(matrix / scale) + ZERO, -LARGEST, LARGEST).astype(np.int8), scale


def _multiplied(
    graph: Graph, given: str, matrices: list[tuple[NDArray[np.int8], Floats]], biases: list[NDArray[Any]], name: str
) -> str:
    """Multiply by matrices side by side, in 8 bits, and add their biases."""
    scale = np.concatenate([scale for _, scale in matrices])
    values = {
        "matrix": np.concatenate([matrix for matrix, _ in matrices], 1),
        "scale": scale,
        "zero": np.full_like(scale, ZERO, np.int8),
        "bias": np.concatenate(biases),
    }
    constants = [graph.constant(f"{name}.{part}", value) for part, value in values.items()]
    return graph.step("DynamicQuantizeMatMul", [given, *constants], [name], OWN)


def _normed(graph: Graph, weights: BertWeights, layer: str, inputs: list[str], name: str) -> str:
    """Norm an input, or the sum of two."""
    own = [graph.constant(f"{layer}.{part}", weights.tensor(f"{layer}.{part}")) for part in ("weight", "bias")]
    operator, domain = ("SkipLayerNormalization", OWN) if len(inputs) == 2 else ("LayerNormalization", "")
    return graph.step(operator, [*inputs, *own], [name], domain, epsilon=_SMALLEST)


def _embedded(graph: Graph, weights: BertWeights) -> str:
    """Add the embedding of words, of places, and of the only sentence; the words' large table stays in 8 bits."""
    name = "bert.embeddings.word_embeddings"
    parts = ("quantized", "scale", "zero_point")
    table, *scale = (graph.constant(part, weights.tensor(f"{name}.weight_{part}")) for part in parts)
    small = graph.step("Gather", [table, INPUT], ["words.quantized"])
    words = graph.step("DequantizeLinear", [small, *scale], ["words"])
    beside = graph.step("Gather", [graph.constant("places.table", weights.places()), PLACES], ["places"])
    both = graph.step("Add", [words, beside], ["embedded.sum"])
    return _normed(graph, weights, "bert.embeddings.LayerNorm", [both], "embedded")


def _layer(graph: Graph, weights: BertWeights, number: int, given: str, heads: int, made: str) -> str:
    """Add a layer: attention, then two multiplications, each followed by the sum with what was given."""
    node, tensor = f"/bert/encoder/layer.{number}", f"bert.encoder.layer.{number}"
    kinds = ("query", "key", "value")
    matrices = [weights.small(f"{node}/attention/self/{kind}") for kind in kinds]
    biases = [weights.tensor(f"{tensor}.attention.self.{kind}.bias") for kind in kinds]
    three = _multiplied(graph, given, matrices, biases, f"{number}.three")
    graph.step("Split", [three], outputs := [f"{number}.{kind}" for kind in kinds], axis=2, num_outputs=3)
    attention = graph.step("MultiHeadAttention", outputs, [f"{number}.attention"], OWN, num_heads=heads)

    def dense(given: str, name: str) -> str:
        bias = weights.tensor(f"{tensor}.{name.replace('/', '.')}.bias")
        return _multiplied(graph, given, [weights.small(f"{node}/{name}")], [bias], f"{number}.{name}")

    attended = [dense(attention, "attention/output/dense"), given]
    middle = _normed(graph, weights, f"{tensor}.attention.output.LayerNorm", attended, f"{number}.middle")
    wide = graph.step("Gelu", [dense(middle, "intermediate/dense")], [f"{number}.wide"], OWN)
    return _normed(graph, weights, f"{tensor}.output.LayerNorm", [dense(wide, "output/dense"), middle], made)
