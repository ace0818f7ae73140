"""The keys of hashed values in `always_redact`: one a line in a file that the settings name, the newest first."""

import secrets
from pathlib import Path

from backend.errors import RequestError, SettingsError
from backend.privacy.listed import hashed
from backend.settings import Settings, variable
from backend.system.disk import problem_of, write_new
from backend.system.snapshot import Snapshot

LEAST = 32
"""Characters of a key: with a shorter one, guesses at a value could be tried."""
VARIABLE = variable("list_key_file")


def list_keys(snapshot: Snapshot | None = None) -> tuple[bytes, ...]:
    """Return the installation's keys; the first hashes new values. None if it has no file of them.

    Args:
        snapshot: by which their file is read, so that a change of it alone is seen.

    Raises:
        SettingsError: the file cannot be read, or holds no such keys.
    """
    file = Settings().list_key_file
    return _read(file, snapshot or Snapshot()) if file else ()


def keys_for(text: str, snapshot: Snapshot) -> tuple[bytes, ...]:
    """Return the keys, if a list holds hashed values; arguments and errors as for `list_keys`."""
    return list_keys(snapshot) if any(True for _ in hashed(text)) else ()


def make_list_key(file: Path) -> None:
    """Make a key, for its owner alone.

    Raises:
        RequestError: the file is there already, or cannot be written.
    """
    problem = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_new(file, f"{secrets.token_hex(32)}\n".encode(), 0o600)
    except FileExistsError:
        problem = "is there already - choose another name: what it hashed cannot be found without it"
    except OSError as error:
        problem = f"{problem_of(error, 'written')} - choose another place"
    if problem:
        raise RequestError(f"{file} {problem}")


def _read(file: Path, snapshot: Snapshot) -> tuple[bytes, ...]:
    problem = ""
    try:
        keys = tuple(filter(None, (line.strip() for line in snapshot.read(file).splitlines())))
    except OSError as error:
        keys, problem = (), problem_of(error)
    if not keys or any(len(key) < LEAST for key in keys):
        problem = problem or f"holds no key, or one of less than {LEAST} characters"
    if problem:
        raise SettingsError(VARIABLE, f"the file {file} {problem}", "labelguard privacy key makes one")
    return tuple(dict.fromkeys(keys))
