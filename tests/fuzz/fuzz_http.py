"""Fuzzing of the HTTP contract: `python -m tests.fuzz.fuzz_http --requests 10000`.

Random requests go to each path that `/openapi.json` describes, and to others: bodies that fit and that do not, broken
HTTP, odd headers. Looked for are a 5xx, an answer that is not described, a word of a task in the log, and a stall of
/health, whose longest wait is printed and bounded. It stops with status 1 at a finding, and says its `--seed`.
"""

import argparse
import json
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from tests.fuzz.fuzz_configs import FindingError, look_at_log
from tests.fuzz.label_configs import Maker
from tests.fuzz.served import CANARY, served
from tests.patience import HANGS_S

STALL_MS = 250
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW")
PATHS = ("/x", "/a/b/predict", "/predict/", "//", "/%2e%2e/health", "/a%0d%0ab/setup", "/%f0%28/predict", "*", "/?x=1")
RAW = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /health HTTP/1.1\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    b"POST /setup HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n",
    b"GET /health HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    b"GET /health HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 5000 + b"\r\n",
    b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n" * 50,
)
JSON: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    10**30,
    "",
    "x",
    "\ud800",
    [],
    {},
    [None],
    {"a": 1},
    [[[[1]]]],
    {"": {"": {}}},
)


class Prober(threading.Thread):
    """Asks /health all the time, and keeps the longest wait."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._address, self._done = address, threading.Event()
        self.longest, self.asked = 0.0, 0

    def run(self) -> None:
        with httpx.Client(base_url=self._address, trust_env=False, timeout=HANGS_S) as client:
            while not self._done.wait(0.01):
                began = time.perf_counter()
                client.get("/health")
                self.longest, self.asked = max(self.longest, time.perf_counter() - began), self.asked + 1

    def stop(self) -> None:
        self._done.set()
        self.join()


class Asker:
    """Sends random requests."""

    def __init__(self, client: httpx.Client, chance: random.Random) -> None:
        self.client, self.chance, self.maker = client, chance, Maker(chance)
        self.described: dict[str, Any] = client.get("/openapi.json").json()["paths"]
        self.statuses: Counter[int] = Counter()

    def ask(self) -> None:
        """Send one request, and look at its answer."""
        if self.chance.random() < 0.05:
            self._raw()
            return
        known = self.chance.random() < 0.9
        path = self.chance.choice([*self.described] if known else PATHS)
        operations = self.described.get(path, {})
        method = self.chance.choice([name.upper() for name in operations] if self._likely(known) else METHODS)
        if method == "GET" and path.endswith("/health") and self.chance.random() < 0.8:
            return
        content = self._body() if method != "GET" or self.chance.random() < 0.1 else b""
        url = path.replace("{path}", self.chance.choice(("team-a", "ü", "..", "%0a", "a%2fb", "x" * 3000)))
        answer = self.client.request(method, url, content=content, headers=self._headers())
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 500:
            raise FindingError(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        operation = operations.get(method.lower())
        routed = operation and answer.status_code != 404  # a prefix of several parts is none
        if routed and str(answer.status_code) not in operation["responses"]:
            raise FindingError(f"{method} {path} answered {answer.status_code}, which is not described")
        if answer.status_code >= 400 and method != "HEAD" and set(answer.json()) != {"error", "detail"}:
            raise FindingError(f"{method} {path} answered no problem of ours: {answer.text[:300]}")

    def _likely(self, known: bool) -> bool:
        return known and self.chance.random() < 0.9

    def _headers(self) -> dict[str, str]:
        odd: tuple[dict[str, str], ...] = (
            {},
            {},
            {"authorization": self.chance.choice(("Basic", "Basic %%%", "Basic dTpw", "Bearer x"))},
            {"content-type": self.chance.choice(("text/plain", "application/json; charset=utf-16", ""))},
            {"host": "elsewhere.example", "x-forwarded-for": "1.2.3.4", "x-forwarded-proto": "gopher"},
            {"accept-encoding": "br;q=1e999", "range": "bytes=0-1"},
            {"connection": "close"},
        )
        return dict(self.chance.choice(odd))

    def _body(self) -> bytes:
        kind = self.chance.random()
        if kind < 0.05:
            return self.chance.choice(
                (b"", b"\xff\xfe{}", b"[" * 5000, b'{"a":', b"nul", b'{"tasks":' + b"[]," * 9999, b"\x00" * 300_000)
            )
        body: dict[str, Any] = {
            "tasks": [{"id": 1, "data": self.maker.task()} for _ in range(self.chance.choice((0, 1, 1, 3)))],
            "label_config": self.maker.config(),
            "project": self.chance.choice(("1.2", 7, None, "", "x" * 9999, "1\n2")),
            "params": {"login": CANARY, "context": self.chance.choice((None, {"result": [{"id": "r"}]}))},
            "action": self.chance.choice(("ANNOTATION_CREATED", CANARY)),
        }
        body["schema"] = body["label_config"]
        while self.chance.random() < 0.4:
            body[self.chance.choice([*body])] = self.chance.choice(JSON)
        if self.chance.random() < 0.02:
            body["more"] = [{"value": CANARY}] * 20_000
        return json.dumps(body).encode()

    def _raw(self) -> None:
        url = self.client.base_url
        with socket.create_connection((url.host, url.port or 80), timeout=HANGS_S) as connection:
            connection.sendall(self.chance.choice(RAW))
            connection.settimeout(0.2)
            try:
                answer = connection.recv(65536)
            except OSError:
                return
        if answer and answer.split()[1][:1] == b"5":
            raise FindingError(f"bytes that are no request were answered {answer[:60]!r}")


def fuzz(folder: Path, seed: int, requests: int) -> tuple[Counter[int], Prober]:
    """Send random requests; returns how often each status came, and who asked /health meanwhile."""
    chance = random.Random(seed)
    with served(folder) as (address, log), httpx.Client(base_url=address, trust_env=False, timeout=HANGS_S) as client:
        asker, prober = Asker(client, chance), Prober(address)
        prober.start()
        for number in range(requests):
            asker.ask()
            if number % 1000 == 0:
                look_at_log(log)
        prober.stop()
        look_at_log(log)
    return asker.statuses, prober


def main() -> int:
    """Send as many requests as wanted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        try:
            statuses, prober = fuzz(Path(folder), given.seed, given.requests)
        except FindingError as error:
            print(f"--seed {given.seed}: {error}")  # noqa: T201
            return 1
    longest = prober.longest * 1000
    print(f"{given.requests} requests, by status: {dict(sorted(statuses.items()))}")  # noqa: T201
    print(f"/health was asked {prober.asked} times; the longest wait was {longest:.0f} ms of {STALL_MS}")  # noqa: T201
    return int(longest > STALL_MS)


if __name__ == "__main__":
    sys.exit(main())
