"""The ways in which tests/bench/mutate_guards.py breaks what guards, and that a run tells who noticed."""

import ast
import sys
import textwrap
from pathlib import Path

import pytest

from tests.bench import forking
from tests.bench.equivalent import EQUIVALENT
from tests.bench.forking import Runner
from tests.bench.mutate_guards import ROOT
from tests.bench.mutating import mutant_names, mutants


def changes(source: str) -> list[str]:
    return [mutant.what for mutant in mutants(textwrap.dedent(source))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = a < 1", ["a < 1 → a <= 1", "1 → 2"]),
        ("x = a and b", ["a and b → a or b", "a and b → b", "a and b → a"]),
        ("x = not a in b", ["not a in b → a in b", "a in b → a not in b"]),
        ("x = all(a)", ["all(a) → any(a)"]),
        ("x = f(y=True)", ["f(y=True) → f()", "True → False"]),
        ("x = a.lower()", ["a.lower() → a"]),
        ("x = f'{a}:{b}'", ["f'{a}:{b}' → f':{b}'", "f'{a}:{b}' → f'{a}:'"]),
        ("if a:\n    b()", ["if a: → if True:", "if a: → if False:", "b() → pass"]),
        ("def f():\n    return a", ["return a → return None"]),
        ("raise E('a b') from None", ["raise E('a b') from None → pass", "raise E('a b') from None → raise E('a b')"]),
        ("a.b = c", ["a.b = c → pass"]),
        ("a += c", ["a += c → pass", "a += c → a -= c"]),
        ("x = a if b else c", ["a if b else c → a", "a if b else c → c"]),
        ("x = [a for a in b if a]", [" for a in b if a → for a in b".strip()]),
        (
            "try:\n    a\nexcept (B, C):\n    pass",
            ["a → pass", "except (B, C): → except (C,):", "except (B, C): → except (B,):"],
        ),
        ("x = {'a', b'b'}", ["'a' → 'a~x'", "b'b' → b'b~x'"]),
    ],
)
def test_changes(source, expected):
    assert changes(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""A text."""',
        "import a",
        "log.warning('a', b)",
        "LIMIT = 8 * 2**20",
        "class A:\n    limit: int = 5",
        "x: list[1]",
    ],
)
def test_what_is_left_alone(source):
    assert changes(source) == []


def test_each_mutant_has_a_name_and_compiles():
    for module in ("privacy/last_look", "server/http", "labelstudio/fetch/dialing"):
        source = (ROOT / "backend" / f"{module}.py").read_text()
        found = list(mutants(source))
        assert [mutant.name for mutant in found] == list(mutant_names(source))
        assert len({mutant.name for mutant in found}) == len(found)
        plain = ast.unparse(ast.parse(source))
        for mutant in found:
            assert mutant.source != plain
            compile(mutant.source, module, "exec")


def test_each_reason_is_one_of_a_mutant_that_there_is():
    there = {
        (module, name)
        for module in {module for module, _ in EQUIVALENT}
        for name in mutant_names((ROOT / "backend" / f"{module}.py").read_text())
    }
    assert set(EQUIVALENT) <= there


@pytest.mark.thorough
def test_a_run_says_which_test_told_and_which_did_not(tmp_path: Path):
    (tmp_path / "tree" / "backend").mkdir(parents=True)
    (tmp_path / "tree" / "tests").mkdir()
    (tmp_path / "tree" / "backend" / "__init__.py").touch()
    (tmp_path / "tree" / "backend" / "adds.py").write_text("def add(a, b):\n    return a + b\n")
    (tmp_path / "tree" / "tests" / "test_adds.py").write_text(
        "from backend.adds import add\n\ndef test_add():\n    assert add(2, 2) == 4\n"
    )
    runner = Runner(tmp_path / "tree", "backend/adds.py", ["tests/test_adds.py"])
    told = runner.run("def add(a, b):\n    return a - b\n", 60)
    assert told.teller.startswith("tests/test_adds.py::test_add")
    assert runner.run("def add(a, b):\n    return a * b\n", 60).teller == ""
    assert runner.run("def add(a, b):\n    while True: pass\n", 2).teller == "hung"
    assert runner.run("def add(a, b:\n", 60).teller == "tests/test_adds.py"
    assert (tmp_path / "tree" / "backend" / "adds.py").read_text() == "def add(a, b):\n    return a + b\n"


def test_what_does_not_import_the_file_is_read_once(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(forking, "_preload", lambda names: None)
    monkeypatch.setattr("gc.freeze", lambda: None)
    (tmp_path / "tree" / "backend").mkdir(parents=True)
    (tmp_path / "tree" / "tests").mkdir()
    for name, text in {
        "backend/__init__": "",
        "backend/adds": "def add(a, b):\n    return a + b\n",
        "backend/other": "TWO = 2\n",
        "backend/uses": "from backend.adds import add\nfrom backend.other import TWO\n\nFOUR = add(TWO, TWO)\n",
        "tests/test_uses": "from backend.uses import FOUR\n\ndef test_four():\n    assert FOUR == 4\n",
    }.items():
        (tmp_path / "tree" / f"{name}.py").write_text(text)
    ours = {name: module for name, module in sys.modules.items() if name.startswith("backend")}
    runner = Runner(tmp_path / "tree", "backend/adds.py", ["tests/test_uses.py"])
    assert runner.prepare("def add(a, b):\n    return a + b\n").teller == ""
    assert set(runner._read) == {"backend", "backend.other"}
    assert runner.run("def add(a, b):\n    return a - b\n", 60).teller.startswith("tests/test_uses.py::test_four")
    assert {name: module for name, module in sys.modules.items() if name.startswith("backend")} == ours
