"""Runs pytest where there is no network but loopback; ends with an error if there is one.

unshare --net python -m tests.privacy.offline ARGUMENTS
"""

import errno
import fcntl
import socket
import struct
import sys

ELSEWHERE = ("192.0.2.1", "2001:db8::1")  # kept for documentation: nobody is there
ROUTELESS = (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def flags_of(interface: str) -> int:
    """Return an interface's flags."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sH14x", interface.encode(), 0)
        return int(struct.unpack("16sH14x", fcntl.ioctl(handle, SIOCGIFFLAGS, request))[1])


def raise_loopback() -> None:
    """Switch loopback on, which a new network namespace has off. Needs no program such as ip."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags_of("lo") | IFF_UP))


def ways_out() -> list[str]:
    """Return what leads out: interfaces that are up; where there are none, addresses elsewhere that have a route."""
    up = [name for _, name in socket.if_nameindex() if name != "lo" and flags_of(name) & IFF_UP]
    return up or [address for address in ELSEWHERE if not is_unreachable(address)]


def is_unreachable(address: str) -> bool:
    """Say whether the system knows no route to an address."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as handle:
            handle.settimeout(60)
            handle.connect((address, 443))
    except OSError as error:
        return error.errno in ROUTELESS
    return False


def main() -> None:
    """Check that there is no way out, then run pytest."""
    if out := ways_out():
        sys.exit(f"there is a network: {', '.join(out)}")
    raise_loopback()
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=60).close()
    import pytest

    sys.exit(pytest.main(sys.argv[1:]))


if __name__ == "__main__":
    main()
