"""Runs pytest on a tree of its own again and again, each time in a fork of a process that has read the libraries.

What a run takes is then the tests themselves, and not the seconds in which pytest, httpx and others are imported, and
so much of the tree as does not import the file that changes.
"""

import contextlib
import gc
import importlib
import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

OWN = ("backend", "handlers", "labelguard", "policies", "prompts", "tests")
"""Packages of the tree."""
_PLUGINS = re.compile(r"pytest_|_hypothesis_|xdist|execnet|anyio\.pytest|schemathesis\.pytest|conftest|__")
"""What pytest imports by itself, to rewrite its assertions."""
OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0", "--durations=0")
FIRST_S = 900.0
_TESTS = re.compile(r"\.(?:conftest|test_\w+)(?:\.|$)")
_TOLD = re.compile(r"^(?:FAILED|ERROR) (tests/.*)$", re.MULTILINE)


def copy_tree(source: Path, tree: Path) -> None:
    """Copy what git knows of, or does not ignore, into a fresh folder."""
    shutil.rmtree(tree, ignore_errors=True)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=source, check=True, capture_output=True
    ).stdout
    for name in listed.decode().split("\0"):
        file = source / name
        if name and file.is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, tree / name)


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of the tests ended.

    Attributes:
        teller: the first test that failed; "hung" if the time was over; "" if all passed.
        output: pytest's.
    """

    teller: str
    seconds: float
    output: str = field(default="", repr=False)


class Runner:
    """Runs tests with one file of the tree changed.

    Args:
        tree: a copy of ours, of which nothing else makes use.
        file: the one that changes, within the tree.
        tests: files within the tree.
    """

    def __init__(self, tree: Path, file: str, tests: Sequence[str]) -> None:
        self._tree, self._file, self._tests = tree.resolve(), tree.resolve() / file, list(tests)
        self._moments = itertools.count(1_000_000_000)
        self._read: dict[str, ModuleType] = {}

    def prepare(self, source: str) -> Run:
        """Run the tests twice on the file as it is: once to see which libraries they need, once to see how long."""
        modules = self._tree.parent / "modules.json"
        first = self.run(source, FIRST_S, modules)
        if first.teller:
            return first
        names = json.loads(modules.read_text(encoding="utf-8"))
        _preload(names)
        self._read = self._independent(names)
        gc.freeze()  # what each child would go through again and again
        return self.run(source, FIRST_S)

    def _independent(self, names: Sequence[str]) -> dict[str, ModuleType]:
        """Read the tree's modules that can be read without the file that changes; pytest reads tests by itself."""
        kept, path, finders = _own(), list(sys.path), list(sys.meta_path)
        changed = ".".join(self._file.relative_to(self._tree).with_suffix("").parts)
        self._forget_parents()
        sys.modules[changed] = None  # type: ignore[assignment] # so that whoever imports it fails
        try:
            for name in names:
                if name.partition(".")[0] in OWN and not _TESTS.search(name):
                    with contextlib.suppress(Exception):
                        importlib.import_module(name)
            del sys.modules[changed]
            return _own()
        finally:
            sys.path[:], sys.meta_path[:] = path, finders
            for name in _own():
                del sys.modules[name]
            sys.modules.update(kept)

    def _forget_parents(self) -> None:
        """Forget our packages as this process knows them, and find the tree's."""
        for name in _own():
            del sys.modules[name]
        # one of ours would find our packages where the parent's lie
        sys.meta_path[:] = [each for each in sys.meta_path if getattr(each, "__module__", "") != "labelguard"]
        sys.path[:] = [str(self._tree), *(path for path in sys.path if path not in ("", os.environ.get("PWD")))]

    def run(self, source: str, timeout_s: float, modules: Path | None = None) -> Run:
        """Run the tests on a changed file, and change it back."""
        kept = self._file.read_bytes()
        self._file.write_text(source, encoding="utf-8")
        # What Python compiled of it before is told from this by the time, in seconds: each change has one of its own.
        os.utime(self._file, (next(self._moments),) * 2)
        try:
            return self._fork(timeout_s, modules)
        finally:
            self._file.write_bytes(kept)

    def _fork(self, timeout_s: float, modules: Path | None) -> Run:
        output, began = self._tree.parent / "output.txt", time.monotonic()
        child = os.fork()
        if child == 0:
            self._be_child(output, modules)
        code = _wait(child, began + timeout_s)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it has started, too
        if code is None:
            os.waitpid(child, 0)
        seconds, text = time.monotonic() - began, output.read_text(encoding="utf-8", errors="replace")
        if code == 0:
            return Run("", seconds, text)
        found = _TOLD.search(text)
        return Run("hung" if code is None else found[1][:200] if found else f"exit {code}", seconds, text)

    def _be_child(self, output: Path, modules: Path | None) -> None:
        code = 70
        try:
            os.setpgid(0, 0)
            file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, 1)
            os.dup2(file, 2)
            sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
            os.chdir(self._tree)
            os.environ["PYTHONPATH"] = str(self._tree)
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
            sys.dont_write_bytecode = False
            self._forget_parents()
            sys.modules.update(self._read)
            import pytest  # the parent need not know it

            code = int(pytest.main([*OPTIONS, *self._tests]))
            if modules:
                modules.write_text(json.dumps(list(sys.modules)), encoding="utf-8")
        finally:
            sys.stdout.flush()
            os._exit(code)


def _own() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] in OWN}


def _wait(child: int, until: float) -> int | None:
    """Return a process's exit code, or None if it has not ended in time."""
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    return None


def _preload(names: Sequence[str]) -> None:
    """Import libraries, for all forks to come."""
    os.environ |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_OFFLINE_MODE": "true", "LITELLM_TELEMETRY": "False"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in _libraries(names):
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def _libraries(names: Sequence[str]) -> Iterator[str]:
    for name in names:
        if name.partition(".")[0] not in OWN and not _PLUGINS.match(name) and name not in sys.modules:
            yield name
