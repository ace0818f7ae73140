"""The keys without which a state is worth little, as one file: to be kept elsewhere than the state."""

import json
from pathlib import Path

from backend.engine.assemble import surrogate_file
from backend.errors import SettingsError
from backend.settings import Settings, variable
from backend.system.disk import MOST, problem_of, read_bounded, write_new

FORMAT = "labelguard_keys"
_NAMES = ("surrogate_key_file", "list_key_file", "record_key_file")


def key_files(settings: Settings) -> dict[str, Path]:
    """Return where the keys are that a state needs, by the setting that names each."""
    given = {name: getattr(settings, name) for name in _NAMES} | {_NAMES[0]: surrogate_file(settings)}
    return {name: file for name, file in given.items() if file is not None}


def copy_keys(settings: Settings, file: Path) -> list[str]:
    """Write all keys that are there into a file for its owner alone; return their settings.

    Raises:
        SettingsError: one cannot be read, or the file cannot be written or is there already.
    """
    keys = {}
    for name, key in key_files(settings).items():
        try:
            keys[name] = read_bounded(key).decode("ascii")
        except FileNotFoundError:
            continue
        except (OSError, ValueError) as error:
            problem = problem_of(error) if isinstance(error, OSError) else "is no key"
            raise SettingsError(variable(name), f"{key} {problem}", "see its path and its mode") from None
    try:
        write_new(file, json.dumps({FORMAT: 1, "keys": keys}, indent=1).encode(), 0o600)
    except OSError as error:
        raise _unusable(file, problem_of(error, "written")) from None
    return [*keys]


def put_keys(settings: Settings, file: Path) -> list[str]:
    """Put keys where the settings say, unless they are there; return the settings of those that were put there.

    Raises:
        SettingsError: the file is none of `copy_keys`, a key has no place or another one is there; nothing was written.
    """
    try:
        said = json.loads(read_bounded(file, MOST))
        keys = {name: said["keys"][name].encode("ascii") for name in _NAMES if name in said["keys"]}
        if said[FORMAT] != 1:
            raise ValueError
    except OSError as error:
        raise _unusable(file, problem_of(error)) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _unusable(file, "has no keys that labelguard backup wrote") from None
    places = key_files(settings)
    missing = [name for name, key in keys.items() if not _is_there(name, key, places)]
    for name in missing:
        try:
            places[name].parent.mkdir(parents=True, exist_ok=True)
            write_new(places[name], keys[name], 0o600)
        except OSError as error:
            raise _unusable(places[name], problem_of(error, "written")) from None
    return missing


def _is_there(name: str, key: bytes, places: dict[str, Path]) -> bool:
    if name not in places:
        raise SettingsError(variable(name), "is missing, and there is a key for it", "set it to where the key is to be")
    try:
        found = read_bounded(places[name])
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _unusable(places[name], problem_of(error)) from None
    if found.strip() != key.strip():
        what = "another key is there, and nothing is overwritten"
        raise SettingsError(variable(name), f"{places[name]}: {what}", "move it away, and restore again")
    return True


def _unusable(file: Path, problem: str) -> SettingsError:
    return SettingsError("the file of keys", f"{file} {problem}", "choose another file")
