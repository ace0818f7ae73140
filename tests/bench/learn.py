"""Learns how much each piece of evidence on a word counts: `make learn` writes what judge and model were taught.

python -m tests.bench.learn            learns from the tuning halves of all English sets
python -m tests.bench.learn --check    on screen only: a fifth of the texts judged by what the others teach

A network with one layer between tells words of personal data (but ages and titles) from all others, people's three
times as often as the rest, by the evidence that several texts show and by what the Rampart model's last layer holds of
the word; the model is changed so that it holds more (`tests.bench.learn_network`).
The same texts give the same weights, up to their last digits.
"""

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from backend.evaluate import Annotated, Mark, read_annotated
from backend.privacy.detect import Detector
from backend.privacy.detect.fast.bert import BertWeights
from backend.privacy.detect.judging import Judge, JudgeWeights, Word
from backend.privacy.detect.judging import judge as judging
from backend.privacy.detect.judging.evidence import evidence
from backend.privacy.detect.judging.words import Repeats, split_words
from backend.privacy.detect.rampart import CHANGES, TYPES, RampartRecognizer, read_model, windows
from backend.privacy.detect.vocabulary.cyrillic import readable
from backend.privacy.text.normalize import normalize
from backend.privacy.types import Detection, Scan
from tests.bench import learn_network as network
from tests.bench import make_sets
from tests.bench.learn_report import PEOPLE, Sample, report
from tests.bench.privacy import DATA, NOT_PERSONAL
from tests.child import ROOT

WEIGHTS = ROOT / "backend" / "privacy" / "detect" / "judging" / "weights.npz"
SETS = {
    "mixed.json": 3_000,
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
FOLDS = 5
OTHERS = ("french.json", "world.json", "russian_texts.json", "russian_names.json", "bypasses.json", "structured.json")
"""Files of texts that are not judged, in which the model's labels are to stay where they were."""
OF_EACH = 250
"""Of those texts."""
PLACES = frozenset({"LOCATION", "STREET_ADDRESS", "ZIP_CODE", "GPE"})
KINDS = {**dict.fromkeys(PEOPLE, 1), **dict.fromkeys(PLACES, 2), "ORGANIZATION": 3, "DATE_TIME": 4, "NRP": 5}
"""What the helper tells apart: 0 is no personal data, 6 any other."""
EACH_AMONG = 3
"""Of so many texts one teaches once more, by a sentence of it that stands among many of others."""
AMONG = "among others"
"""The kind of such texts."""
BLAND_LENGTH = (20, 120)
"""Letters at least and at most of a sentence that stands around."""
SAME = {"GPE": "LOCATION"}
"""Types that the model has by another name."""
_SENTENCE = re.compile(r"\S(?:[^\n]*?[^\s.!?][.!?](?=\s|$)|[^\n]*\S)")
NODE, TENSOR = "/bert/encoder/layer.{}/{}", "bert.encoder.layer.{}.{}"
MATRICES = {
    "query": "attention/self/query",
    "key": "attention/self/key",
    "value": "attention/self/value",
    "attended": "attention/output/dense",
    "wide": "intermediate/dense",
    "out": "output/dense",
}
NORMS = {"middle": "attention.output.LayerNorm", "out.norm": "output.LayerNorm"}


@dataclass(slots=True)
class Lesson:
    """What is taught: words, and windows of the model with them or without any."""

    samples: list[Sample] = field(default_factory=list)
    windows: list[network.Window] = field(default_factory=list)


class Recorder(Judge):
    """Keeps what the judge is asked, and leaves everything as it is."""

    def __init__(self) -> None:
        none = np.zeros((0, 1), np.float32)
        super().__init__(JudgeWeights([], none, none, none[:, 0], none[:, 0], 0.0))
        self.asked: tuple[str, list[Detection], list[Detection]] = ("", [], [])

    def lean(self, vectors: Any) -> Any:
        """Lean nowhere."""
        return np.zeros((len(vectors), 1), np.float32)

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


def among(documents: Sequence[Annotated], random: Random) -> Iterator[tuple[Annotated, int]]:
    """Yield sentences among many that name nobody, often the same ones again, each with the number of its text.

    Taught without them, the model goes by what stands far around a word, and a name among much that is bland is lost.
    """
    cut = [list(sentences(document)) for document in documents]
    bland = [s.text for own in cut for s in own if not s.spans and BLAND_LENGTH[0] <= len(s.text) <= BLAND_LENGTH[1]]
    for number, own in enumerate(cut):
        if number % EACH_AMONG or not own or not bland:
            continue
        chosen = random.choice([s for s in own if s.spans] or own)
        said = random.sample(bland, min(len(bland), random.choice((1, 2, 3, 8))))
        before, after = (" ".join(random.choice(said) for _ in range(random.randrange(1, 9))) for _ in range(2))
        shift = len(before) + 1
        spans = tuple(Mark(m.start + shift, m.end + shift, m.entity_type) for m in chosen.spans)
        terms = tuple((start + shift, end + shift) for start, end in chosen.terms)
        yield Annotated(f"{before} {chosen.text} {after}", spans, "tuning", AMONG, terms), number


def sentences(document: Annotated) -> Iterator[Annotated]:
    """Yield a text's sentences, but for those that something marked goes beyond."""
    for match in _SENTENCE.finditer(document.text):
        start, end = match.span()
        touched = [m for m in document.spans if m.start < end and m.end > start]
        if all(start <= m.start and m.end <= end for m in touched):
            spans = tuple(Mark(m.start - start, m.end - start, m.entity_type) for m in touched)
            terms = tuple((a - start, b - start) for a, b in document.terms if start <= a and b <= end)
            yield Annotated(match[0], spans, document.half, document.group, terms)


def _annotated(document: make_sets.Document) -> Annotated:
    spans = [Mark(span["start"], span["end"], span["entity_type"]) for span in document["spans"]]
    terms = [(term["start"], term["end"]) for term in document["terms"]]
    return Annotated(document["text"], tuple(spans), document["half"], "", tuple(terms))


def lesson(named: Iterable[tuple[str, Sequence[Annotated]]]) -> Lesson:
    """Look at all words of texts, with the model as its makers left it."""
    with patch("backend.privacy.detect.rampart.read_changes", dict):
        detector, model, recorder = Detector(Scan(unknown_language="patterns")), RampartRecognizer(), Recorder()
        model.load()
    detector.judge = recorder
    made, begun = Lesson(), 0
    for name, documents in named:
        numbered = [*((document, number) for number, document in enumerate(documents)), *among(documents, Random(0))]
        for document, number in track(numbered, name):
            recorder.asked = ("", [], [])
            detector.detect(document.text)
            if recorder.asked[0] and is_in_place(document, recorder.asked[0]):  # in English
                _add(made, begun + number, document, recorder.asked, model)
        begun += len(documents)
    return made


def is_in_place(document: Annotated, text: str) -> bool:
    """Say whether what is marked stands at the same place in the text as the detector reads it."""
    normal = normalize(document.text)
    marks = ((mark.start, mark.end) for mark in document.spans)
    return len(text) == len(document.text) and all(normal.to_source(*mark) == mark for mark in marks)


def _add(
    made: Lesson,
    number: int,
    document: Annotated,
    asked: tuple[str, list[Detection], list[Detection]],
    model: RampartRecognizer,
) -> None:
    text, every, found = asked
    said, left = split_words(text, every), split_words(text, found)
    repeats = Repeats(said)
    rows: list[tuple[Word, int]] = []
    for place, word in enumerate(said):
        if not any(map(str.isalpha, word.text)):
            continue
        kinds = [m.entity_type for m in document.spans if m.start < word.end and m.end > word.start]
        claims = left[place].claims
        rows.append((word, len(made.samples)))
        made.samples.append(
            Sample(
                text=number,
                group=document.group,
                word=word,
                told=dict(evidence(text, said, place, repeats)),
                kind=next((kind for kind in kinds if kind not in NOT_PERSONAL), ""),
                is_term=any(start < word.end and end > word.start for start, end in document.terms),
                is_held=bool(claims),
                is_sure=any(not judging.is_judged(d) for d in claims),
                may_be_added=judging.may_be_added(text, word),
            )
        )
    made.windows += _windows(text, rows, model, document.spans)


def _windows(
    text: str, rows: Sequence[tuple[Word, int]], model: RampartRecognizer, marks: Sequence[Mark] | None = None
) -> Iterator[network.Window]:
    """Yield what the model reads of a text at once, with the words that nothing before it holds.

    Args:
        text: of any language.
        rows: its words, each with its row among all; none if it is not judged.
        model: that reads it.
        marks: all its personal data, None where those are not known.
    """
    left, kinds = list(rows), np.array([TYPES.get(label, "") for label in model.labels])
    for start, end in readable(text):
        ids, offsets = model.encode(text[start:end])
        for first, last, skip in windows(text[start:end], offsets):
            tokens = [(start + begin, start + close) for begin, close in offsets[first:last]]
            numbers = np.full(len(tokens) + 2, -1, np.int32)
            allowed = np.ones((len(tokens) + 2, len(kinds)), np.bool_)
            if marks is not None:
                allowed[1:-1] = [_allowed(token, marks, kinds) for token in tokens]
            own: list[int] = []
            for word, row in left:
                at = [i + 1 for i, (a, b) in enumerate(tokens) if i >= skip and a < word.end and b > word.start]
                if at:
                    numbers[at] = len(own)
                    own.append(row)
            left = [(word, row) for word, row in left if row not in own]
            read = model.window(ids[first:last]).astype(np.int32)
            yield network.Window(read, numbers, np.array(own, np.int64), allowed)


def _allowed(token: tuple[int, int], marks: Sequence[Mark], kinds: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Say which labels a token may have: what is marked one of its type, if there is one, all else none."""
    mark = next((mark for mark in marks if mark.start < token[1] and mark.end > token[0]), None)
    of_type: NDArray[np.bool_] = kinds == ("" if mark is None else SAME.get(mark.entity_type, mark.entity_type))
    return of_type if of_type.any() else np.ones(len(kinds), np.bool_)


def others() -> list[network.Window]:
    """Return windows of texts that are not judged."""
    model = RampartRecognizer()
    with patch("backend.privacy.detect.rampart.read_changes", dict):
        model.load()
    named = ([d for d in read_annotated(DATA / name).documents if d.half == "tuning"] for name in OTHERS)
    chosen = (d for documents in named for d in documents[:: max(1, len(documents) // OF_EACH)])
    return [window for document in chosen for window in _windows(document.text, (), model)]


def model() -> network.Model:
    """Return the model as its makers left it."""
    source, config = read_model()
    weights = BertWeights(source, {})
    parts = {"labels": weights.matrix("/classifier"), "labels.bias": weights.tensor("classifier.bias")}
    norms = {"embeddings": "bert.embeddings.LayerNorm"}
    for number in range(weights.layers):
        for name, path in MATRICES.items():
            parts[f"{number}.{name}"] = weights.matrix(NODE.format(number, path))
            parts[f"{number}.{name}.bias"] = weights.tensor(TENSOR.format(number, path.replace("/", ".")) + ".bias")
        norms |= {f"{number}.{name}": TENSOR.format(number, path) for name, path in NORMS.items()}
    for name, path in norms.items():
        parts |= {f"{name}.{part}": weights.tensor(f"{path}.{part}") for part in ("weight", "bias")}
    table = weights.table("bert.embeddings.word_embeddings")
    return network.Model(table, weights.places(), parts, weights.layers, config["num_attention_heads"])


def taught_words(some: Sequence[Sample], names: Sequence[str]) -> network.Words:
    """Return words as numbers."""
    column = {name: at for at, name in enumerate(names)}
    told = []
    for sample in some:
        pairs = [(column[name], much) for name, much in sample.told.items() if name in column]
        told.append((np.array([at for at, _ in pairs], np.int64), np.array([much for _, much in pairs], np.float32)))
    return network.Words(
        told,
        len(names),
        np.array([bool(sample.kind) for sample in some], np.float32),
        np.array([PERSON if sample.kind in PEOPLE else 1 for sample in some], np.float32),
        np.array([KINDS.get(sample.kind, 6) if sample.kind else 0 for sample in some], np.int32),
    )


def shown(some: Iterable[Sample]) -> list[str]:
    """Return the names of the evidence that enough texts show."""
    texts: dict[str, set[int]] = {}
    for sample in some:
        for name in sample.told:
            texts.setdefault(name, set()).add(sample.text)
    return sorted(name for name, own in texts.items() if len(own) >= LEAST)


def check(taught: Lesson, out: Console) -> None:
    """Judge a fifth of the texts by what the others teach, and print what leaks and what is lost."""
    texts = [sample.text * 7919 % 10_007 % FOLDS for sample in taught.samples]
    judged = [window for window in taught.windows if len(window.rows)]
    kept, own = ([w for w in judged if (texts[w.rows[0]] == 0) is at] for at in (False, True))
    own = [window for window in own if taught.samples[window.rows[0]].group != AMONG]
    names = shown(taught.samples[row] for window in kept for row in window.rows)
    of = taught_words(taught.samples, names)
    all_chances = network.chances(model(), of, own, network.teach(model(), of, kept, others()))
    rows = [row for window in own for row in window.rows]
    report([taught.samples[row] for row in rows], all_chances[rows], out)


def main() -> None:
    """Learn, or check what is learned."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--check", action="store_true", help="judge each fifth by the others, on screen only")
    given = options.parse_args()
    taught = lesson(texts())
    if given.check:
        check(taught, Console())
        return
    names = shown(taught.samples)
    judged = [window for window in taught.windows if len(window.rows)]
    of = taught_words(taught.samples, names)
    keep(names, network.teach(model(), of, judged, others()))


def keep(names: Sequence[str], learned: network.Tree) -> None:
    """Write what was learned, in 16 bits."""
    parts = ("told", "layers", "bias", "out", "always")
    head: dict[str, Any] = {part: np.asarray(learned["head"][part], np.float16) for part in parts}
    np.savez_compressed(WEIGHTS, names=np.array(names), **head)
    changes: dict[str, Any] = {}
    for name, pair in learned["changes"].items():
        number, _, part = name.partition(".")
        path = "classifier" if name == "labels" else NODE.format(number, MATRICES[part])[1:]
        changes |= {f"{path}.{way}": np.asarray(m, np.float16) for way, m in zip(("down", "up"), pair, strict=True)}
    np.savez_compressed(CHANGES, **changes)


if __name__ == "__main__":
    main()
