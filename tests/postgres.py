"""A PostgreSQL server of the tests' own: in a new folder, on loopback alone, ended with the session."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import psycopg

from tests.child import free_port
from tests.patience import HANGS_S

PASSWORD = "canary-pg-7203"


class PostgreSQL:
    """A server. Use `running()`.

    Args:
        folder: an empty folder for its data and its log.
        options: of its process.

    Attributes:
        port: where it listens on 127.0.0.1.
        data: the folder of its data.
    """

    def __init__(self, folder: Path, options: dict[str, Any]) -> None:
        self.port = free_port()
        self.log = folder / "log"
        self.data, self._options = folder / "data", options

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["PostgreSQL"]:
        """Make a cluster and run it, as a user without rights where we are root: PostgreSQL refuses root."""
        folder = Path(tempfile.mkdtemp(prefix="labelguard-postgresql-"))
        user = _user()
        try:
            if user:
                os.chown(folder, user.pw_uid, user.pw_gid)
            server = cls(folder, _as(user))
            server._make(folder / "password")
            try:
                server._start()
                yield server
            finally:
                server.stop(signal.SIGQUIT)  # at once: what it keeps is thrown away
        finally:
            shutil.rmtree(folder)

    def stop(self, sign: signal.Signals) -> None:
        """End it: SIGINT breaks off what is under way, SIGQUIT leaves all as a crash does."""
        self._child.send_signal(sign)
        self._child.wait(HANGS_S)

    def restart(self, sign: signal.Signals) -> None:
        """End it, as `stop` does, and start it again on the same data and port."""
        self.stop(sign)
        self._start()

    def url(self, database: str = "postgres") -> str:
        """Return a database's URL."""
        return f"postgresql://tester:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def _make(self, secret: Path) -> None:
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        made = ["-D", str(self.data), "-U", "tester", "-A", "scram-sha-256", f"--pwfile={secret}", "-E", "UTF8"]
        command = [program("initdb"), *made, "--no-locale"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self._options)

    def _start(self) -> None:
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200")
        command = [program("postgres"), "-D", str(self.data), "-p", str(self.port)]
        with self.log.open("ab") as log:
            self._child: subprocess.Popen[bytes] = subprocess.Popen(
                [*command, *(part for setting in settings for part in ("-c", setting))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._options,
            )
        deadline = time.monotonic() + HANGS_S
        while self._child.poll() is None and time.monotonic() < deadline:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL does not start; its output ends with:\n{self.log.read_text()[-3000:]}")

    def new_database(self) -> str:
        """Make an empty schema, which whoever uses it takes for a database, but is made at once; return its URL."""
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.url()}?application_name={name}&options=-c%20search_path%3D{name}"

    def hang_up(self, database: str) -> None:
        """End all connections to what `new_database` made: of tests that ran, some keep theirs, and there are few."""
        name = parse_qs(urlsplit(database).query)["application_name"][0]
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [name]
            )


def program(name: str) -> str:
    """Find one of the server's programs: on the path, or where Debian keeps them.

    Raises:
        RuntimeError: there is none.
    """
    found = shutil.which(name) or max(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default=None)
    if found is None:
        raise RuntimeError(f"{name} is not installed - make postgresql")
    return found


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return what `subprocess` needs to run a program as another user, in a group of its own."""
    options: dict[str, Any] = {"cwd": "/", "start_new_session": True}
    return options | ({"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {})
