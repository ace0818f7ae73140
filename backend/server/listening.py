"""Where the server is to listen: looked at before anything is loaded."""

import errno
import ipaddress
import os
import socket

from backend.errors import SettingsError
from backend.settings import Settings, variable


def look_at_port(settings: Settings) -> None:
    """See that the server can listen where its settings say; the port is free again afterwards.

    Raises:
        SettingsError: it cannot, and what to do.
    """
    host, port = settings.host, settings.port
    problem, remedy = "", ""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        problem, remedy = _said(error, host, port)
    if problem:
        raise SettingsError(variable("host" if "address" in problem else "port"), problem, remedy)


def is_open(settings: Settings) -> bool:
    """Say whether the server would listen on all addresses of the machine and ask nobody for a password."""
    try:
        listens_on_all = ipaddress.ip_address(settings.host).is_unspecified
    except ValueError:  # a name
        return False
    return listens_on_all and settings.basic_auth_password is None


def _said(error: OSError, host: str, port: int) -> tuple[str, str]:
    """Say what is wrong, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is taken", "end what listens there, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"this user may not listen on port {port}", "choose one from 1024 on with --port"
    return f"{host} is no address of this machine", "choose one with --host, such as 127.0.0.1, or 0.0.0.0 for all"
