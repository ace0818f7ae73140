"""Where the CPU goes while a batch is predicted: py-spy's samples, drawn as a flame graph without paths.

Each box is a function, as wide as its share of the samples that found it, or what it called, on a processor. Boxes that
are narrower than a pixel or two are left out.
"""

import html
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

import httpx

from tests.bench.throughput import stand_in, texts, write_policy
from tests.child import ROOT, labelguard
from tests.parts import SENTIMENT, predict_body

PY_SPY = "py-spy==0.4.3"
RATE = 50
"""Samples a second."""
WIDTH, ROW, LEAST = 1200, 16, 0.003
"""Pixels of the picture and of a row; the least share that is drawn."""
DEEPEST = 34
LETTER = 6.2
FRAME = re.compile(r"^(?P<name>.*) \((?P<file>[^()]*?)(?::\d+)?\)$")
NOISE = frozenset(
    {"runpy", "threading", "base_events", "events", "runners", "_compat", "contextlib", "main", "core", "thread"}
)
"""Files whose functions only lead to others."""
PLACES = {
    "nursery": "detection, in worker processes",
    "server": "the server's loop",
    "base_events": "the engine's loop",
    "limit": "redaction, on threads",
    "journal": "the record",
    "kept_answers": "kept answers",
    "clerk": "budgets",
}
"""What a stack belongs to, by a file that stands in it; the first that does."""
WAITS = frozenset(
    {
        ("_asyncio", "run"),
        ("journal", "_run"),
        ("kept_answers", "_run"),
        ("nursery", "_serve"),
        ("pipes", "_exactly"),
        ("selectors", "select"),
        ("thread", "_worker"),
        ("threading", "wait"),
    }
)
"""Functions that wait for others, by file and name: not every system tells py-spy which threads do."""
COLOURS = ("#8ecae6", "#a8dadc", "#219ebc", "#bde0fe", "#90be6d", "#ffd166", "#f4a261")


@dataclass(slots=True)
class Node:
    """A function as it was called by another.

    Attributes:
        count: of the samples in which it stood.
        calls: what it called, by name.
    """

    count: int = 0
    calls: dict[str, "Node"] = field(default_factory=dict)


def sampled(seconds: float) -> str:
    """Have a batch predicted again and again, and return py-spy's stacks of the server and its processes meanwhile."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        policy = write_policy(folder, stack.enter_context(stand_in()), "openai", redact=True)
        url, child = stack.enter_context(labelguard(policy, folder))
        client = stack.enter_context(httpx.Client(base_url=url, timeout=600, trust_env=False))
        client.post("/predict", json=predict_body(SENTIMENT, "One to warm up.")).raise_for_status()
        stacks = folder / "stacks.txt"
        spy = [str(ROOT / ".venv/bin/uv"), "tool", "run", "--from", PY_SPY, "py-spy", "record", "--subprocesses"]
        spy += ["--format", "raw", "--rate", str(RATE), "--duration", str(round(seconds)), "--nonblocking"]
        with subprocess.Popen([*spy, "--output", str(stacks), "--pid", str(child.pid)], cwd=folder) as spying:
            number = 0
            while spying.poll() is None:
                number += 1
                asked = (f"{text} Batch {number}." for text in texts()[:300])
                client.post("/predict", json=predict_body(SENTIMENT, *asked)).raise_for_status()
        return stacks.read_text(encoding="utf-8")


def tree(stacks: str) -> Node:
    """Put stacks together: each line has a stack's functions, from the outermost, and how often it was found."""
    root = Node()
    for line in stacks.splitlines():
        names, _, count = line.rpartition(" ")
        found = [(_module(match["file"]), match["name"]) for name in names.split(";") if (match := FRAME.match(name))]
        if not found or (found[-1][0], found[-1][1].rpartition(".")[2]) in WAITS:
            continue
        node = root
        root.count += int(count)
        for name in list(_named(found))[:DEEPEST]:
            node = node.calls.setdefault(name, Node())
            node.count += int(count)
    return root


def _module(file: str) -> str:
    """Return a file's name, or its package's."""
    path = Path(file)
    return path.parent.name if path.stem == "__init__" else path.stem


def _named(stack: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield what a stack belongs to, and its functions that tell something."""
    files = {file for file, _ in stack}
    yield next((place for file, place in PLACES.items() if file in files), "other threads")
    for file, name in stack:
        if file not in NOISE and not file.startswith("<"):
            yield f"{file}: {name}"


def shares(root: Node) -> Mapping[str, float]:
    """Return the share of all samples by what they belong to, the greatest first."""
    found = {name: node.count / root.count for name, node in root.calls.items()}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def draw(root: Node, file: Path) -> None:
    """Write a flame graph, the outermost functions at the top."""
    boxes = [box for box in _boxes(root, 0, 0.0, root.count) if box]
    height = (max(int(box[0]) for box in boxes) + 1) * ROW + 4
    font = 'font-family="monospace" font-size="10"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {font}>'
    drawn = "\n".join(_box(*box) for box in boxes)
    file.write_text(f"{head}\n{drawn}\n</svg>\n", encoding="utf-8")


def _boxes(node: Node, row: int, left: float, total: int) -> Iterator[tuple[int, float, float, str]]:
    """Yield row, left edge and width as shares, and name of all that a function called."""
    for name, called in sorted(node.calls.items(), key=lambda item: -item[1].count):
        width = called.count / total
        if width >= LEAST:
            yield row, left, width, name
            yield from _boxes(called, row + 1, left, total)
        left += width


def _box(row: int, left: float, width: float, name: str) -> str:
    x, y, wide = left * WIDTH, row * ROW, width * WIDTH
    colour = COLOURS[crc32(name.partition(":")[0].encode()) % len(COLOURS)]
    title = html.escape(f"{name} ({width:.1%})")
    box = f'<g><title>{title}</title><rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{ROW - 1}" fill="{colour}"/>'
    shown = name[: max(int(wide / LETTER) - 1, 0)]
    text = f'<text x="{x + 2:.1f}" y="{y + 11}">{html.escape(shown)}</text>' if len(shown) > 2 else ""
    return f"{box}{text}</g>"
