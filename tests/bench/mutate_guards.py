"""Breaks what guards in every way that tests/bench/mutating.py knows; a test must tell: `make mutate-guards`.

    python -m tests.bench.mutate_guards [MODULE …] [--most N] [--seed N] [--fresh] [--known] [--only-survivors] …

What each module's tests are stands in `GUARDS`. Of a module with more mutants than `--most`, so many are drawn, by the
seed. Mutants are written into a copy of the tree (`mutants-guards/`), so that processes that tests start are broken
too. What was told already is kept there until the module changes, and survivors are asked again; so it can be
stopped at any time. `--fresh` forgets it all.
"""

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.equivalent import EQUIVALENT
from tests.bench.forking import Run, Runner, copy_tree
from tests.bench.mutating import Mutant, mutants

ENOUGH = 0.9
"""The part of the mutants that must be told."""
MOST, SEED = 40, 13
SLOW_S, TIMES_SLOWER = 30.0, 5
"""A mutant that takes so much longer than the tests do by themselves hangs, which is told too."""

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "mutants-guards"
"""Where the copy of the tree stands, and what was told; two runs at once each need their own."""

GUARDS: Mapping[str, Sequence[str]] = {
    "privacy/last_look": (
        "unit/privacy/test_last_look",
        "unit/privacy/test_cleared",
        "unit/privacy/test_listed",
        "unit/privacy/test_redact",
    ),
    "server/http": ("unit/server/test_http",),
    "labelstudio/fetch/data": ("unit/labelstudio/fetch/test_fetching", "unit/labelstudio/fetch/test_data"),
    "labelstudio/fetch/places": ("unit/labelstudio/fetch/test_places", "unit/labelstudio/fetch/test_data"),
    "labelstudio/fetch/dialing": ("unit/labelstudio/fetch/test_dialing", "unit/labelstudio/fetch/test_data"),
    "labelstudio/fetch/account": ("unit/labelstudio/fetch/test_account", "unit/labelstudio/fetch/test_data"),
    "model/clients": ("unit/model/test_clients",),
    "server/connections": ("unit/server/test_connections",),
    "privacy/redact": ("unit/privacy/test_cleared", "unit/privacy/test_redact", "unit/privacy/test_listed"),
    "model/senders": ("unit/model/test_senders",),
    "model/failures": ("unit/model/test_failures",),
    "model/answer/foreign": (
        "unit/model/answer/test_foreign",
        "unit/model/answer/test_streams",
        "unit/model/test_clients",
    ),
    "model/complaints": ("unit/model/test_complaints",),
    "model/answer/streams": ("unit/model/answer/test_streams",),
    "system/shared_places": ("unit/system/test_shared_places",),
    "review/spool": ("unit/review/test_spool",),
    "model/adapting": ("unit/model/test_adapting",),
    "model/retries": ("unit/model/test_retries",),
    "model/breaker": ("unit/model/test_breaker",),
    "model/throttle": ("unit/model/test_throttle",),
    "server/bodies": ("unit/server/test_bodies",),
    "labelstudio/xml/sizing": ("unit/labelstudio/xml/test_sizing",),
}
"""The modules of `backend`, each with the files that test it, the quick ones first."""


@dataclass(slots=True)
class Score:
    """What became of a module's mutants.

    Attributes:
        every: how many there are.
        ends: how each that was drawn ended.
        equivalent: those among them that do as the module does.
    """

    module: str
    every: int
    ends: dict[str, str] = field(default_factory=dict)
    equivalent: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)

    @property
    def told(self) -> int:
        """How many a test told."""
        return len(self.ends) - len(self.survived)

    @property
    def share(self) -> float:
        """Which part that is."""
        return self.told / max(len(self.ends), 1)

    def line(self) -> str:
        """Say it in a line."""
        hung = sum(end == "hung" for end in self.ends.values())
        return (
            f"{self.module:12} {self.every:5} {len(self.ends):6} {self.told:5} {self.share:7.1%}"
            f" {hung:5} {len(self.equivalent):10}"
        )


HEAD = "module       every  asked  told   share  hung  equivalent"


class Memory:
    """How mutants ended, kept in a file.

    Args:
        file: its path.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._known: dict[str, str] = dict(map(json.loads, lines))

    def end(self, module: str, mutant: Mutant) -> str | None:
        """Return how a mutant ended, "" for by no test; None if it was not asked."""
        return self._known.get(self._key(module, mutant))

    def keep(self, module: str, mutant: Mutant, end: str) -> None:
        """Keep how a mutant ended."""
        key = self._key(module, mutant)
        self._known[key] = end
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, end]) + "\n")

    @staticmethod
    def _key(module: str, mutant: Mutant) -> str:
        return f"{module} {hashlib.sha256(mutant.source.encode()).hexdigest()[:16]}"


def drawn(module: str, every: Sequence[Mutant], most: int, seed: int) -> list[Mutant]:
    """Return the mutants that are asked, in their order; none of them equivalent."""
    left = [mutant for mutant in every if (module, mutant.name) not in EQUIVALENT]
    if len(left) <= most:
        return left
    # By their names and not their places, so that a change elsewhere in the file draws the same ones.
    lots = {id(mutant): random.Random(f"{seed} {mutant.name}").random() for mutant in left}
    chosen = sorted(left, key=lambda mutant: lots[id(mutant)])[:most]
    return sorted(chosen, key=lambda mutant: mutant.line)


def judge(module: str, memory: Memory, options: argparse.Namespace) -> Score:
    """Have a module's tests judge its mutants.

    Raises:
        ValueError: they fail though nothing is broken, so that they could tell nothing.
    """
    source = (ROOT / "backend" / f"{module}.py").read_text(encoding="utf-8")
    every = list(mutants(source))
    score = Score(module, len(every))
    score.equivalent = [m.name for m in every if (module, m.name) in EQUIVALENT]
    chosen = drawn(module, every, options.most, options.seed)
    asked = [mutant for mutant in chosen if not memory.end(module, mutant)]
    if options.known:
        asked = []
    if options.only_survivors:
        asked = [mutant for mutant in asked if memory.end(module, mutant) is not None]
    for mutant, run in _runs(module, source, asked, options.folder):
        memory.keep(module, mutant, run.teller)
        sys.stderr.write(f"  {module}.py:{mutant.line} {mutant.name}: {run.teller or 'SURVIVED'} {run.seconds:.1f} s\n")
    for mutant in chosen:
        end = memory.end(module, mutant)
        if end is not None:
            score.ends[mutant.name] = end
        if end == "":
            score.survived.append(f"backend/{module}.py:{mutant.line}: {mutant.name}")
    return score


def _runs(module: str, source: str, asked: Sequence[Mutant], folder: Path) -> Iterator[tuple[Mutant, Run]]:
    if not asked:
        return
    tests = [f"tests/{name}.py" for name in GUARDS[module] if (ROOT / "tests" / f"{name}.py").exists()]
    runner = Runner(folder / "tree", f"backend/{module}.py", tests)
    whole = runner.prepare(source)
    if whole.teller:
        raise ValueError(f"{module}: {whole.teller} fails though nothing is broken:\n{whole.output[-3000:]}")
    sys.stderr.write(f"{module}: {len(asked)} mutants, {whole.seconds:.1f} s each if none is told\n")
    for mutant in asked:
        yield mutant, runner.run(mutant.source, SLOW_S + TIMES_SLOWER * whole.seconds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", choices=[*GUARDS, []], help="all by default")
    parser.add_argument("--most", type=int, default=MOST, help="mutants of a module that are asked")
    parser.add_argument("--seed", type=int, default=SEED, help="draws them")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for the copy of the tree, and what was told")
    parser.add_argument("--fresh", action="store_true", help="forget what was told before")
    parser.add_argument("--known", action="store_true", help="ask none; say what is known of those that were asked")
    parser.add_argument("--only-survivors", action="store_true", help="ask again those alone that no test told before")
    return parser.parse_args()


def main() -> None:
    """Print the scores and the survivors; exits with 1 if too few are told of any module."""
    options, began = _options(), time.monotonic()
    options.folder.mkdir(exist_ok=True)
    memory_file = options.folder / "ends.jsonl"
    if options.fresh:
        memory_file.unlink(missing_ok=True)
    copy_tree(ROOT, options.folder / "tree")
    memory = Memory(memory_file)
    scores = [judge(module, memory, options) for module in options.modules or GUARDS]
    survivors = [line for score in scores for line in score.survived]
    told, asked = sum(score.told for score in scores), sum(len(score.ends) for score in scores)
    summary = f"{told} of {asked} mutants told ({told / max(asked, 1):.1%}); of each module {ENOUGH:.0%} must be"
    lines = [*survivors, HEAD, *(score.line() for score in scores), summary, f"{time.monotonic() - began:.0f} s"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(any(score.share < ENOUGH for score in scores))


if __name__ == "__main__":
    main()
