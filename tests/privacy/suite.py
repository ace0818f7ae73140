"""The privacy suite, in a process that has no network but loopback. It runs beside other tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.child import ROOT
from tests.patience import HANGS_S
from tests.privacy.offline import ways_out

FILES = (
    "privacy/detect/**/test_*.py",
    *("privacy/test_detect.py", "privacy/test_redact.py", "privacy/test_structure.py"),
    *("privacy/text/test_normalize.py", "privacy/text/test_value_search.py", "privacy/replace/test_operators.py"),
    "results/test_new_personal_data.py",
)
"""Its files in tests/unit."""
WITHOUT = "not property and not model and not label_studio and not browser and not compose"
ELSEWHERE = "not quick and not takes_long and not time_grows and not contacts_nobody"
"""What is about time, or about a network that is watched."""
WAYS = (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net"))
OUTSIDE = "TESTS_OUTSIDE"
"""The environment variable that names the network from which `apart` keeps all tests, if there is one."""


def isolation() -> tuple[str, ...]:
    """Return what runs a command without a network; empty where nothing does."""
    return next(filter(works, WAYS), ())


def works(way: tuple[str, ...]) -> bool:
    """Say whether a way runs a command."""
    if not shutil.which(way[0]):
        return False
    return subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0


def offline(isolated: tuple[str, ...], *arguments: str) -> list[str]:
    """Return the command that runs pytest where there is no network."""
    return [*isolated, sys.executable, "-m", "tests.privacy.offline", *arguments]


def files() -> list[str]:
    """Return the suite's files."""
    found = [file for name in FILES for file in sorted((ROOT / "tests" / "unit").glob(name))]
    return [str(file.relative_to(ROOT)) for file in found]


def runs_whole(session: pytest.Session) -> bool:
    """Say whether there is no network here, and a session runs all of the suite's files."""
    return not ways_out() and set(files()) <= {item.location[0] for item in session.items}


@dataclass(frozen=True, slots=True)
class Suite:
    """The suite under way. Use `running()`."""

    process: subprocess.Popen[bytes]
    log: Path

    @classmethod
    @contextmanager
    def running(cls, isolated: tuple[str, ...], folder: Path) -> Iterator["Suite"]:
        """Start it.

        Args:
            isolated: what runs a command without a network.
            folder: an empty folder for its log and its state.
        """
        arguments = ("-q", "-p", "no:cacheprovider", "-m", WITHOUT, "-k", ELSEWHERE, *files())
        command, log = offline(isolated, *arguments), folder / "log"
        environment = os.environ | {"LABELGUARD_STATE_URL": f"sqlite:///{folder / 'state.db'}"}
        with (
            log.open("wb") as out,
            subprocess.Popen(command, env=environment, cwd=ROOT, stdout=out, stderr=out) as process,
        ):
            try:
                yield cls(process, log)
            finally:
                process.kill()

    def finish(self) -> tuple[int, str]:
        """Wait for its end; returns the exit code and what it wrote."""
        code = self.process.wait(HANGS_S)
        return code, self.log.read_text(encoding="utf-8", errors="replace")
