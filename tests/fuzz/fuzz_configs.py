"""Fuzzing of label configs: `python -m tests.fuzz.fuzz_configs --seconds 1800`.

A random config is given to /setup, and with two tasks to /predict: 200 or a 4xx with a reason, never a 500, and no word
of a task in the log. A task that failed must not have failed by a bug of ours. At the first finding it stops
with status 1 and says which `--seed` and `--case` bring it back.
"""

import argparse
import json
import random
import re
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.fuzz.label_configs import Maker
from tests.fuzz.served import CANARY, served
from tests.patience import HANGS_S


class FindingError(AssertionError):
    """Something that must not be."""


def look(client: httpx.Client, maker: Maker) -> int:
    """Ask about one config; returns the status of /predict."""
    config, tasks = maker.config(), [{"id": n, "data": maker.task()} for n in range(2)]
    context = maker.chance.choice(
        (None, None, {"result": [maker.task(), {"id": "r", "value": {"start": 0, "end": 3}}]})
    )
    asked = (
        ("/setup", {"schema": config, "project": "1.2"}),
        ("/predict", {"label_config": config, "project": "1.2", "tasks": tasks, "params": {"context": context}}),
    )
    statuses = []
    for path, body in asked:
        answer = client.post(path, content=json.dumps(body))
        statuses.append(answer.status_code)
        if answer.status_code != 200 and not (400 <= answer.status_code < 500 and answer.json()["detail"]):
            raise FindingError(f"{path} answered {answer.status_code}: {answer.text[:300]}\n{config}")
    if statuses[0] != statuses[1]:
        raise FindingError(f"/setup answered {statuses[0]}, /predict {statuses[1]}\n{config}")
    if statuses[1] == 200 and len(answer.json()["results"]) != len(tasks):
        raise FindingError(f"not one result a task\n{config}")
    return statuses[1]


def look_at_log(log: Path) -> None:
    """Find words of tasks, bugs and tracebacks in the log."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if CANARY in line or re.search(r"internal error|Traceback|^\w*(Error|Exception)\b", line):
            raise FindingError(f"the log says: {line[:300]}")


def fuzz(folder: Path, seed: int, cases: range, seconds: float) -> dict[int, int]:
    """Ask about random configs; returns how often each status came."""
    found: dict[int, int] = {}
    until = time.monotonic() + seconds
    with served(folder) as (address, log), httpx.Client(base_url=address, trust_env=False, timeout=HANGS_S) as client:
        for case in cases:
            if time.monotonic() > until:
                break
            try:
                status = look(client, Maker(random.Random(f"{seed}.{case}")))
                if case % 20 == 0:
                    look_at_log(log)
            except (FindingError, httpx.TransportError) as error:
                raise FindingError(f"--seed {seed} --case {case}: {type(error).__name__}: {error}") from None
            found[status] = found.get(status, 0) + 1
        look_at_log(log)
    return found


def main() -> int:
    """Run for a time, or one case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int)
    given = parser.parse_args()
    cases = range(10**9) if given.case is None else range(given.case, given.case + 1)
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = fuzz(Path(folder), given.seed, cases, given.seconds)
        except FindingError as error:
            print(error)  # noqa: T201
            return 1
    print(f"{sum(found.values())} label configs, by status: {dict(sorted(found.items()))}; no finding")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
