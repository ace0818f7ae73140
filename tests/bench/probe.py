"""Asks servers how they are, in turn, from a process of its own, which waits for nobody else's work.

python -m tests.bench.probe URL…        until its input ends; prints the milliseconds of each URL as JSON
python -m tests.bench.probe --serve     a server that answers at once, to see what the machine itself takes
"""

import asyncio
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from aiohttp import web

from tests.child import ROOT

EVERY_S = 0.01


def probe(urls: Sequence[str]) -> list[list[float]]:
    """Ask each URL again and again until the input ends; return the milliseconds of each."""
    found: list[list[float]] = [[] for _ in urls]
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()
    connections = [http.client.HTTPConnection(urlsplit(url).netloc, timeout=600) for url in urls]
    print("ready", flush=True)  # noqa: T201
    while not over.wait(EVERY_S):
        for connection, url, spent in zip(connections, urls, found, strict=True):
            began = time.perf_counter()
            connection.request("GET", urlsplit(url).path)
            connection.getresponse().read()
            spent.append((time.perf_counter() - began) * 1000)
    return found


@contextmanager
def probing(*urls: str) -> Iterator[list[list[float]]]:
    """Probe within the block; what is yielded has the milliseconds of each URL after it."""
    found: list[list[float]] = []
    command = [sys.executable, "-m", "tests.bench.probe", *urls]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout
        child.stdout.readline()
        try:
            yield found
        finally:
            said, _ = child.communicate("")
    found.extend(json.loads(said))


@contextmanager
def bare_server() -> Iterator[str]:
    """Run the server that answers at once; yields its URL."""
    command = [sys.executable, "-m", "tests.bench.probe", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout
        try:
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


async def _serve() -> None:
    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"status": "UP"})

    app = web.Application(client_max_size=2**30)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        asyncio.run(_serve())
    else:
        print(json.dumps(probe(sys.argv[1:])))  # noqa: T201
