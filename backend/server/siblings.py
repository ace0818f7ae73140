"""The workers of one server, as each of them sees the others: what it answers tells the whole.

Each writes how it stands into a folder that they share, and its counts into files that outlive it.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from socket import socket
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from backend.settings import Settings
from backend.system.part import ProcessPart
from backend.system.writing import JSON

COUNTS = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which prometheus_client keeps counts in files of a folder, of all processes."""
TELL_EVERY_S = 0.5
BACKLOG = 2048
"""Connections that may wait until a worker takes them, as uvicorn has it."""
CLOSE_S = 10.0
"""Seconds beyond those for requests under way, after which a worker that was told to end is ended."""
LEAST_CONNECTIONS = 8


class Siblings:
    """Belongs to one event loop.

    Args:
        folder: of all workers, and of them alone.
        part: which of them this is.
    """

    def __init__(self, folder: Path, part: ProcessPart) -> None:
        self._folder, self._number, self._count = folder, part.number, part.count
        self._told = b""
        self._ready_file = folder / f"ready-{part.number}"

    @property
    def are_ready(self) -> bool:
        """Whether each of them could predict at a time: whoever is started again takes no request before it can."""
        return len(list(self._folder.glob("ready-*"))) == self._count

    def tell_when_ready(self, loaded: "Future[None]") -> None:
        """Tell the others when this one can predict.

        Args:
            loaded: is done then, or has an error if it never can.
        """

        def tell(done: "Future[None]") -> None:
            if not done.exception():
                self._ready_file.touch()

        loaded.add_done_callback(tell)

    async def keep_telling(self, standing: Callable[[], JSON]) -> None:
        """Tell the others how this one stands, whenever that has changed."""
        while True:
            with suppress(OSError):
                self.tell(standing())
            await asyncio.sleep(TELL_EVERY_S)

    def tell(self, standing: JSON) -> None:
        """Tell the others how this one stands.

        Raises:
            OSError: it cannot be written.
        """
        said = json.dumps(standing).encode()
        if said != self._told:
            file = self._folder / f"worker-{self._number}.json"
            new = file.with_suffix(".new")
            new.write_bytes(said)
            new.replace(file)
            self._told = said

    def whole(self, own: JSON) -> JSON:
        """Return how all of them stand together."""
        others = (file for file in self._folder.glob("worker-*.json") if file.stem != f"worker-{self._number}")
        return merged([own, *filter(None, map(_read, others))])

    def metrics(self) -> bytes:
        """Return the counts of all of them together, in Prometheus' text format."""
        registry = CollectorRegistry()
        MultiProcessCollector(registry, str(self._folder))  # type: ignore[no-untyped-call]
        return generate_latest(registry)


@dataclass(frozen=True, slots=True)
class Share:
    """One worker's part of a server.

    Attributes:
        part: of what is divided.
        folder: as `Siblings` takes it.
        socket: which all of them listen on.
        is_again: whether it takes the place of one that has ended.
    """

    part: ProcessPart
    folder: Path
    socket: socket
    is_again: bool = False

    @property
    def siblings(self) -> Siblings:
        """All of them."""
        return Siblings(self.folder, self.part)

    def of_settings(self, settings: Settings) -> Settings:
        """Return the settings with what is divided."""
        connections = self.part.of(settings.max_connections, LEAST_CONNECTIONS)
        return settings.model_copy(update={"max_connections": connections})


def merged(standings: list[JSON]) -> JSON:
    """Return how several workers stand together: the policy that all have at least, and the last news of providers."""
    policies = [standing["policy"] for standing in standings]
    oldest = min(policies, key=lambda policy: policy["since"])
    problems = {key: text for policy in policies for key, text in policy.items() if key not in ("sha256", "since")}
    providers = {
        name: _provider([standing["providers"].get(name, {}) for standing in standings])
        for name in standings[0]["providers"]
    }
    versions = dict.fromkeys(version for standing in standings for version in standing["versions"])
    return {"policy": problems | oldest, "providers": providers, "versions": list(versions)}


def _provider(said: list[Mapping[str, Any]]) -> JSON:
    """Return the last attempt of all, and the worst state of their breakers."""
    last = max(said, key=lambda one: one.get("at", ""))
    breakers = {one["breaker"] for one in said if "breaker" in one}
    found = {key: value for key, value in last.items() if key != "breaker"}
    return found | ({"breaker": max(breakers)} if breakers else {})  # open comes after half_open


def _read(file: Path) -> JSON | None:
    try:
        said: JSON = json.loads(file.read_bytes())
    except (OSError, ValueError):  # it has just ended
        return None
    return said
