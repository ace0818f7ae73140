"""The code by its imports: the picture in docs/architecture.md (`make draw-house`), and figures (`make measure-house`).

Nothing is imported to be measured: each file is read and parsed, so that any checkout can be.
"""

import argparse
import ast
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "architecture.md"
ROOTS = ("backend", "handlers")
BEGIN, END = "<!-- drawn by make draw-house -->\n", "<!-- until here -->\n"
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Graph: TypeAlias = dict[str, frozenset[str]]
"""What each name points to."""


@dataclass(frozen=True, slots=True)
class Module:
    """A file of the code.

    Attributes:
        name: as it is imported.
        path: from the checkout's root.
    """

    name: str
    path: Path
    text: str = field(repr=False)
    tree: ast.Module = field(repr=False)

    @property
    def package(self) -> str:
        """The package or module right below `backend` that it lies in; outside of it, the root."""
        first, *rest = self.name.split(".")
        return rest[0] if first == "backend" and rest else first

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())

    @property
    def is_bare(self) -> bool:
        """Whether it holds nothing but its docstring."""
        return all(isinstance(node, ast.Expr) for node in self.tree.body)

    def functions(self) -> Iterator[Function]:
        """Yield its functions, inner ones too."""
        yield from (node for node in ast.walk(self.tree) if isinstance(node, Function))

    def public(self) -> Iterator[str]:
        """Yield the names of its public classes and functions."""
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef | Function) and not node.name.startswith("_"):
                yield node.name

    def imported(self) -> Iterator[str]:
        """Yield the names that it imports, wherever in the file; of `from a import b` that is `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


@dataclass(frozen=True)
class House:
    """A checkout's code.

    Attributes:
        root: of the checkout.
        modules: by name.
    """

    root: Path
    modules: Mapping[str, Module] = field(repr=False)

    @classmethod
    def read(cls, root: Path = ROOT) -> "House":
        """Read a checkout."""
        paths = sorted(path for name in ROOTS for path in (root / name).rglob("*.py"))
        return cls(root, {module.name: module for module in (_module(root, path) for path in paths)})

    @cached_property
    def imports(self) -> Graph:
        """Which modules each module imports."""
        found = {name: {self._known(said) for said in module.imported()} for name, module in self.modules.items()}
        return {name: frozenset(others - {"", "backend", name}) for name, others in found.items()}

    def _known(self, name: str) -> str:
        """Return the module that an imported name is, or lies in; "" if it is not ours."""
        while name and name not in self.modules:
            name = name.rpartition(".")[0]
        return name

    @cached_property
    def packages(self) -> Graph:
        """Which packages each package imports."""
        graph: dict[str, set[str]] = {self.modules[name].package: set() for name in self.modules if name != "backend"}
        for name, others in self.imports.items():
            if name != "backend":
                graph[self.modules[name].package] |= {self.modules[other].package for other in others}
        return {name: frozenset(others - {name}) for name, others in sorted(graph.items())}

    def purpose(self, package: str) -> str:
        """Return the first line of a package's docstring."""
        module = self.modules.get(f"backend.{package}") or self.modules[package]
        return (ast.get_docstring(module.tree) or "").partition("\n")[0]

    def place(self, package: str) -> str:
        """Return where a package lies."""
        path = (self.modules.get(f"backend.{package}") or self.modules[package]).path
        return f"{path.parent.as_posix()}/" if path.name == "__init__.py" else path.as_posix()


def _module(root: Path, path: Path) -> Module:
    own = path.relative_to(root)
    parts = own.with_suffix("").parts
    text = path.read_text(encoding="utf-8")
    return Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), own, text, ast.parse(text))


def reach(graph: Graph) -> Graph:
    """Return all that each name leads to, over others too."""
    found: Graph = {}
    for name in graph:
        seen: set[str] = set()
        waiting = list(graph[name])
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                waiting += graph[other]
        found[name] = frozenset(seen)
    return found


def floors(graph: Graph) -> dict[str, int]:
    """Return on which floor each name stands: 1 if it needs no other, else one above the highest that it needs.

    Those of a circle stand on one floor.
    """
    ends, found = reach(graph), dict[str, int]()
    for name in sorted(graph, key=lambda name: len(ends[name] | {name})):
        found[name] = 1 + max((found[other] for other in ends[name] if name not in ends[other]), default=0)
    return found


def without_detours(graph: Graph) -> Graph:
    """Leave out the arrows that others make needless, since there is a longer way to the same name."""
    ends = reach(graph)
    return {
        name: frozenset(other for other in others if not any(other in ends[via] for via in others if via != other))
        for name, others in graph.items()
    }


def draw(house: House) -> str:
    """Return the picture in Markdown: an arrow leads to what is imported; the table has the floors and all arrows."""
    graph = house.packages
    standing = floors(graph)
    order = sorted(graph, key=lambda name: (-standing[name], name))
    arrows = without_detours(graph)
    lines = [f"    {name} --> {' & '.join(sorted(arrows[name]))}" for name in order if arrows[name]]
    rows = [
        f"| {standing[name]} | `{house.place(name)}` | {house.purpose(name)} | {', '.join(sorted(graph[name]))} |"
        for name in order
    ]
    head = "| floor | package | what it says of itself | imports |\n|--:|---|---|---|\n"
    return "```mermaid\nflowchart TD\n{}\n```\n\n{}{}\n".format("\n".join(lines), head, "\n".join(rows))


def drawn(document: str) -> str:
    """Return the picture that stands in a document."""
    return document.partition(BEGIN)[2].partition(END)[0]


def figures(house: House) -> Iterator[tuple[str, str]]:
    """Yield what is counted of a checkout, by its name. Files that hold a docstring alone are no rooms."""
    modules = house.modules.values()
    rooms = [module for module in modules if not module.is_bare]
    longest = max(rooms, key=lambda module: module.lines)
    yield "files", f"{len(modules)}, {len(modules) - len(rooms)} of them a docstring alone"
    yield "lines", str(sum(module.lines for module in modules))
    yield "lines of a file", f"median {median(module.lines for module in rooms):g}, longest {_named(longest)}"
    yield "files over 400 lines", str(sum(module.lines > 400 for module in rooms))
    yield "rooms of a folder", _rooms(modules)
    lengths = [(_length(node), f"{m.name}.{node.name}") for m in modules for node in m.functions()]
    middle, (most, where) = median(length for length, _ in lengths), max(lengths)
    yield "functions", f"{len(lengths)}, median {middle:g} lines, longest {most} ({where})"
    yield "classes", str(sum(isinstance(node, ast.ClassDef) for m in modules for node in ast.walk(m.tree)))
    graph = house.packages
    yield "packages", f"{len(graph)} on {max(floors(graph).values())} floors, {sum(map(len, graph.values()))} arrows"
    yield "arrows between modules", str(sum(map(len, house.imports.values())))
    yield "floors of modules", str(max(floors(house.imports).values()))
    yield "modules in a circle", _listed(name for name, others in reach(house.imports).items() if name in others)
    yield "layers of the contract", str(_layers(house.root))
    yield "noqa", str(sum(len(re.findall(r"#\s*noqa\b", module.text)) for module in modules))
    names = Counter(name for module in modules for name in module.public())
    yield "public names twice", _listed(name for name, count in names.items() if count > 1)


def _named(module: Module) -> str:
    return f"{module.lines} ({module.path.as_posix()})"


def _length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    return f"{len(found)}: {', '.join(found)}" if found else "0"


def _rooms(modules: Iterable[Module]) -> str:
    """Say how many files and folders lie in a folder."""
    folders: dict[Path, set[Path]] = defaultdict(set)
    for module in modules:
        own = module.path.parent if module.path.name == "__init__.py" else module.path
        if own.parent != Path():
            folders[own.parent].add(own)
    most = max(folders, key=lambda folder: len(folders[folder]))
    return f"median {median(map(len, folders.values())):g}, most {len(folders[most])} ({most.as_posix()}/)"


def _layers(root: Path) -> int:
    """Return how many layers the import contract has."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    return max(len(contract.get("layers", ())) for contract in config["tool"]["importlinter"]["contracts"])


def measure(house: House) -> Iterator[Table]:
    """Yield tables with the figures, and with each package's fan-in and fan-out."""
    table = Table("figure", "value", title="The house")
    for name, value in figures(house):
        table.add_row(name, value)
    yield table
    graph = house.packages
    standing = floors(graph)
    table = Table("package", "floor", "files", "lines", "fan-in", "fan-out", title="Packages")
    for name in sorted(graph, key=lambda name: (-standing[name], name)):
        own = [module for key, module in house.modules.items() if module.package == name and key != "backend"]
        fan_in = sum(name in others for others in graph.values())
        row = (standing[name], len(own), sum(module.lines for module in own), fan_in, len(graph[name]))
        table.add_row(name, *map(str, row))
    yield table


def main() -> None:
    """Print the figures, or draw the picture into its document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout to measure")
    parser.add_argument("--draw", action="store_true", help=f"write the picture into {DOCUMENT.relative_to(ROOT)}")
    asked = parser.parse_args()
    house = House.read(asked.root)
    if asked.draw:
        document = DOCUMENT.read_text(encoding="utf-8")
        before, _, rest = document.partition(BEGIN)
        DOCUMENT.write_text(before + BEGIN + draw(house) + END + rest.partition(END)[2], encoding="utf-8")
        return
    for table in measure(house):
        Console(width=140).print(table)


if __name__ == "__main__":
    main()
