"""Whether the guarantee of `labelguard review` holds, and what a better score is worth: over 200 random splits.

python -m tests.bench.guarantee   writes docs/measured/guarantee.md and its picture
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.evaluate.selection import benjamini_hochberg, conformal_p_values
from tests.bench.drawing import picture
from tests.child import ROOT

DOCUMENT = ROOT / "docs" / "measured" / "guarantee.md"
PICTURE = ROOT / "docs" / "images" / "guarantee.svg"
SPLITS = 200
SIZE = 300
"""Tasks that were annotated blind, and as many that wait."""
SEED = 7
RIGHT = 0.85
WORTHS: Mapping[str, float] = {"worthless": 0.0, "middling": 1.0, "good": 3.0}
"""By how many standard deviations the scores of right predictions lie above those of wrong ones."""
ERRORS = (0.05, 0.1)
COLOURS = {0.05: "#2a6fbb", 0.1: "#d9822b"}


@dataclass(frozen=True, slots=True)
class SplitResults:
    """What came of all splits: by split, the share of wrong ones among those taken, and the share taken."""

    errors: NDArray[np.float64]
    taken: NDArray[np.float64]


def invented_scores(seed: int, worth: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return scores and whether each prediction is right; worth says how much a score tells."""
    chance = np.random.default_rng(seed)
    right = chance.random(SIZE * 2) < RIGHT
    scores = chance.normal(0, 1, SIZE * 2) + worth * right
    return 1 / (1 + np.exp(-np.round(scores, 1))), right  # with ties


def over_splits(worth: float, error: float) -> SplitResults:
    """Divide tasks by chance into reviewed and waiting ones, time and again, and take what may be taken."""
    scores, right = invented_scores(SEED, worth)
    errors, taken = [], []
    for split in range(SPLITS):
        order = np.random.default_rng(split).permutation(SIZE * 2)
        known, new = order[:SIZE], order[SIZE:]
        p_values = conformal_p_values(scores[known], right[known], scores[new])
        found = benjamini_hochberg(p_values, error)
        taken.append(len(found) / SIZE)
        errors.append(1 - right[new][found].mean() if len(found) else 0.0)
    return SplitResults(np.array(errors), np.array(taken))


def auroc_of(worth: float) -> float:
    """Return how often something right has a higher score than something wrong; a tie counts half."""
    scores, right = invented_scores(SEED, worth)
    good, bad = scores[right][:, None], scores[~right][None]
    return float(((good > bad) + 0.5 * (good == bad)).mean())


Measured = Mapping[tuple[str, float], SplitResults]
"""By how good scores are, and by the error rate that is not to be passed."""


def draw(measured: Measured) -> None:
    """Draw each split as a dot, and the means."""
    chance = np.random.default_rng(0)
    with picture(PICTURE, nrows=1, ncols=2, figsize=(10, 4.2), sharey=True, dpi=160) as (figure, (wrong, share)):
        for (name, error), found in measured.items():
            row = list(WORTHS).index(name) + (-0.19 if error == ERRORS[0] else 0.19)
            for axes, values in ((wrong, found.errors), (share, found.taken)):
                rows = row + chance.uniform(-0.13, 0.13, len(values))
                axes.scatter(values, rows, s=7, alpha=0.35, color=COLOURS[error], linewidths=0, rasterized=True)
                axes.plot([values.mean()] * 2, [row - 0.17, row + 0.17], color="black", linewidth=2.2)
        for error in ERRORS:
            label = f"at most {error:.0%} wrong"
            wrong.axvline(error, color=COLOURS[error], linestyle="--", linewidth=1.2, label=label)
        wrong.set_yticks(range(len(WORTHS)), [f"{name}\nAUROC {auroc_of(worth):.2f}" for name, worth in WORTHS.items()])
        for axes, title in ((wrong, "wrong among those taken"), (share, "taken of those that wait")):
            axes.set_title(title, loc="left")
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
            axes.grid(axis="x", alpha=0.25)
        wrong.set_ylabel("scores")
        figure.legend(*wrong.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False)


WORDS = """# Whether the guarantee holds

[`labelguard review`](../evaluate.md#which-need-no-human) over {splits} random splits of {whole} invented tasks, of which
{right:.0%} are predicted right: {size} count as annotated blind, {size} wait. Written by `make bench-guarantee`.

![Each split as a dot: the share of wrong ones among those taken, and the share taken, by how good scores are](../images/guarantee.svg)

| scores | AUROC | at most wrong | wrong, on average | nine in ten splits below | taken, on average | splits that take none |
|---|--:|--:|--:|--:|--:|--:|
{rows}

A black line is the mean over the splits: it is what the guarantee bounds. A single split may pass the bound, and does so
more often the less its score is worth: by a worthless one hardly anything is taken, and where some is, far more of it is
wrong. So look at the share taken, and trust a small one less.
"""  # noqa: E501


def write(measured: Measured) -> None:
    """Write the page."""
    rows = [
        f"| {name} | {auroc_of(WORTHS[name]):.2f} | {error:.0%} | {found.errors.mean():.1%} |"
        f" {np.quantile(found.errors, 0.9):.1%} | {found.taken.mean():.0%} | {(found.taken == 0).mean():.0%} |"
        for (name, error), found in measured.items()
    ]
    words = WORDS.format(splits=SPLITS, whole=SIZE * 2, size=SIZE, right=RIGHT, rows="\n".join(rows))
    DOCUMENT.write_text(words, encoding="utf-8")


def main() -> None:
    """Measure, draw and write."""
    measured = {(name, error): over_splits(worth, error) for name, worth in WORTHS.items() for error in ERRORS}
    draw(measured)
    write(measured)


if __name__ == "__main__":
    main()
