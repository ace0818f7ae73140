"""Examples in two: some to train with, and some held out to see what was learned. The same each time."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from backend.engine.training.examples import TrainingExample


def hold_out(examples: Sequence[TrainingExample], share: float) -> tuple[list[TrainingExample], list[TrainingExample]]:
    """Split examples, those of a task together, so that each set of labels has about the same share in both parts.

    Which are held out is told by hashes of what the model is sent, whatever the order of the examples.

    Args:
        examples: no two of which have the same messages.
        share: of tasks that are held out, from 0 up to 1.

    Returns:
        Those to train with, and those that are held out, in their order.
    """
    tasks: dict[str, list[TrainingExample]] = defaultdict(list)
    for example in examples:
        tasks[example.task or prompt_hash(example)].append(example)
    strata: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for name, own in tasks.items():
        labels = frozenset().union(*(example.labels for example in own))
        strata[tuple(sorted(labels))].append((min(map(prompt_hash, own)), name))
    held: set[str] = set()
    before = 0
    for stratum in sorted(strata):
        names = [name for _, name in sorted(strata[stratum])]
        # Shares of small sets add up: what one has too little, the next has more.
        before += len(names)
        held.update(names[: _rounded(before * share) - len(held)])
    parts: tuple[list[TrainingExample], list[TrainingExample]] = [], []
    for example in examples:
        parts[(example.task or prompt_hash(example)) in held].append(example)
    return parts


def prompt_hash(example: TrainingExample) -> str:
    """Return what tells apart what a model is sent."""
    return hashlib.sha256(repr(example.messages).encode("utf-8", "surrogatepass")).hexdigest()


def _rounded(number: float) -> int:
    return int(number + 0.5)
