"""spaCy's entity tagger, all words of all parts at once: the same weights and the same entities in a sixth of the time.

spaCy reads a text word by word, with a small multiplication for each. But what it decides at a word follows from that
word alone or, within an entity, from the entity's first word and the last two: so all words are decided at once, as if
no entity were open, and then all entities that begin somewhere are followed side by side to their ends.

All sums of products are onnxruntime's, whose rows do not hang on how many there are: a document has the same numbers
alone as among others. numpy's do: by its BLAS they are off by some millionths.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import onnx
from numpy.typing import NDArray
from spacy.pipeline import EntityRecognizer

from backend.privacy.detect.fast.embedding import VECTORS, Embedding, Numbers, parameter
from backend.privacy.detect.fast.graph import FLOATS, Floats, Graph, Running
from backend.privacy.detect.fast.tokens import Tokens


@dataclass(frozen=True, slots=True)
class TaggedEntity:
    """An entity: tokens `start` (inclusive) to `end` (exclusive) of the document of this number."""

    document: int
    start: int
    end: int
    label: str


class Tagger:
    """Tags documents as spaCy's own component does. May be used by several threads.

    Args:
        component: spaCy's, of its transition-based architecture with an own `tok2vec` of hash embeddings and maxout.

    Raises:
        ValueError: it is of another architecture.
    """

    def __init__(self, component: EntityRecognizer) -> None:
        self._embedding = Embedding(component.model.get_ref("tok2vec"))
        self._moves = _Moves(component)

    def entities(self, docs: Sequence[Tokens]) -> list[TaggedEntity]:
        """Return the entities of documents that were cut into words, in their order."""
        borders = [0, *accumulate(len(doc.places) for doc in docs)]
        if not borders[-1]:
            return []
        is_space = np.array([is_space for doc in docs for is_space in doc.spaces], np.bool_)
        is_last = np.zeros(borders[-1], np.bool_)
        is_last[[end - 1 for start, end in pairwise(borders) if start < end]] = True
        features = [own for doc in docs for own in doc.features]
        vectors = self._embedding.vectors(features, np.array(borders, np.intp))
        return list(_placed(self._moves.entities(vectors, is_space, is_last), borders))


def _placed(found: Sequence[tuple[int, int, str]], borders: Sequence[int]) -> Iterator[TaggedEntity]:
    for start, end, label in found:
        document = bisect_right(borders, start) - 1
        first = borders[document]
        yield TaggedEntity(document, start - first, end - first, label)


THIS, FIRST, BEFORE = "this", "first", "before"
"""What a word adds to the hidden values: as the one that is decided at, as the entity's first, as the one before."""
PARTS = (THIS, FIRST, BEFORE)
OUTSIDE = "outside"
"""Scores of the moves at each word where no entity is open."""


class _Moves:
    """Decides where entities begin and end.

    Args:
        component: spaCy's; its moves are called `O`, `B-PERSON`, `I-PERSON`, `L-PERSON`, `U-PERSON`.
    """

    def __init__(self, component: EntityRecognizer) -> None:
        model = component.model
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        weights, self._bias = parameter(lower, "W"), parameter(lower, "b").T.reshape(-1)
        features, self._width, pieces, inputs = weights.shape
        if features != 3 or pieces < 2 or not model.attrs["has_upper"] or model.attrs["unseen_classes"]:
            raise ValueError("the tagger's moves do not follow from three words")
        # By word (this one, the entity's first, the one before), then by value: see `_Maxout`.
        ordered = weights.transpose(0, 3, 2, 1).reshape(features, inputs, pieces * self._width)
        padding = parameter(lower, "pad")[0].transpose(0, 2, 1).reshape(features, -1)
        outside, outside_bias = self._read_moves(component, parameter(upper, "W"), parameter(upper, "b"))
        closed = self._bias + padding[1] + padding[2]
        self._graph = Running(_sums(ordered, closed, pieces, outside, outside_bias))

    def _read_moves(self, component: EntityRecognizer, weights: Floats, bias: Floats) -> tuple[Floats, Floats]:
        """Read what is decided; returns the weights and the bias of the moves where no entity is open."""
        moves = [component.moves.get_class_name(number) for number in range(len(bias))]
        place = {move: number for number, move in enumerate(moves)}
        self._labels = [move[2:] for move in moves if move[:2] == "B-" and move[2:]]
        out, *others = (
            [place[f"{kind}-{label}"] for label in self._labels] if kind != "O" else [place["O"]] for kind in "OBUIL"
        )
        begin, unit, inside, last = others
        outside = [*out, *begin, *unit]
        # Of an open entity it is asked alone whether it ends here.
        self._ends, self._ends_bias = weights[last] - weights[inside], bias[last] - bias[inside]
        return weights[outside].T, bias[outside]

    def entities(
        self, vectors: Floats, is_space: NDArray[np.bool_], is_last: NDArray[np.bool_]
    ) -> list[tuple[int, int, str]]:
        """Return the entities: first token, the one behind, label.

        Args:
            vectors: of all tokens.
            is_space: whether a token is white space, with which no entity begins.
            is_last: whether a token is the last of its document, which no entity leaves.
        """
        count = len(self._labels)
        scores, *parts = self._graph.every([OUTSIDE, *PARTS], {VECTORS: vectors})
        scores[is_space, 1:] = -np.inf
        scores[is_last, 1 : count + 1] = -np.inf
        moves = scores.argmax(1)
        begins = np.flatnonzero((moves > 0) & (moves <= count))
        ends = np.arange(1, len(moves) + 1)
        ends[begins] = self._followed(parts, begins, moves[begins] - 1, is_last)
        found, free = [], 0
        for start in np.flatnonzero(moves).tolist():
            if start >= free:
                free = int(ends[start])
                found.append((start, free, self._labels[(int(moves[start]) - 1) % count]))
        return found

    def _followed(
        self, parts: Sequence[Floats], begins: Numbers, labels: Numbers, is_last: NDArray[np.bool_]
    ) -> Numbers:
        """Return the token behind each entity that begins somewhere."""
        this, first, before = parts
        ends = np.zeros_like(begins)
        first = first[begins] + self._bias
        going, tokens = np.arange(len(begins)), begins + 1
        while going.size:
            values = this[tokens] + first[going] + before[tokens - 1]
            own = labels[going]
            hidden = _largest(values, self._width)
            is_end = np.einsum("ij,ij->i", hidden, self._ends[own]) + self._ends_bias[own] > 0
            is_end |= is_last[tokens]
            ends[going[is_end]] = tokens[is_end] + 1
            going, tokens = going[~is_end], tokens[~is_end] + 1
        return ends


def _sums(
    matrices: NDArray[np.float32], closed: Floats, pieces: int, outside: Floats, outside_bias: Floats
) -> onnx.ModelProto:
    """Return the graph that makes `OUTSIDE`, `THIS`, `FIRST` and `BEFORE` of `VECTORS`.

    Args:
        matrices: of the last three.
        closed: what the hidden values have where no entity is open.
        pieces: of these the largest is taken.
        outside: weights of the moves, by hidden value.
        outside_bias: as well.
    """
    _, inputs, wide = matrices.shape
    graph = Graph()
    for name, matrix in zip(PARTS, matrices, strict=True):
        graph.step("MatMul", [VECTORS, graph.constant(f"{name} matrix", matrix)], [name])
    hidden = graph.step("Add", [THIS, graph.constant("closed", closed)], ["hidden"])
    shape = graph.constant("shape", np.array([-1, pieces, wide // pieces]))
    apart = graph.step("Reshape", [hidden, shape], ["apart"])
    best = graph.step("ReduceMax", [apart, graph.constant("axis", np.array([1]))], ["largest"], keepdims=0)
    graph.step("Gemm", [best, graph.constant("weights", outside), graph.constant("bias", outside_bias)], [OUTSIDE])
    made = {**dict.fromkeys(PARTS, (FLOATS, (None, wide))), OUTSIDE: (FLOATS, (None, len(outside_bias)))}
    return graph.model({VECTORS: (FLOATS, (None, inputs))}, made)


def _largest(values: Floats, width: int) -> Floats:
    """Return the largest of the values that stand `width` columns apart."""
    best = np.maximum(values[:, :width], values[:, width : 2 * width])
    for start in range(2 * width, values.shape[1], width):
        np.maximum(best, values[:, start : start + width], out=best)
    return best
