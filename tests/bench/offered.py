"""Is the right label among those that are offered, of 300? `make bench-offered`; no model is asked.

python -m tests.bench.offered [--labels 300] [--asked 600]

Two sets that are there with what is installed, both split by hashes, the same at each run:

- rules: the label is the name of one of ruff's rules, such as `unused-import`, without a hint; the text is a sentence
  of what ruff explains of it, without the first one and without code (`ruff rule --all`).
- modules: the label is a module of Python's standard library, such as `http.client`, with the first line of what it
  says of itself as its hint; the text is what one of its functions or classes says of itself, without its name.

Of each label one text in three is asked, two at most, and up to five of the others are annotated; no annotated text is
asked. Told is in how many of a hundred texts the right label is offered, and how many are by chance.
"""

import argparse
import ast
import hashlib
import json
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from backend.review.entries import KeptAnnotation, Review, ReviewedProject, ReviewEntries
from backend.review.reviews import Reviews
from backend.review.similar.library import ComparedTask, Library
from backend.review.similar.likeliest import LabelNames, likeliest
from backend.review.similar.shelf import LabelUse
from backend.review.similar.words import label_hash
from backend.review.tables import PART
from backend.store import open_store, writing

OFFERED, ANNOTATED = (10, 20, 40, 80), (0, 1, 5)
FIELDS = frozenset({"text"})
EXPIRES = 4_000_000_000
LEAST_WORDS, LEAST_TEXTS = 6, 3
_CODE = re.compile(r"```.*?```", re.DOTALL)
_DULL = re.compile(r"^## (?:Fix safety|Fix availability|Options|References).*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Labeled:
    """A label with the texts that have it.

    Attributes:
        hint: "" if it has none.
        asked, annotated: texts, in an order of chance.
    """

    name: str
    hint: str
    asked: Sequence[str] = field(repr=False)
    annotated: Sequence[str] = field(repr=False)

    @classmethod
    def of(cls, name: str, hint: str, texts: Sequence[str]) -> "Labeled":
        """Split a label's texts."""
        drawn = sorted(texts, key=_chance)
        asked = min(max(len(drawn) // 3, 1), 2)
        return cls(name, hint, drawn[:asked], drawn[asked : asked + max(ANNOTATED)])


def _chance(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def rules() -> dict[str, tuple[str, list[str]]]:
    """Return ruff's rules: by the name of each its hint, which it has not, and its texts."""
    ruff = Path(sys.executable).with_name("ruff")
    said = subprocess.run([ruff, "rule", "--all", "--output-format", "json"], check=True, capture_output=True).stdout
    return {rule["name"]: ("", list(_sentences(rule["explanation"]))[1:]) for rule in json.loads(said)}


def _sentences(explanation: str) -> Iterator[str]:
    text = re.sub(r"^#.*$", "\n", _DULL.sub("", _CODE.sub(" ", explanation)), flags=re.MULTILINE)
    for part in re.split(r"\n\s*\n", text):
        plain = " ".join(re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?", r"\1", part).replace("`", "").split())
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", plain):
            if len(sentence.split()) >= LEAST_WORDS and sentence.endswith("."):
                yield sentence


def modules() -> dict[str, tuple[str, list[str]]]:
    """Return the standard library's modules: by the name of each its hint and its texts."""
    folder, found = Path(sysconfig.get_paths()["stdlib"]), {}
    for file in sorted(folder.rglob("*.py")):
        place = file.relative_to(folder)
        if {"test", "tests", "idle_test", "site-packages", "lib2to3", "__main__.py"} & set(place.parts):
            continue
        try:
            tree = ast.parse(file.read_bytes())
        except (SyntaxError, ValueError):
            continue
        name = ".".join(place.with_suffix("").parts).removesuffix(".__init__")
        hint = (ast.get_docstring(tree) or "").partition("\n")[0]
        found[name] = hint, list(dict.fromkeys(_docstrings(tree)))
    return found


def _docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            said = " ".join((ast.get_docstring(node) or "").partition("\n\n")[0].split())
            if len(said.split()) >= LEAST_WORDS:
                yield said


def labeled(texts: Mapping[str, tuple[str, list[str]]], most: int) -> list[Labeled]:
    """Return the labels of which there are most texts, no text of which is another's too, in an order of chance."""
    owners: dict[str, set[str]] = {}
    for name, (_, own) in texts.items():
        for text in own:
            owners.setdefault(text, set()).add(name)
    sole = {name: (hint, [t for t in own if len(owners[t]) == 1]) for name, (hint, own) in texts.items()}
    names = sorted(sole, key=lambda name: (-min(len(sole[name][1]), LEAST_TEXTS + max(ANNOTATED)), _chance(name)))
    found = [Labeled.of(name, *sole[name]) for name in names[:most] if len(sole[name][1]) >= LEAST_TEXTS]
    return sorted(found, key=lambda label: _chance(label.name))


def annotate(reviews: Reviews, project: int, labels: Sequence[Labeled], each: int) -> float:
    """Write annotations down, as webhooks do; returns how many there are of a label."""
    found = [(label.name, text) for label in labels for text in label.annotated[:each]]
    with writing(reviews.store, PART) as connection:
        reviews.remember(connection, ReviewedProject(project, "<View/>"))
        for number, (name, text) in enumerate(found, 10**6):
            region = {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": [name]}}
            kept = KeptAnnotation([region], {"text": text}, "a", [], is_clean=True)
            review = Review(project, number, number, "v", "unknown", 1.0, 1.0, expires=EXPIRES, kept=kept)
            reviews.write(connection, [review])
    return len(found) / len(labels)


def recall(library: Library, project: int, labels: Sequence[Labeled], most: int) -> tuple[dict[int, float], float]:
    """Return, by how many are offered, in how many of a hundred texts the right label is; and ms that a text takes."""
    names = LabelNames((label.name, label.hint) for label in labels)
    asked = [(place, text) for place, label in enumerate(labels) for text in label.asked]
    asked = sorted(asked, key=lambda pair: _chance(pair[1]))[:most]
    hits = dict.fromkeys(OFFERED, 0)
    library.uses(ComparedTask(project, "", "", {}, FIELDS), [])  # the first time all annotations are read
    begun = time.thread_time()
    for place, text in asked:
        found = library.uses(ComparedTask(project, "", "", {"text": text}, FIELDS), [text])
        uses = [found.get(label_hash("label", label.name), LabelUse()) for label in labels]
        named = names.scores([text]).tolist()
        for count in OFFERED:
            hits[count] += place in likeliest(uses, named, count)
    took = (time.thread_time() - begun) * 1000 / len(asked)
    return {count: 100 * hit / len(asked) for count, hit in hits.items()}, took


def main() -> None:
    """Measure, and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--labels", type=int, default=300)
    options.add_argument("--asked", type=int, default=600, help="texts of a set at most")
    given: Any = options.parse_args()
    table = Table("set", "labels", "annotated, of each", *(f"of {count}" for count in OFFERED), "ms a text")
    with tempfile.TemporaryDirectory() as folder:
        reviews = Reviews(open_store(f"sqlite:///{Path(folder) / 'state.db'}"), ReviewEntries(b"0" * 32))
        library = Library(lambda: reviews)
        for name, texts in (("rules", rules()), ("modules", modules())):
            labels = labeled(texts, given.labels)
            chance = (f"{100 * min(count / len(labels), 1):.0f}" for count in OFFERED)
            table.add_row(name, str(len(labels)), "by chance", *chance, "")
            for each in ANNOTATED:
                project = len(table.rows)
                average = annotate(reviews, project, labels, each)
                shares, took = recall(library, project, labels, given.asked)
                figures = (f"{shares[count]:.0f}" for count in OFFERED)
                table.add_row("", "", f"{each} ({average:.1f})", *figures, f"{took:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
