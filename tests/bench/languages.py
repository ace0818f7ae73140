"""Languages without a tagger: what leaks by patterns alone, and with the embedded model as guard, by language.

python -m tests.bench.languages                 the reporting half, and docs/measured/languages.md
python -m tests.bench.languages --texts 8       the guard on so many texts of each language
python -m tests.bench.languages --tuning        the tuning half, on screen only
python -m tests.bench.languages --seconds 300   stops after the text at which so many seconds are over

It may be stopped at any time: what was found is kept by the texts' hashes, until the detector's sources or the guard's
prompt change.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend.cli.bounds import percent
from backend.cli.privacy import REFUSED
from backend.engine.previews.texts import RuleRedactor
from backend.errors import LabelguardError
from backend.evaluate import Annotated, Figures, Mark, is_direct, joined_marks, measure, read_annotated
from backend.labelstudio.types import Task
from backend.model.embedded.file import DEFAULT
from backend.policy import Policy
from backend.settings import variable
from tests.bench.privacy import CACHE, DATA, NOT_PERSONAL, sources_digest, text_key
from tests.child import ROOT

SET = "world.json"
REPORT = ROOT / "docs" / "measured" / "languages.md"
STEP = 4
"""Texts that stand side by side in the file are of one place."""
KEPT = CACHE / "languages.json"
PROMPT = ROOT / "prompts" / "guard.jinja"
ALONE, GUARDED = "patterns alone", "with the guard"
DETECTION = {ALONE: {"unknown_language": "patterns"}, GUARDED: {"model": "embedded"}}
"""By system, the policy's `detection`. The guard's texts are refused where it fails."""
LANGUAGES = {
    "de": "German",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "tr": "Turkish",
    "zh": "Chinese",
}


@dataclass(slots=True)
class Run:
    """What was found, in a file that a later run reads: by system and text, the marks and the seconds."""

    digest: str
    found: dict[str, dict[str, tuple[list[Mark], float]]]

    @classmethod
    def load(cls) -> "Run":
        """Read what an earlier run found, if all that decides is still the same."""
        digest = sha256((sources_digest("languages") + PROMPT.read_text(encoding="utf-8")).encode()).hexdigest()
        run = cls(digest, {name: {} for name in DETECTION})
        try:
            kept = json.loads(KEPT.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return run
        if kept["digest"] == digest:
            for name, texts in kept["found"].items():
                run.found[name] = {key: ([Mark(*mark) for mark in marks], s) for key, (marks, s) in texts.items()}
        return run

    def save(self) -> None:
        """Write it, so that a run that is stopped meanwhile spoils nothing."""
        CACHE.mkdir(parents=True, exist_ok=True)
        new = KEPT.with_suffix(".new")
        new.write_text(json.dumps({"digest": self.digest, "found": self.found}), encoding="utf-8")
        new.replace(KEPT)


def chosen(documents: Sequence[Annotated], half: str) -> list[Annotated]:
    """Return a half's texts: of each language one after the other, and those of a place far from each other."""
    by_language = [[d for d in documents if d.group == code and d.half == half] for code in LANGUAGES]
    spread = [[own[place] for first in range(STEP) for place in range(first, len(own), STEP)] for own in by_language]
    return [own[turn] for turn in range(max(map(len, spread))) for own in spread if turn < len(own)]


def loaded(detection: dict[str, str], stack: ExitStack) -> Callable[[str], list[Mark]]:
    """Load what redacts by a policy's detection; what is refused counts as redacted as a whole."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    embedded = {"kind": "embedded", "model": DEFAULT, "external": False, "concurrency": 1, "max_tokens": 512}
    rule = {"name": "all", "match": "everything", "providers": ["embedded"], "detection": detection}
    said = {"version": 1, "providers": {"embedded": {**embedded, "timeout_s": 600}}, "rules": [rule]}
    (folder / "policy.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")
    ruled = RuleRedactor(Policy.load(folder / "policy.yaml"), "", "", "")
    stack.callback(ruled.close)
    return partial(marks_of, ruled)


def marks_of(ruled: RuleRedactor, text: str) -> list[Mark]:
    """Return what is replaced in a text."""
    try:
        placeholders = ruled.redact({"text": text}, Task({"text": text}))["text"].placeholders
    except LabelguardError:
        return [Mark(0, len(text), REFUSED)]
    return joined_marks([Mark(p.source_start, p.source_end, p.entity_type) for p in placeholders])


def find(run: Run, documents: Sequence[Annotated], most: int, seconds: float, progress: Progress) -> None:
    """Find what is not known yet, by each system; by the guard in the first texts of each language alone."""
    end, few = time.monotonic() + seconds, documents[: most * len(LANGUAGES)]
    for name, wanted in ((ALONE, few), (GUARDED, few), (ALONE, documents)):
        known = run.found[name]
        missing = [d.text for d in wanted if text_key(d.text) not in known]
        bar = progress.add_task(name, total=len(wanted), completed=len(wanted) - len(missing))
        with ExitStack() as stack:
            look = loaded(DETECTION[name], stack) if missing else None
            for text in missing:
                if look is None or time.monotonic() > end:
                    return
                started = time.monotonic()
                marks = look(text)
                known[text_key(text)] = marks, round(time.monotonic() - started, 3)
                run.save()
                progress.advance(bar)


def rows(run: Run, documents: Sequence[Annotated], systems: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each language, and one for all: of the texts alone that all of some systems have seen."""
    done = [d for d in documents if all(text_key(d.text) in run.found[name] for name in systems)]
    for code in (*LANGUAGES, ""):
        own = [d for d in done if code in ("", d.group)]
        if own:
            yield (LANGUAGES.get(code, "all"), str(len(own)), *_cells(run, own, systems))


def _cells(run: Run, documents: Sequence[Annotated], systems: Sequence[str]) -> Iterator[str]:
    found = {name: [run.found[name][text_key(d.text)] for d in documents] for name in systems}
    figures = {name: _figures(documents, [marks for marks, _ in own]) for name, own in found.items()}
    yield str(figures[systems[0]].wanted.documents)
    yield from (f"{figures[name].wanted.leaking} ({percent(figures[name].wanted.leak)})" for name in systems)
    yield from (percent(figures[name].over_redaction) for name in systems)
    yield from (f"{statistics.median(seconds for _, seconds in found[name]):.1f}" for name in systems)
    yield str(sum(any(mark.entity_type == REFUSED for mark in marks) for marks, _ in found[systems[-1]]))


def _figures(documents: Sequence[Annotated], marks: Sequence[Sequence[Mark]]) -> Figures:
    return measure(documents, marks, wanted=is_direct, personal=lambda kind: kind not in NOT_PERSONAL)


def columns(systems: Sequence[str]) -> tuple[str, ...]:
    """Return what stands above the rows."""
    measures = [f"{what}, {name}" for what in ("leaking", "needless", "seconds a text") for name in systems]
    return ("language", "texts", "with direct identifiers", *measures, "refused")


ABOUT = """# Languages without a tagger

Written by `make bench-languages`: texts of the reporting half of `tests/data/world.json`, by the rule's `detection`
`{unknown_language: patterns}` (what has a form, capitalized words, Rampart), and by `{model: embedded}`, which adds
what the embedded model lists. A text leaks if a letter or digit of a direct identifier (a name, a contact, an
address, a number, a secret) stays; needless is the share of all other letters and digits that is replaced. Where no
list of the model can be relied on the text is refused: then it leaks nothing, and counts as replaced whole. Seconds
are medians on one thread of a machine that was busy with other things.

"""


def report(run: Run, documents: Sequence[Annotated]) -> str:
    """Write the page."""
    both, alone = (_table(run, documents, systems) for systems in ((ALONE, GUARDED), (ALONE,)))
    return f"{ABOUT}{both}\nBy patterns alone, on all texts that were measured:\n\n{alone}"


def _table(run: Run, documents: Sequence[Annotated], systems: Sequence[str]) -> str:
    head = columns(systems)
    lines = [head, ("---", *["--:"] * (len(head) - 1)), *rows(run, documents, systems)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Measure, print the table, and write it into the docs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--texts", type=int, default=50, help="of each language for the guard")
    options.add_argument("--tuning", action="store_true", help="the tuning half")
    options.add_argument("--seconds", type=float, default=float("inf"), help="after which no text is begun")
    options.add_argument("--data", type=Path, default=DATA / SET, help="the annotated texts")
    given = options.parse_args()
    half = "tuning" if given.tuning else "reporting"
    documents = chosen(read_annotated(given.data).documents, half)
    run = Run.load()
    with tempfile.TemporaryDirectory() as state, Progress(console=Console(stderr=True)) as progress:
        os.environ[variable("state_url")] = f"sqlite:///{state}/state.db"
        find(run, documents, given.texts, given.seconds, progress)
    table = Table(*columns((ALONE, GUARDED)), box=None)
    for row in rows(run, documents, (ALONE, GUARDED)):
        table.add_row(*row)
    Console(width=200).print(table)
    if not given.tuning:
        REPORT.write_text(report(run, documents), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on from here")
