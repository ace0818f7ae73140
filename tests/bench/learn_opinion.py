"""Learns the judge's second opinion: `make learn-opinion` writes backend/privacy/detect/judging/opinion.npz.

python -m tests.bench.learn_opinion            learns from the tuning halves of all English sets
python -m tests.bench.learn_opinion --check    on screen only: each fifth of the texts judged by what the others teach

Words that were found by their look alone teach it, as they are with the Rampart model as its makers left it: what it
claims in texts that it was not taught on. People's words count three times as often as the rest.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from backend.evaluate import Annotated
from backend.privacy.detect import Detector
from backend.privacy.detect.judging import Repeats, split_words
from backend.privacy.detect.judging import judge as judging
from backend.privacy.detect.judging.evidence import Named, evidence
from backend.privacy.detect.judging.opinion import every_evidence
from backend.privacy.detect.trades.clinical import is_clinical
from backend.privacy.types import Scan
from tests.bench import learn
from tests.bench.privacy import NOT_PERSONAL
from tests.child import ROOT

FILE = ROOT / "backend" / "privacy" / "detect" / "judging" / "opinion.npz"
AWAY = frozenset({"synth_dataset_v2.json", "long_documents.json", "structured.json"})
"""Files of templates, which say the same over and over."""
RIDGE, STEPS = 1.0, 150


class Doubted(NamedTuple):
    """A word that was found by its look alone.

    Attributes:
        text: the number of the text that it stands in.
        kind: the entity type that it is marked as; "" if it is nobody's.
    """

    text: int
    word: str
    kind: str
    clinical: bool
    told: tuple[Named, ...]


def doubted() -> Iterator[Doubted]:
    """Yield all such words of the texts that teach."""
    recorder = learn.Recorder()
    with patch("backend.privacy.detect.rampart.read_changes", dict):
        detector = Detector(Scan(unknown_language="patterns"))
        detector.warm()
    detector.judge = recorder
    documents = (document for name, own in learn.texts() if name not in AWAY for document in own)
    for number, document in enumerate(documents):
        recorder.asked = ("", [], [])
        detector.detect(document.text)
        if recorder.asked[0] and learn.is_in_place(document, recorder.asked[0]):  # in English
            yield from _of_text(number, document, recorder)


def _of_text(number: int, document: Annotated, recorder: learn.Recorder) -> Iterator[Doubted]:
    text, every, found = recorder.asked
    said, left, clinical = split_words(text, every), split_words(text, found), is_clinical(text)
    repeats = Repeats(said)
    for place, word in enumerate(said):
        claims = left[place].claims
        if not claims or not any(map(str.isalpha, word.text)):
            continue
        if all(judging.is_judged(d, clinical) for d in claims):
            kinds = [mark.entity_type for mark in document.spans if mark.start < word.end and mark.end > word.start]
            kind = next((kind for kind in kinds if kind not in NOT_PERSONAL), "")
            told = tuple(every_evidence(text, word, evidence(text, said, place, repeats)))
            yield Doubted(number, word.text, kind, clinical, told)


def named(some: Sequence[Doubted]) -> list[str]:
    """Return the names of the evidence that enough texts show."""
    texts: dict[str, set[int]] = {}
    for each in some:
        for name, _ in each.told:
            texts.setdefault(name, set()).add(each.text)
    return sorted(name for name, own in texts.items() if len(own) >= learn.LEAST)


def rows(some: Sequence[Doubted], names: Sequence[str]) -> Any:
    """Return words as numbers: words × evidence."""
    column = {name: at for at, name in enumerate(names)}
    columns: list[int] = []
    much: list[float] = []
    ends = [0]
    for each in some:
        pairs = [(column[name], amount) for name, amount in each.told if name in column]
        columns += [at for at, _ in pairs]
        much += [amount for _, amount in pairs]
        ends.append(len(columns))
    return csr_matrix((much, columns, ends), shape=(len(some), len(names)))


def taught(told: Any, wanted: Any, counts: Any) -> Any:
    """Return how much each piece of evidence counts, and last what holds always: logistic regression."""

    def loss(weights: Any) -> tuple[float, Any]:
        odds = told @ weights[:-1] + weights[-1]
        off = counts * (1 / (1 + np.exp(-odds)) - wanted)
        slope = np.append(told.T @ off + 2 * RIDGE * weights[:-1], off.sum())
        return (counts * np.logaddexp(0, odds * (1 - 2 * wanted))).sum() + RIDGE * (weights[:-1] ** 2).sum(), slope

    start = np.zeros(told.shape[1] + 1)
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x


def main() -> None:
    """Learn, or check what is learned."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="judge each fifth by the others, on screen only")
    given = options.parse_args()
    some = list(doubted())
    names = named(some)
    told, wanted = rows(some, names), np.array([bool(each.kind) for each in some], float)
    counts = np.array([learn.PERSON if each.kind in learn.PEOPLE else 1 for each in some], float)
    if not given.check:
        weights = taught(told, wanted, counts)
        much, always = weights[:-1].astype(np.float16), np.float32(weights[-1])
        np.savez_compressed(FILE, names=np.array(names), much=much, always=always)
        return
    fifths = np.array([each.text * 7919 % 10_007 % learn.FOLDS for each in some])
    odds = np.zeros(len(some))
    for fifth in range(learn.FOLDS):
        kept = fifths != fifth
        weights = taught(told[kept], wanted[kept], counts[kept])
        odds[~kept] = told[~kept] @ weights[:-1] + weights[-1]
    report(some, odds, Console())


def report(some: Sequence[Doubted], odds: Any, out: Console) -> None:
    """Print what goes under some probabilities: people's words, other personal data, letters of what is nobody's."""
    for clinical in (True, False):
        table = Table("of clinics" if clinical else "others", "people's words", "other personal", "letters of nobody's")
        own = [(each, place) for place, each in enumerate(some) if each.clinical is clinical]
        letters = sum(len(each.word) for each, _ in own if not each.kind)
        for under in (0.003, 0.01, 0.02, 0.03, 0.05, 0.1):
            gone = [each for each, place in own if odds[place] < np.log(under / (1 - under))]
            people = sum(each.kind in learn.PEOPLE for each in gone)
            share = sum(len(each.word) for each in gone if not each.kind) / max(letters, 1)
            others = sum(bool(each.kind) for each in gone) - people
            table.add_row(f"{under}", f"{people}", f"{others}", f"{share:.1%}")
        out.print(table)


if __name__ == "__main__":
    main()
