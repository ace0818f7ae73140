"""Real Label Studio on loopback, with a fresh copy of a migrated data folder."""

import fcntl
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.child import ROOT, Child, free_port
from tests.label_studio.api import Api
from tests.patience import HANGS_S

PROGRAM = ROOT / ".venv-label-studio" / "bin" / "label-studio"
REQUIREMENTS = ROOT / "requirements" / "label-studio.txt"
CACHE = ROOT / ".cache" / "label-studio"

USER = "annotator@hospital.example"
PASSWORD = "correct-horse-1"
TOKEN = "0123456789abcdef0123456789abcdef01234567"
SECOND, SECOND_TOKEN = 900, "89abcdef0123456789abcdef0123456789abcdef"
"""Of the organization and the user of `LabelStudio.second`."""


@dataclass(slots=True)
class LabelStudio:
    """A running Label Studio. Use `running()`.

    Attributes:
        folder: has its data and its log.
    """

    url: str
    api: Api
    child: Child
    folder: Path

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator["LabelStudio"]:
        """Start it on a copy of the migrated data.

        Args:
            folder: an empty folder for its data and its log.
        """
        if not PROGRAM.exists():
            raise RuntimeError(f"{PROGRAM} is missing - run `make .venv-label-studio/.synced`")
        data = folder / "data"
        shutil.copytree(_migrated(), data)
        url = f"http://127.0.0.1:{free_port()}"
        with Api(url, TOKEN) as api:
            started = cls(url, api, _started(url, folder), folder)
            try:
                yield started
            finally:
                started.child.stop()

    def second(self) -> Api:
        """Return the API as the user of a second organization, who sees none of the first one's projects.

        The free edition lets nobody make one, but serves it: rows of the first are copied.
        """
        with closing(sqlite3.connect(self.folder / "data" / "label_studio.sqlite3", timeout=HANGS_S)) as database:
            database.row_factory = sqlite3.Row
            for table, columns in OWNED.items():
                if database.execute(f"SELECT 1 FROM {table} WHERE {columns[-1]} = ?", [SECOND]).fetchone():
                    continue
                row = _copied(
                    dict(database.execute(f"SELECT * FROM {table} WHERE {columns[-1]} = 1").fetchone()), columns
                )
                names, places = ", ".join(row), ", ".join("?" * len(row))
                database.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(row.values()))
            database.commit()
        return Api(self.url, SECOND_TOKEN)

    def restart(self) -> None:
        """End it, and start it again on the same data and at the same address."""
        self.child.stop()
        self.child = _started(self.url, self.folder)


OWNED = {
    "organization": ("id", "created_by_id"),
    "htx_user": ("id", "active_organization_id"),
    "organizations_organizationmember": ("id", "organization_id", "user_id"),
    "jwt_auth_jwtsettings": ("organization_id",),
    "authtoken_token": ("user_id",),
}
"""What stands in Label Studio's tables of an organization with one user, each with the columns that number them."""


def _copied(row: dict[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    said = {name: f"second-{value}" for name, value in row.items() if name in ("email", "token") and value}
    return row | said | dict.fromkeys(columns, SECOND) | ({"key": SECOND_TOKEN} if "key" in row else {})


def _migrated() -> Path:
    """Return a data folder with all migrations done. Making it takes a minute, so it is kept."""
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + f"{USER} {PASSWORD} {TOKEN}".encode()).hexdigest()[:16]
    kept, partial = CACHE / key, CACHE / f"{key}.{os.getpid()}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{key}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes meanwhile waits for it
        if kept.is_dir():
            return kept
        (partial / "data").mkdir(parents=True)
        try:
            _started(f"http://127.0.0.1:{free_port()}", partial).stop()
            (partial / "data").rename(kept)
        finally:
            shutil.rmtree(partial)
    return kept


def _started(url: str, folder: Path) -> Child:
    """Start it on the data in a folder, and wait until it answers."""
    port = url.rpartition(":")[2]
    command = [str(PROGRAM), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", port]
    child = Child(command, _environment(folder / "data", folder), folder, folder / "label-studio.log")
    try:
        child.wait_for(f"{url}/health", HANGS_S)
    except BaseException:
        child.stop()
        raise
    return child


def _environment(data: Path, home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        "LABEL_STUDIO_USERNAME": USER,
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        # A backend on loopback is otherwise refused as "reserved network address".
        "USE_DEFAULT_BANNED_SUBNETS": "false",
        # Nothing leaves the machine.
        "COLLECT_ANALYTICS": "False",
        "LATEST_VERSION_CHECK": "False",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
