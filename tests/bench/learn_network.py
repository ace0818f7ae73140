"""What `make learn` teaches: the judge's units, and small changes of the Rampart model that they look at, both at once.

The model's matrices stay as they are, each with the product of two small ones added (LoRA: Hu et al., 2021,
arXiv:2106.09685). The units tell words of personal data from others, a helper that is thrown away tells of what kind
they are, and the model's own labels are held where they were (by the Kullback-Leibler divergence), but for those that
the marks prove wrong, so that one reading of a text serves the model's recognizer and the judge.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import log_softmax, relu, softplus
from jax.scipy.special import erf
from numpy.typing import NDArray
from rich.progress import track

from backend.privacy.detect.fast.graph import Floats

Tree = dict[str, Any]
RANK = 16
"""Of the changes of a matrix."""
UNITS, EPOCHS, RIDGE = 64, 3, 6e-4
"""Of the network between, and of how it is taught."""
HEAD_RATE, MODEL_RATE = 2e-3, 2e-3
"""Adam's steps at most."""
TOKENS = 1_024
"""That are learned from at once."""
LENGTHS = (24, 40, 56, 80, 104, 128)
"""Windows are filled up to one of these, since each length is compiled by itself."""
KINDS_COUNT, LABELS_COUNT = 0.3, 1.0
"""How much the helper and the model's own labels count beside the units."""
UNLABELLED = 0.12
"""Share of windows of other texts in each step, which only hold the labels where they were."""
NEVER = -30.0
"""Log-odds of a label that a token may not have."""
WARM = 0.15
"""Share of the steps in which the model's rate grows."""


@dataclass(slots=True)
class Window:
    """What the model reads at once.

    Attributes:
        ids: of its tokens.
        words: number of each token's word within the window, −1 where it has none.
        rows: the words' among all that are taught.
        allowed: the labels that each token may have: tokens × labels.
        labels: logits of the model as it was, of those labels: tokens × labels; filled in by `teach`.
    """

    ids: NDArray[np.int32]
    words: NDArray[np.int32]
    rows: NDArray[np.int64]
    allowed: NDArray[np.bool_]
    labels: Floats = field(default_factory=lambda: np.zeros((0, 0), np.float32))


class Words(NamedTuple):
    """All words that are taught.

    Attributes:
        told: each one's evidence: columns and how much.
        names: number of the columns.
        wanted: 1 for personal data, else 0.
        counts: how often each counts.
        kinds: what of, for the helper: from 0 on.
    """

    told: Sequence[tuple[NDArray[np.int64], Floats]]
    names: int
    wanted: Floats
    counts: Floats
    kinds: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Model:
    """A BERT in full floats.

    Attributes:
        table: of words' embeddings, others: of places with the only sentence.
        parts: all other weights: matrices are inputs × outputs.
    """

    table: Floats
    places: Floats
    parts: Mapping[str, Floats]
    layers: int
    heads: int


def _normed(x: Any, parts: Tree, name: str) -> Any:
    off = x - x.mean(-1, keepdims=True)
    return off / jnp.sqrt((off * off).mean(-1, keepdims=True) + 1e-12) * parts[f"{name}.weight"] + parts[f"{name}.bias"]


def _read(parts: Tree, changes: Tree, embedded: Any, mask: Any, layers: int, heads: int) -> Any:
    """Return what each token is at the model's end: windows × tokens × numbers."""

    def times(x: Any, name: str) -> Any:
        made = x @ parts[name] + parts[f"{name}.bias"]
        return made + (x @ changes[name][0]) @ changes[name][1] if name in changes else made

    x = _normed(embedded, parts, "embeddings")
    windows, tokens, size = x.shape
    for number in range(layers):
        own = (times(x, f"{number}.{kind}").reshape(windows, tokens, heads, -1) for kind in ("query", "key", "value"))
        queries, keys, values = own
        near = jnp.einsum("wqhd,wkhd->whqk", queries, keys) / (size // heads) ** 0.5
        near = jax.nn.softmax(jnp.where(mask[:, None, None, :], near, -1e9), -1)
        attended = jnp.einsum("whqk,wkhd->wqhd", near, values).reshape(windows, tokens, size)
        x = _normed(x + times(attended, f"{number}.attended"), parts, f"{number}.middle")
        wide = times(x, f"{number}.wide")
        wide = wide * (1 + erf(wide / 2**0.5)) / 2
        x = _normed(x + times(wide, f"{number}.out"), parts, f"{number}.out.norm")
    return x


def _labelled(parts: Tree, changes: Tree, x: Any) -> Any:
    made = x @ parts["labels"] + parts["labels.bias"]
    return made + (x @ changes["labels"][0]) @ changes["labels"][1] if changes else made


def _leaned(x: Any, batch: Tree) -> Any:
    """Return the mean of each word's tokens."""
    most = batch["wanted"].shape[0]
    flat = x.reshape(-1, x.shape[-1])
    sums = jax.ops.segment_sum(flat, batch["words"].reshape(-1), most + 1)[:most]
    many = jax.ops.segment_sum(jnp.ones(len(flat)), batch["words"].reshape(-1), most + 1)[:most]
    return sums / jnp.maximum(many, 1)[:, None]


def _odds(head: Tree, batch: Tree, leaned: Any) -> Any:
    units = relu(batch["told"] @ head["told"] + leaned @ head["layers"] + head["bias"])
    return units @ head["out"] + head["always"]


def _loss(learned: Tree, parts: Tree, batch: Tree, layers: int, heads: int) -> Any:
    head, changes = learned["head"], learned["changes"]
    x = _read(parts, changes, batch["embedded"], batch["mask"], layers, heads)
    labels = log_softmax(_labelled(parts, changes, x))
    were = log_softmax(batch["labels"])
    apart = ((jnp.exp(were) * (were - labels)).sum(-1) * batch["mask"]).sum() / batch["mask"].sum()
    leaned = _leaned(x, batch)
    odds = _odds(head, batch, leaned)
    many = jnp.maximum((batch["counts"] > 0).sum(), 1)
    kinds = log_softmax(leaned @ head["kinds"] + head["kinds bias"])
    misled = -(jnp.take_along_axis(kinds, batch["kinds"][:, None], 1)[:, 0] * (batch["counts"] > 0)).sum() / many
    ridge = RIDGE / 2 * sum((head[name] ** 2).sum() for name in ("told", "layers", "out"))
    return _missed(odds, batch) + KINDS_COUNT * misled + LABELS_COUNT * apart + ridge


def teach(model: Model, words: Words, windows: Sequence[Window], others: Sequence[Window]) -> Tree:
    """Return what was learned: `head` of the units, and `changes` of the model's matrices by name.

    Args:
        model: as it is.
        words: that are taught.
        windows: of their texts.
        others: texts whose labels are to stay where they are, too.
    """
    parts = {name: jnp.asarray(part) for name, part in model.parts.items()}
    read = jax.jit(partial(_read, layers=model.layers, heads=model.heads))
    for batch in track(list(_cut([*windows, *others])), "the model as it is"):
        given = _filled(model, words, batch)
        kept = np.asarray(_labelled(parts, {}, read(parts, {}, given["embedded"], given["mask"])), np.float32)
        for window, labels in zip(batch, kept, strict=False):
            window.labels = np.where(window.allowed, labels[: len(window.ids)], NEVER)
    learned = _begun(model, words)
    spread = _spread(learned)

    def loss(learned: Tree, given: Tree) -> Any:
        return _loss(learned, given["parts"], given["batch"], model.layers, model.heads)

    step = _stepping(loss)
    random = np.random.default_rng(0)
    steps = [batch for _ in range(EPOCHS) for batch in _shuffled(windows, others, random)]
    losses: list[float] = []
    for number, batch in enumerate(track(steps, "learning"), 1):
        left = max(0.05, 1 - number / len(steps))
        rates = {
            "head": HEAD_RATE * max(left, 0.1),
            "changes": MODEL_RATE * min(1.0, number / len(steps) / WARM) * left,
        }
        given = {"parts": parts, "batch": _filled(model, words, batch)}
        learned, spread, lost = step(learned, spread, given, rates, number)
        losses.append(float(lost))
        if number % 200 == 0:
            print(f"step {number} of {len(steps)}: loss {np.mean(losses[-200:]):.4f}")  # noqa: T201 - long work shows progress
    taught: Tree = jax.tree.map(np.asarray, learned)
    return taught


def _missed(odds: Any, batch: Tree) -> Any:
    many = jnp.maximum((batch["counts"] > 0).sum(), 1)
    return ((softplus(odds) - batch["wanted"] * odds) * batch["counts"]).sum() / many


def _spread(learned: Tree) -> Tree:
    """Return what Adam knows of the slopes at first."""
    return {name: jax.tree.map(jnp.zeros_like, learned) for name in ("mean", "square")}


def _stepping(loss: Callable[[Tree, Tree], Any]) -> Callable[[Tree, Tree, Tree, Tree, int], Any]:
    """Return Adam's step (Kingma and Ba, 2015), with the slopes of the model's changes no longer than 1."""
    slopes = jax.value_and_grad(loss)

    def step(learned: Tree, spread: Tree, given: Tree, rates: Tree, number: Any) -> Any:
        lost, slope = slopes(learned, given)
        size = jnp.sqrt(sum((part**2).sum() for part in jax.tree.leaves(slope["changes"])))
        slope["changes"] = jax.tree.map(lambda part: part / jnp.maximum(size, 1), slope["changes"])
        mean = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, spread["mean"], slope)
        square = jax.tree.map(lambda old, new: 0.999 * old + 0.001 * new**2, spread["square"], slope)
        scale = jnp.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        moved = {
            part: jax.tree.map(
                lambda old, m, s, part=part: old - rates[part] * scale * m / (jnp.sqrt(s) + 1e-8),
                learned[part],
                mean[part],
                square[part],
            )
            for part in learned
        }
        return moved, {"mean": mean, "square": square}, lost

    compiled: Callable[[Tree, Tree, Tree, Tree, int], Any] = jax.jit(step)
    return compiled


def chances(model: Model, words: Words, windows: Sequence[Window], learned: Tree) -> Floats:
    """Return each word's probability of being personal data, 0 of those that no window holds."""
    parts = {name: jnp.asarray(part) for name, part in model.parts.items()}
    read = jax.jit(partial(_read, layers=model.layers, heads=model.heads))
    made = np.zeros(len(words.told), np.float32)
    for batch in track(list(_cut(windows)), "judging"):
        given = _filled(model, words, batch)
        leaned = _leaned(read(parts, learned["changes"], given["embedded"], given["mask"]), given)
        rows = [row for window in batch for row in window.rows]
        made[rows] = np.asarray(jax.nn.sigmoid(_odds(learned["head"], given, leaned)))[: len(rows)]
    return made


def _even(random: np.random.Generator, inputs: int, outputs: int) -> Any:
    return jnp.asarray(random.uniform(-1, 1, (inputs, outputs)) * (6 / (inputs + outputs)) ** 0.5, jnp.float32)


def _units(names: int, random: np.random.Generator) -> Tree:
    """Return units that know nothing yet."""
    return {
        "told": _even(random, names, UNITS),
        "bias": jnp.zeros(UNITS),
        "out": _even(random, UNITS, 1)[:, 0],
        "always": jnp.zeros(()),
    }


def _begun(model: Model, words: Words) -> Tree:
    random = np.random.default_rng(0)
    size, kinds = model.table.shape[1], int(words.kinds.max()) + 1
    changes = {
        name: (
            jnp.asarray(random.normal(0, part.shape[0] ** -0.5, (part.shape[0], RANK)), jnp.float32),
            jnp.zeros((RANK, part.shape[1])),
        )
        for name, part in model.parts.items()
        if part.ndim == 2
    }
    of_model = {
        "layers": _even(random, size, UNITS) * 0.3,
        "kinds": _even(random, size, kinds),
        "kinds bias": jnp.zeros(kinds),
    }
    return {"head": {**_units(words.names, random), **of_model}, "changes": changes}


def _cut(windows: Sequence[Window]) -> Iterator[list[Window]]:
    """Yield windows of like length, as many as are learned from at once."""
    by_length: dict[int, list[Window]] = defaultdict(list)
    for window in windows:
        by_length[next(length for length in LENGTHS if length >= len(window.ids))].append(window)
    for length, own in by_length.items():
        many = TOKENS // length
        yield from (own[start : start + many] for start in range(0, len(own), many))


def _shuffled(
    windows: Sequence[Window], others: Sequence[Window], random: np.random.Generator
) -> Sequence[list[Window]]:
    """Return all windows in another order, with some of the others among them."""
    chosen = random.choice(len(others), min(len(others), int(UNLABELLED * len(windows))), replace=False)
    every = [*windows, *(others[number] for number in chosen.tolist())]
    batches = list(_cut([every[number] for number in random.permutation(len(every)).tolist()]))
    return [batches[number] for number in random.permutation(len(batches)).tolist()]


def _filled(model: Model, words: Words, batch: Sequence[Window]) -> Tree:
    """Return windows side by side, filled up."""
    length = next(length for length in LENGTHS if length >= max(len(window.ids) for window in batch))
    many = TOKENS // length
    mask = np.zeros((many, length), bool)
    mask[:, 0] = True
    embedded = np.zeros((many, length, model.table.shape[1]), np.float32)
    labels = np.zeros((many, length, model.parts["labels.bias"].shape[0]), np.float32)
    numbers = np.full((many, length), TOKENS, np.int32)
    rows: list[int] = []
    for at, window in enumerate(batch):
        own = len(window.ids)
        mask[at, :own] = True
        embedded[at, :own] = model.table[window.ids] + model.places[:own]
        if len(window.labels):
            labels[at, :own] = window.labels
        numbers[at, :own] = np.where(window.words >= 0, window.words + len(rows), TOKENS)
        rows += window.rows.tolist()
    return {"embedded": embedded, "mask": mask, "labels": labels, "words": numbers, **_of_words(words, rows)}


def _of_words(words: Words, rows: Sequence[int]) -> Tree:
    """Return words side by side, filled up."""
    told = np.zeros((TOKENS, words.names), np.float32)
    for at, row in enumerate(rows):
        columns, much = words.told[row]
        told[at, columns] = much
    filled: Tree = {"told": told}
    for name, values in (("wanted", words.wanted), ("counts", words.counts), ("kinds", words.kinds)):
        filled[name] = np.zeros(TOKENS, values.dtype)
        filled[name][: len(rows)] = values[rows]
    return filled
