"""How long it takes until a server answers, until it can predict, and until a command that detects is done."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.bench.rows import Row
from tests.child import ROOT, labelguard
from tests.patience import HANGS_S

TIMES = 3


def starting(policy: Path) -> list[Row]:
    """Start a server and a command, each a few times."""
    health, ready, redact, python = [], [], [], []
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            with labelguard(policy, Path(folder), None, ("backend.cli",), False) as (url, child):
                health.append(time.perf_counter() - began)
                child.wait_for(f"{url}/ready", HANGS_S)
                ready.append(time.perf_counter() - began)
        line = "Call Emily Watson in Boston on +1 212 555 0147."
        command = ["-m", "backend.cli", "redact", "--policy", str(policy), line]
        redact.append(_seconds(command))
        python.append(_seconds(["-c", "import pydantic, httpx, sqlalchemy, numpy"]))
    machine = f"{median(python):.1f} s: Python with four of its packages"
    return [
        Row("start to the first `/health`", f"{median(health):.1f} s", machine, "1.5 s"),
        Row("… to `/ready`: models are loaded", f"{median(ready):.1f} s", machine, ""),
        Row("`redact` of one line", f"{median(redact):.1f} s", machine, "3 s"),
    ]


def _seconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began
