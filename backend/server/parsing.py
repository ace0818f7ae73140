"""Bodies → requests, off the loop that answers /health: small ones on a thread, large ones in a process (P12)."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from backend.errors import RequestError, TooManyValuesError
from backend.labelstudio import reduce
from backend.labelstudio.requests import WireModel

M = TypeVar("M", bound=WireModel)

LARGE = 256 * 1024
"""From so many bytes on a body is parsed in a process of its own."""
PROCESSES = 2
PATIENCE_S = 120.0


class Parser:
    """Parses bodies, several at a time."""

    def __init__(self) -> None:
        self._small = ThreadPoolExecutor(2, "parsing")
        self._large = ThreadPoolExecutor(PROCESSES, "parsing-large")

    async def read(self, kind: type[M], body: bytes | bytearray) -> M:
        """Read a request.

        Args:
            kind: what it should be.
            body: its JSON.

        Raises:
            RequestError: names the place in the body, never what stands there.
        """
        pool = self._large if len(body) > LARGE else self._small
        return await asyncio.get_running_loop().run_in_executor(pool, partial(read_request, kind, body))

    def close(self) -> None:
        """End the threads."""
        self._small.shutdown(wait=False)
        self._large.shutdown(wait=False)


def read_request(kind: type[M], body: bytes | bytearray) -> M:
    """Read a request, here or, if it is large, in a process of its own.

    Raises:
        RequestError: names the place in the body, never what stands there.
    """
    problem = ""
    try:
        return kind.take(_in_process(body) if len(body) > LARGE else reduce.reduced(reduce.parse(body)))
    except reduce.TooManyError:
        raise TooManyValuesError(reduce.MAX_VALUES) from None
    except reduce.TooManyTasksError:
        raise TooManyValuesError(reduce.MAX_TASKS, "tasks") from None
    except reduce.TooDeepError:
        problem = f"the body is nested deeper than {reduce.MAX_DEPTH}"
    except ValueError:
        problem = "the body is no valid JSON"
    raise RequestError(f"{problem} - Label Studio 1.x is what we speak with")


def _in_process(body: bytes | bytearray) -> Any:
    # -I and -S: nothing of Python's environment, no packages.
    command = [sys.executable, "-I", "-S", str(Path(reduce.__file__))]
    try:
        done = subprocess.run(
            command,
            input=body,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise reduce.TooManyError from None
    if done.returncode == 0:
        return reduce.joined_keys(done.stdout)
    codes: dict[int, type[ValueError]] = {
        reduce.TOO_DEEP: reduce.TooDeepError,
        reduce.INVALID: ValueError,
        reduce.TOO_MANY_TASKS: reduce.TooManyTasksError,
    }
    raise codes.get(done.returncode, reduce.TooManyError)
