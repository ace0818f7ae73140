"""Runs `labelguard` and refuses and records every attempt to reach another machine. What is tried again waits little.

python -m tests.watched RECORD serve --policy …
"""

import sys
from pathlib import Path
from typing import Any

LOOPBACK = ("127.", "::1", "localhost")
REACHING = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")


def host_of(event: str, args: tuple[Any, ...]) -> str:
    """Return the host that an audit event is about; "" for this machine's own."""
    target = args[-1] if event in ("socket.connect", "socket.sendto") else args[0]
    if isinstance(target, tuple):
        target = target[0]
    host = target.decode() if isinstance(target, bytes) else str(target or "")
    return "" if host.startswith(LOOPBACK) or host.startswith(("/", "\0")) else host


def main() -> None:
    """Run the command under watch."""
    record = Path(sys.argv.pop(1))
    record.touch()

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in REACHING and (host := host_of(event, args)):
            with record.open("a") as file:
                file.write(f"{event} {host}\n")
            raise PermissionError(f"{event} to another machine")

    sys.addaudithook(hook)
    from backend.cli import main as run
    from backend.model import retries

    retries.FIRST_S = 0.002
    run()


if __name__ == "__main__":
    main()
