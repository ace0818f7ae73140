"""Our server in a process of its own, with a detector that finds nothing: what fuzzers ask.

As a program: `python -m tests.fuzz.served FOLDER PROVIDER` says its address in a line and serves until its input ends.
"""

import gc
import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.child import ROOT
from tests.parts import build_engine, provider, write_policy
from tests.patience import HANGS_S
from tests.standin import StandIn

CANARY = "canary-4417"
"""Stands in each task, and must stand in no log."""


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Path]]:
    """Run the server; yields its address and its log, which holds all that any logger says."""
    log = folder / "served.log"
    with StandIn() as standin, log.open("wb") as errors:
        command = [sys.executable, "-m", "tests.fuzz.served", str(folder), standin.address]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as child:
            assert child.stdout
            try:
                yield child.stdout.readline().strip(), log
            finally:
                child.communicate("", timeout=HANGS_S)


def main(folder: str, address: str) -> None:
    from backend.engine.thread import EngineThread
    from backend.server.app import create_app, serving

    logging.basicConfig(level=logging.DEBUG)
    policy = write_policy(Path(folder), {"own": provider(address, external=False)})
    with serving(create_app(EngineThread(build_engine(policy, lambda text: [])))) as own:
        gc.freeze()  # as `serve` does
        sys.setswitchinterval(0.001)
        print(own, flush=True)  # noqa: T201
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
