"""How long tests wait for what comes at once: so long that only what hangs fails, however busy the machine."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
HANGS_S = 900.0
"""Seconds. No test asks how long something takes; what runs over this hangs."""


def until_done(ask: Callable[[], httpx.Response]) -> list[dict[str, Any]]:
    """Ask for predictions until all tasks have one: a request ends at its deadline, and the next goes on from there."""
    until = monotonic() + HANGS_S
    while monotonic() < until:
        results: list[dict[str, Any]] = ask().raise_for_status().json()["results"]
        if all(results):
            return results
    raise TimeoutError("no predictions, however often they are asked for")


def until(told: Callable[[], T], every_s: float = 0.05) -> T:
    """Wait until something holds, for as long as a test may take, so that no pace decides; return what was told."""
    end = monotonic() + HANGS_S
    while not (found := told()):
        assert monotonic() < end, "it did not come"
        sleep(every_s)
    return found
