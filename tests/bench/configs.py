"""Example configs of Label Studio and of other backends: each planned and answered, or refused with the reason.

python -m tests.bench.configs [NAME=CHECKOUT …]    the table in docs/measured/configs.md
python -m tests.bench.configs --only WORD …        what holds WORD in its source, on screen only

Without checkouts: the gallery of the installed Label Studio, and tests/fixtures/peers. A checkout is a git repository,
whose newest commit is searched for configs: in Markdown, in XML, in comments and strings of its code; or a plain
folder, whose file SOURCE says in one line what it holds. The configs stay there: the table has their places and what
came of them.
"""

import argparse
import asyncio
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from backend.engine.engine import Engine
from backend.errors import LabelguardError
from backend.labelstudio.config import build_plan
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.types import Plan, Prediction, Task
from tests.bench.gallery import templates
from tests.child import ROOT
from tests.fitting import TEXT, fitting_answer_to, fitting_data
from tests.parts import HANDLERS, build_engine, provider, write_policy
from tests.peers import peers
from tests.seams.providers import Vendor, http
from tests.standin import StandIn

PAGE = ROOT / "docs" / "measured" / "configs.md"
SUFFIXES = (".md", ".xml", ".js", ".jsx", ".ts", ".tsx", ".py", ".yml", ".html")
OUTCOMES = ("predicted", "refused", "failed")
_VIEW = re.compile(r"""<(/?)View\b(?:[^<>"'/]|/(?!>)|"[^"]*"|'[^']*')*(/?)>""")
_STAR = re.compile(r"^[ \t]*\*(?: |$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """A label config as it is shown somewhere.

    Attributes:
        source: whose, and in which file.
        number: of this config in the file.
    """

    source: str
    number: int
    config: str


@dataclass(frozen=True, slots=True)
class Row:
    """What became of an example: `predicted`, or `refused` before any task, or `failed` with one that fits."""

    example: Example
    outcome: str
    asked: tuple[str, ...] = ()
    why: str = ""


def configs_in(text: str) -> Iterator[str]:
    """Yield the outermost Views of a text; what has no end is none."""
    depth = start = 0
    for tag in _VIEW.finditer(text):
        if tag[2]:
            continue
        if not tag[1]:
            start = start if depth else tag.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield text[start : tag.end()]


def of_checkout(name: str, checkout: Path) -> Iterator[Example]:
    """Yield the configs of a plain folder, or those that a repository's newest commit holds, each once."""
    seen: set[str] = set()
    for path, text in _folder(checkout) if _is_plain(checkout) else _commit(checkout):
        for number, config in enumerate(configs_in(_STAR.sub("", text)), 1):
            if (key := " ".join(config.split())) not in seen:
                seen.add(key)
                yield Example(f"{name}: {path}", number, config)


def what(checkout: Path) -> str:
    """Say which version of a source was read."""
    if _is_plain(checkout):
        return (checkout / "SOURCE").read_text(encoding="utf-8").strip()
    return f"commit {_git(checkout, 'rev-parse', 'HEAD').strip()}"


def _is_plain(checkout: Path) -> bool:
    return (checkout / "SOURCE").is_file()


def _folder(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES:
            yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")


def _commit(checkout: Path) -> Iterator[tuple[str, str]]:
    for found in _git(checkout, "grep", "-lI", "<View", "HEAD").splitlines():
        path = found.removeprefix("HEAD:")
        if path.endswith(SUFFIXES):
            yield path, _git(checkout, "show", found)


def _git(checkout: Path, *command: str) -> str:
    return subprocess.run(["git", "-C", str(checkout), *command], capture_output=True, text=True, check=False).stdout


def of_ours() -> Iterator[Example]:
    """Yield the configs of the installed gallery, and of other backends that are kept here."""
    for name, _, config in templates():
        yield Example(f"gallery: {name}", 1, config)
    for name, (config, _) in peers().items():
        yield Example(f"peers: {name}", 1, config)


async def _measure(engine: Engine, model: StandIn, address: str, examples: Iterable[Example]) -> list[Row]:
    try:
        return [await _row(engine, model, address, example) for example in examples]
    finally:
        await engine.aclose()


async def _row(engine: Engine, model: StandIn, address: str, example: Example) -> Row:
    """Plan an example, and have a task that fits it answered by what fits."""
    try:
        plan = build_plan(example.config, HANDLERS)
        job = engine.job(example.config, "1")
    except LabelguardError as error:
        return Row(example, "refused", why=error.reason)
    model.answer = fitting_answer_to(plan)
    (outcome,) = await engine.predict(job, [Task(fitting_data(plan, address))])
    asked = tuple(dict.fromkeys(control.tag for control in plan.controls))
    if isinstance(outcome, Prediction):
        return Row(example, "predicted", asked, _left_out(plan))
    return Row(example, "failed", asked, f"{outcome.code}: {outcome.reason}")


def _left_out(plan: Plan) -> str:
    return "; ".join(dict.fromkeys(f"{unserved.tag}: {unserved.reason}" for unserved in plan.unserved))


def measured(examples: Iterable[Example]) -> list[Row]:
    """Measure examples by an engine of their own, with stand-ins for its model and for where texts are fetched."""
    with tempfile.TemporaryDirectory() as folder, StandIn() as model, Vendor.running() as site:
        site.respond = lambda *_: http(200, TEXT.encode())
        providers = {"own": provider(model.address, "openai", external=False)}
        rule = {"name": "all", "match": "everything", "providers": ["own"], "fetch": {"hosts": ["*"]}}
        policy = write_policy(Path(folder), providers, [rule])
        engine = build_engine(policy, lambda text: [], Fetcher(None, lambda _: True))
        return asyncio.run(_measure(engine, model, f"{site.address}/text", examples))


def page(rows: Sequence[Row], versions: Mapping[str, str]) -> str:
    """Write the page for the docs."""
    counts = Counter(row.outcome for row in rows)
    sources = "\n".join(f"- {name}: {version}" for name, version in versions.items())
    head = "| example | asked | outcome | what gets no predictions, or why it is refused |\n|---|---|---|---|"
    summary = f"{len(rows)} configs: " + ", ".join(f"{counts[word]} {word}" for word in OUTCOMES) + "."
    return f"{INTRODUCTION}\n{sources}\n\n{summary}\n\n{head}\n" + "".join(map(line_of, rows))


def line_of(row: Row) -> str:
    """Write a row of the table."""
    place = f"{row.example.source}" + (f" #{row.example.number}" if row.example.number > 1 else "")
    return f"| {place} | {', '.join(row.asked)} | {row.outcome} | {row.why.replace('|', '/')} |\n"


INTRODUCTION = """# Example configs

Every label config in the sources below was planned; a task that fits it was made, and answered through the whole
engine by a stand-in for the model, whose answers fit. `predicted`: the prediction passed label-studio-sdk and our own
checks. `refused`: no project with it can be connected, and the dialog says why. None may be planned and then fail.
Written by `make bench-configs`, given the checkouts; only what came of each config is kept here.

Label Studio's documentation has its pages on tags made of the comments in the editor's `src/tags`; the pages under
`docs` are read as they were published, in one version or more each, and what stands on several pages counts once.
"""


def main() -> None:
    """Measure, and write the table into the docs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("checkouts", nargs="*", metavar="NAME=CHECKOUT")
    options.add_argument("--only", default="")
    given = options.parse_args()
    checkouts = {name: Path(path) for name, _, path in (one.partition("=") for one in given.checkouts)}
    examples = [*of_ours(), *(e for name, path in checkouts.items() for e in of_checkout(name, path))]
    rows = measured(example for example in examples if given.only in example.source)
    versions = {name: what(path) for name, path in checkouts.items()}
    text = page(rows, {"gallery": "label-studio 1.23.2", "peers": "tests/fixtures/peers"} | versions)
    console = Console()
    if given.only:
        console.print(text, markup=False)
    else:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    failed = [row for row in rows if row.outcome == "failed"]
    for row in failed:
        console.print(line_of(row), markup=False)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
