"""Whole messages between two processes over a socket: each with its length before it."""

import socket
import struct
import time

_LENGTH = struct.Struct("!Q")
LONGEST = 2**30
"""Bytes of a message; whoever announces more is out of order."""


def send(channel: socket.socket, message: bytes, seconds: float | None = None) -> None:
    """Send a message whole.

    Args:
        channel: a stream to the other process.
        message: of any length.
        seconds: that it may take; None for as long as it takes.

    Raises:
        TimeoutError: the time is over.
        OSError: the other process is gone.
    """
    channel.settimeout(seconds)
    channel.sendall(_LENGTH.pack(len(message)) + message)


def receive(channel: socket.socket, seconds: float | None = None) -> bytes:
    """Wait for a message and return it whole.

    Args:
        channel: a stream to the other process.
        seconds: that it may take; None for as long as it takes.

    Raises:
        TimeoutError: the time is over.
        EOFError: the other process is gone, or announces more than any message has.
        OSError: it is gone.
    """
    until = None if seconds is None else time.monotonic() + seconds
    (length,) = _LENGTH.unpack(_exactly(channel, _LENGTH.size, until))
    if length > LONGEST:
        raise EOFError
    return _exactly(channel, length, until)


def _exactly(channel: socket.socket, count: int, until: float | None) -> bytes:
    parts: list[bytes] = []
    while count:
        left = None if until is None else until - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        channel.settimeout(left)
        part = channel.recv(min(count, 2**20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
