"""Learns how much each piece of evidence on a word counts: `make learn` writes backend/detect/judging/weights.npz.

python -m tests.bench.learn            learns from the tuning halves of all English sets
python -m tests.bench.learn --check    on screen only: each fifth of the texts judged by what the others teach

A network with one layer between tells words of personal data (but ages and titles) from all others, people's three
times as often as the rest. Only what several texts show is kept, and of the model's layers the numbers as they are. The
same texts give the same weights, up to their last digits.
"""

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from backend.detect import Detector
from backend.detect.graph import Floats
from backend.detect.judging import ADDED, DROPPED, Judge, Weights, Word
from backend.detect.judging import judge as judging
from backend.detect.judging.evidence import evidence
from backend.detect.judging.words import Repeats, words
from backend.detect.rampart import RampartRecognizer
from backend.evaluate import Annotated, Mark, read_annotated
from backend.types import Detection, Scan
from tests.bench import make_sets
from tests.bench.privacy import DATA, NOT_PERSONAL
from tests.child import ROOT

WEIGHTS = ROOT / "backend" / "detect" / "judging" / "weights.npz"
SETS = {
    "mixed.json": 2_000,
    "trades.json": 1_000,
    "chats.json": 1_000,
    "records.json": 1_000,
    "synth_dataset_v2.json": 1_000,
    "long_documents.json": 60,
    "structured.json": 40,
}
"""Files of annotated texts, and how many of each at most: those of templates say the same over and over."""
SOURCES = ("classes.txt", "trades_more.txt")
"""Sources of single lines that are for tuning alone."""
LEAST = 15
"""Texts that must show a piece of evidence."""
PERSON = 3
"""How often a person's word counts."""
LAYERS = 0.1
"""How large the layers' numbers are beside the evidence's, in units of their deviation."""
UNITS, EPOCHS, BATCH, RATE, RIDGE = 64, 14, 512, 2e-3, 6e-4
"""Of the network between, and of how it is taught."""
FOLDS = 5
PEOPLE = frozenset({"PERSON", "USERNAME"})
Numbers = NDArray[np.float64]


@dataclass(slots=True)
class Sample:
    """A word with all that is known of it."""

    text: int
    group: str
    word: Word
    vector: NDArray[np.float32]
    told: dict[str, float]
    kind: str
    is_term: bool
    is_held: bool
    is_sure: bool


class Recorder(Judge):
    """Keeps what the judge is asked, and leaves everything as it is."""

    def __init__(self) -> None:
        none = np.zeros((0, 1), np.float32)
        super().__init__(Weights([], none, none, none[:, 0], none[:, 0], 0.0))
        self.asked: tuple[str, list[Detection], list[Detection]] = ("", [], [])

    def lean(self, vectors: Any) -> Any:
        """Lean nowhere."""
        return np.zeros(len(vectors), np.float32)

    def settle(self, text: str, every: Iterable[Detection], found: Sequence[Detection], *_: Any) -> list[Detection]:
        """Keep it."""
        self.asked = (text, list(every), list(found))
        return list(found)


def texts() -> Iterator[tuple[str, Sequence[Annotated]]]:
    """Yield the texts that teach, by file: tuning halves, and what is for tuning alone."""
    for name, most in SETS.items():
        documents = [d for d in read_annotated(DATA / name).documents if d.half == "tuning"]
        yield name, documents[:: max(1, -(-len(documents) // most))]
    for name in SOURCES:
        yield name, list(map(_annotated, make_sets.lines(name)))


def _annotated(document: make_sets.Document) -> Annotated:
    spans = [Mark(span["start"], span["end"], span["entity_type"]) for span in document["spans"]]
    terms = [(term["start"], term["end"]) for term in document["terms"]]
    return Annotated(document["text"], tuple(spans), document["half"], "", tuple(terms))


def samples(named: Iterable[tuple[str, Sequence[Annotated]]]) -> list[Sample]:
    """Look at all words of texts."""
    detector, model, recorder = Detector(Scan(unknown_language="patterns")), RampartRecognizer(), Recorder()
    model.load()
    detector.judge = recorder
    made: list[Sample] = []
    for name, documents in named:
        for document in track(documents, name):
            recorder.asked = ("", [], [])
            detector.detect(document.text)
            if recorder.asked[0] == document.text:  # in English, and written in one way only
                made += _samples(len(made), document, *recorder.asked[1:], model)
    return made


def _samples(
    number: int, document: Annotated, every: list[Detection], found: list[Detection], model: RampartRecognizer
) -> Iterable[Sample]:
    reading = model.read(document.text)
    said, left = words(document.text, every), words(document.text, found)
    repeats = Repeats(said)
    for place, word in enumerate(said):
        tokens = [i for i, (start, end) in enumerate(reading.tokens) if start < word.end and end > word.start]
        if not tokens or not any(map(str.isalpha, word.text)):
            continue
        kinds = [m.entity_type for m in document.spans if m.start < word.end and m.end > word.start]
        claims = left[place].claims
        yield Sample(
            text=number,
            group=document.group,
            word=word,
            vector=reading.vectors[tokens].mean(0),
            told=dict(evidence(document.text, said, place, repeats)),
            kind=next((kind for kind in kinds if kind not in NOT_PERSONAL), ""),
            is_term=any(start < word.end and end > word.start for start, end in document.terms),
            is_held=bool(claims),
            is_sure=any(not judging.is_judged(d) for d in claims),
        )


def learn(some: Sequence[Sample]) -> Weights:
    """Return weights under which the words are likely what they are: by Adam, always in the same order."""
    shown: dict[str, set[int]] = defaultdict(set)
    for sample in some:
        for name in sample.told:
            shown[name].add(sample.text)
    names = sorted(name for name, texts in shown.items() if len(texts) >= LEAST)
    vectors = np.stack([sample.vector for sample in some]).astype(np.float32)
    mean, deviation = vectors.mean(0), vectors.std(0) + 1e-6
    given = np.concatenate([told_numbers(some, names), (vectors - mean) / deviation * LAYERS], 1)
    wanted = np.array([bool(sample.kind) for sample in some], np.float32)
    people = np.array([sample.kind in PEOPLE for sample in some])
    random = np.random.default_rng(0)
    sizes = [(given.shape[1], UNITS), (UNITS,)]
    first, out = (random.uniform(-1, 1, size).astype(np.float32) * (6 / sum((*size, 1)[:2])) ** 0.5 for size in sizes)
    parts = [first, np.zeros(UNITS, np.float32), out, np.zeros(1, np.float32)]
    adam = _Adam(parts)
    rows = np.concatenate([np.arange(len(some)), *[np.flatnonzero(people)] * (PERSON - 1)])
    for _ in track(range(EPOCHS), "learning"):
        for batch in np.array_split(random.permutation(rows), -(-len(rows) // BATCH)):
            adam.step(_slopes(parts, given[batch], wanted[batch]))
    first, bias, out, always = parts
    told, layers = first[: len(names)], first[len(names) :] * (LAYERS / deviation)[:, None]
    return Weights(names, told, layers, bias - mean @ layers, out, float(always[0]))


def told_numbers(some: Sequence[Sample], names: Sequence[str]) -> Floats:
    """Return the evidence on words as numbers: words × names."""
    column = {name: at for at, name in enumerate(names)}
    made = np.zeros((len(some), len(names)), np.float32)
    for row, sample in enumerate(some):
        for name in sample.told.keys() & column.keys():
            made[row, column[name]] = sample.told[name]
    return made


def _slopes(parts: Sequence[Floats], given: Floats, wanted: Floats) -> list[Floats]:
    """Return the slopes of the mean log loss with its ridge, by each part of the weights."""
    first, bias, out, always = parts
    units = given @ first + bias
    excited = np.maximum(units, 0)
    odds = excited @ out + always
    off = (1 / (1 + np.exp(-odds)) - wanted) / len(wanted)
    back = off[:, None] * out * (units > 0)
    return [given.T @ back + RIDGE * first, back.sum(0), excited.T @ off + RIDGE * out, off.sum(keepdims=True)]


class _Adam:
    """Kingma and Ba's way down; changes the parts where they are."""

    def __init__(self, parts: Sequence[Floats]) -> None:
        self._parts = parts
        self._means, self._squares = ([np.zeros_like(part) for part in parts] for _ in range(2))
        self._steps = 0

    def step(self, slopes: Sequence[Floats]) -> None:
        """Go down a step."""
        self._steps += 1
        size = RATE * (1 - 0.999**self._steps) ** 0.5 / (1 - 0.9**self._steps)
        for at, slope in enumerate(slopes):
            self._means[at] += 0.1 * (slope - self._means[at])
            self._squares[at] += 0.001 * (slope * slope - self._squares[at])
            self._parts[at][...] -= size * self._means[at] / (np.sqrt(self._squares[at]) + 1e-8)


def chances(weights: Weights, some: Sequence[Sample]) -> Numbers:
    """Return each word's probability."""
    judge = Judge(weights)
    leanings = judge.lean(np.stack([sample.vector for sample in some]))
    pairs = zip(leanings, some, strict=True)
    return np.array([judge.chance(lean, sample.told.items()) for lean, sample in pairs])


def check(some: Sequence[Sample], out: Console) -> None:
    """Judge each fifth of the texts by what the others teach, and print what leaks and what is lost."""
    chance = np.zeros(len(some))
    fold = np.array([sample.text * 7919 % 10_007 % FOLDS for sample in some])
    for number in range(FOLDS):
        taught = learn([s for s, at in zip(some, fold, strict=True) if at != number])
        own = np.flatnonzero(fold == number)
        chance[own] = chances(taught, [some[i] for i in own])
    table = Table(
        "dropped under", "added from", "texts leaking a name", "people's words kept", "needless", "terms lost"
    )
    for low, high in [(0.0, 2.0), *((a, b) for a in (0.02, 0.05, 0.1, 0.2, 0.3) for b in (0.3, 0.4, 0.5, 0.6, 2.0))]:
        table.add_row(f"{low}", f"{high}", *_row(some, _held(some, chance, low, high)))
    out.print(table)
    by_group = Table("kind", "leaking before", "after", "needless before", "after", "terms lost before", "after")
    held = {"before": _held(some, chance, 0.0, 2.0), "after": _held(some, chance, DROPPED, ADDED)}
    for group in sorted({s.group for s in some if s.group}):
        own = np.array([s.group == group for s in some])
        chosen = [s for s in some if s.group == group]
        rows = [_row(chosen, held[when][own]) for when in held]
        by_group.add_row(group, *(cell for at in (0, 2, 3) for cell in (rows[0][at], rows[1][at])))
    out.print(by_group)


def _held(some: Sequence[Sample], chance: Numbers, low: float, high: float) -> NDArray[np.bool_]:
    kept = np.array([s.is_sure or (s.is_held and c >= low) for s, c in zip(some, chance, strict=True)])
    return kept | (chance >= high)


def _row(some: Sequence[Sample], held: NDArray[np.bool_]) -> list[str]:
    people = [(s.text, h) for s, h in zip(some, held, strict=True) if s.kind in PEOPLE]
    leaking, naming = {text for text, h in people if not h}, {text for text, _ in people}
    others = Counter[bool]()
    for s, h in zip(some, held, strict=True):
        if not s.kind:
            others[bool(h)] += len(s.word.text)
    terms = [bool(h) for s, h in zip(some, held, strict=True) if s.is_term]
    return [
        f"{len(leaking)} of {len(naming)}",
        f"{sum(h for _, h in people) / max(len(people), 1):.1%}",
        f"{others[True] / max(others.total(), 1):.1%}",
        f"{sum(terms) / max(len(terms), 1):.1%}",
    ]


def main() -> None:
    """Learn, or check what is learned."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="judge each fifth by the others, on screen only")
    given = options.parse_args()
    some = samples(texts())
    if given.check:
        check(some, Console())
        return
    weights = learn(some)
    numbers = weights._asdict()
    names = numbers.pop("names")
    kept: dict[str, Any] = {name: np.asarray(value, np.float16) for name, value in numbers.items()}
    np.savez_compressed(WEIGHTS, names=np.array(names), **kept)


if __name__ == "__main__":
    main()
