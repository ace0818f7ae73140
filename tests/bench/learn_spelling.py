"""Learns how names of drugs and products are spelt and names of people and places are not.

python -m tests.bench.learn_spelling FOLDER    writes backend/privacy/detect/trades/spelling.npz

FOLDER is as `tests.bench.make_vocabulary` wants it. None of our annotated texts is looked at. A tenth of the names is
left out to print how many products are told at which share of names.
"""

import argparse
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from backend.privacy.detect.trades.spelling import LENGTHS, ROOM, runs
from backend.privacy.detect.vocabulary.lexicon import is_common
from tests.bench.make_vocabulary import names, programs, substances, words
from tests.child import ROOT

FILE = ROOT / "backend" / "privacy" / "detect" / "trades" / "spelling.npz"
RIDGE = 2e-6
STEPS = 120
PLACES = 60_000
"""Names of places that nobody has, as many as are looked at."""
SHARES = (0.05, 0.02, 0.01, 0.005)


def parts(whole: Iterable[str]) -> set[str]:
    """Return the parts of words that are no words of the language."""
    split = (part for word in whole for part in re.split("['’-]", word.lower()))
    return {part for part in split if len(part) in LENGTHS and part.isalpha() and not is_common(part)}


def examples(folder: Path) -> list[tuple[str, bool]]:
    """Return words, and of each whether it is a product's."""
    random = Random(0)
    named = words(names(folder))
    (cities,) = folder.rglob("cities500.json")
    places = parts(city["name"] for city in json.loads(cities.read_text("utf-8")).values())
    people = parts(named) - places
    products = parts(words([*substances(folder), *programs(folder)]) - named) - people - places
    chosen = random.sample(sorted(places), min(PLACES, len(places)))
    every = [(word, True) for word in sorted(products)] + [(word, False) for word in sorted({*people, *chosen})]
    random.shuffle(every)
    return every


def rows(some: Sequence[str]) -> Any:
    """Return words as runs of letters: words × numbers."""
    columns: list[int] = []
    ends, much = [0], []
    for word in some:
        own = list(runs(word))
        columns += own
        much += [len(own) ** -0.5] * len(own)
        ends.append(len(columns))
    return csr_matrix((much, columns, ends), shape=(len(some), ROOM), dtype=np.float32)


def learn(told: Any, wanted: Any) -> Any:
    """Return the weight of each number, and last that of all words: logistic regression."""

    def loss(weights: Any) -> tuple[float, Any]:
        odds = told @ weights[:-1] + weights[-1]
        off = 1 / (1 + np.exp(-odds)) - wanted
        slope = np.append(told.T @ off / len(wanted) + 2 * RIDGE * weights[:-1], off.mean())
        return (np.logaddexp(0, odds) - wanted * odds).mean() + RIDGE * (weights[:-1] ** 2).sum(), slope

    found = minimize(loss, np.zeros(ROOM + 1), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return found.x


def main() -> None:
    """Learn, print what is told, and write it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    every = examples(options.parse_args().folder)
    told, wanted = rows([word for word, _ in every]), np.array([is_product for _, is_product in every], np.float32)
    kept = len(every) * 9 // 10
    weights = learn(told[:kept], wanted[:kept])
    odds, own = told[kept:] @ weights[:-1] + weights[-1], wanted[kept:] > 0
    for share in SHARES:
        least = np.quantile(odds[~own], 1 - share)
        print(f"{share:.1%} of names at {least:.2f}: {(odds[own] > least).mean():.0%} of products")  # noqa: T201 - a report
    np.savez_compressed(FILE, weights=weights.astype(np.float16))


if __name__ == "__main__":
    main()
