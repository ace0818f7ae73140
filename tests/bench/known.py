"""Labels by detection, by the embedded model, and by both, on tests/data/clinical.json.

python -m tests.bench.known              Person by detection alone, on the reporting half: no model is asked
python -m tests.bench.known --tuning     the same on the tuning half, with what is wrong
python -m tests.bench.known --notes 10   also the model alone, and both, on the first notes of the half

It may be stopped at any time: the model's answers are kept in .cache/known/replies.json by what was asked.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.progress import track
from rich.table import Table

from backend.engine.engine import Engine
from backend.labelstudio import types
from backend.labelstudio.types import Prediction
from backend.model.embedded.file import DEFAULT
from backend.model.embedded.models import EmbeddedModels
from backend.policy import Policy
from backend.system.writing import JSON
from tests.bench.label_replies import Replies, keeping_engine
from tests.bench.label_scores import Found, exact, total
from tests.child import ROOT

DATA = ROOT / "tests" / "data" / "clinical.json"
CACHE = ROOT / ".cache" / "known" / "replies.json"
LABELS = ("Person", "Drug", "Dose", "Condition")
WAYS: dict[str, tuple[tuple[str, ...], str]] = {
    "detection alone": (LABELS[:1], "on"),
    "the model alone": (LABELS, "off"),
    "both": (LABELS, "on"),
}
"""By name, the labels that are asked for, and the policy's `known_labels`."""


@dataclass(frozen=True, slots=True)
class Note:
    """A clinical note with its labels."""

    text: str = field(repr=False)
    wanted: Found
    half: str


def read_notes(half: str) -> list[Note]:
    """Read the notes of a half: `tuning` or `reporting`."""
    notes = json.loads(DATA.read_text(encoding="utf-8"))
    found = [(note, ((s["start"], s["end"], s["entity_type"].title()) for s in note["spans"])) for note in notes]
    return [Note(note["text"], frozenset(spans), half) for note, spans in found if note["half"] == half]


def config(labels: Sequence[str]) -> str:
    """Return a label config with some labels."""
    offered = "".join(f'<Label value="{label}"/>' for label in labels)
    return f'<View><Labels name="ner" toName="text">{offered}</Labels><Text name="text" value="$text"/></View>'


def write_policy(folder: Path) -> Policy:
    """Write a policy with a rule for each way."""
    provider = {"kind": "embedded", "model": DEFAULT, "external": False, "max_tokens": 512, "timeout_s": 600}
    rules: list[dict[str, Any]] = [
        {"name": way, "match": {"path": way.replace(" ", "-")}, "providers": ["embedded"], "known_labels": known}
        for way, (_, known) in WAYS.items()
    ]
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "providers": {"embedded": provider}, "rules": rules}))
    return Policy.load(file)


def ask(notes: Sequence[Note], ways: Sequence[str]) -> dict[str, list[Found]]:
    """Have notes labelled in some ways; the model is run where one of them needs it."""
    replies = Replies(CACHE, ("known",))
    try:
        with tempfile.TemporaryDirectory() as folder, EmbeddedModels() as models:
            policy = write_policy(Path(folder))
            if ways != ["detection alone"]:
                models.run(policy.providers)
            return asyncio.run(_all(keeping_engine(policy, Path(folder), models, replies), notes, ways))
    finally:
        replies.save()


async def _all(engine: Engine, notes: Sequence[Note], ways: Sequence[str]) -> dict[str, list[Found]]:
    found: dict[str, list[Found]] = {way: [] for way in ways}
    try:
        for note in track(notes, console=Console(stderr=True)):
            for way in ways:
                job = engine.job(config(WAYS[way][0]), "1", way.replace(" ", "-"))
                (outcome,) = await engine.predict(job, [types.Task({"text": note.text})])
                if not isinstance(outcome, Prediction):
                    sys.stderr.write(f"{way}: {outcome.code}: {outcome.reason}\n")
                results = outcome.result if isinstance(outcome, Prediction) else ()
                found[way].append(frozenset(map(_label, results)))
    finally:
        await engine.aclose()
    return found


def _label(result: JSON) -> tuple[int, int, str]:
    value = result["value"]
    (label,) = value["labels"]
    return value["start"], value["end"], label


def table(notes: Sequence[Note], found: dict[str, list[Found]]) -> Table:
    """Return the exact F1 of each label in each way."""
    made = Table("label", *found, title=f"Exact F1 on {len(notes)} notes, in brackets found / right / wanted")
    for label in LABELS:
        cells = []
        for way, own in found.items():
            if label not in WAYS[way][0]:
                cells.append("-")
                continue
            pairs = [(_of(each, label), _of(note.wanted, label)) for note, each in zip(notes, own, strict=True)]
            counts = (sum(map(len, part)) for part in zip(*((a, a & b, b) for a, b in pairs), strict=True))
            share = total(exact(a, b) for a, b in pairs).value
            cells.append(f"{share:.3f} ({' / '.join(map(str, counts))})")
        made.add_row(label, *cells)
    return made


def _of(found: Found, label: str) -> Found:
    return frozenset(each for each in found if each[2] == label)


def show_wrong(notes: Sequence[Note], found: Sequence[Found], console: Console) -> None:
    """Print where detection and the notes differ, of notes for tuning."""
    for note, own in zip(notes, found, strict=True):
        wanted = _of(note.wanted, "Person")
        for kind, places in (("needless", own - wanted), ("missed", wanted - own)):
            for start, end, _ in sorted(places):
                console.print(f"{kind}: {note.text[start:end]!r} in {note.text[max(start - 20, 0) : end + 20]!r}")


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--tuning", action="store_true", help="the tuning half, with what is wrong")
    options.add_argument("--notes", type=int, default=0, help="so many notes by the embedded model too")
    given = options.parse_args()
    notes = read_notes("tuning" if given.tuning else "reporting")
    console = Console(width=120)
    found = ask(notes, ["detection alone"])
    if given.tuning:
        show_wrong(notes, found["detection alone"], console)
    console.print(table(notes, found))
    if given.notes:
        console.print(table(notes[: given.notes], ask(notes[: given.notes], list(WAYS))))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
