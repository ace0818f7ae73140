"""The command `labelguard`, by a name that no other package has.

The packages that it needs have common names. Importing this one has Python take them from where this one lies, whatever
else is called so in the current folder, in PYTHONPATH or in another package.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[1]
OURS = ("backend", "handlers", "policies", "prompts")


class OurPackages:
    """Finds our packages in our folder, before Python looks along its path."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find one of our packages; all else is for those who come after."""
        return PathFinder.find_spec(name, [str(ROOT)], target) if path is None and name in OURS else None


def strangers() -> list[str]:
    """Return what was imported by our names before us and is not ours, with its place."""
    found = []
    for name in OURS:
        places = getattr(sys.modules.get(name), "__path__", [getattr(sys.modules.get(name), "__file__", "")])
        found += [f"{name} ({place})" for place in places if place and Path(place).resolve().parent != ROOT]
    return found


def main() -> None:
    """Run the command line."""
    if others := strangers():
        sys.stderr.write(
            f"labelguard: another package was loaded by the name of one of ours: {', '.join(others)}"
            " - install Labelguard into a virtual environment of its own\n"
        )
        sys.exit(2)
    try:
        from backend.cli import main as run  # noqa: PLC0415 - by our finder
    except ModuleNotFoundError as error:
        if error.name not in OURS and not str(error.name).startswith("backend."):
            raise
        sys.stderr.write(
            f"labelguard: {error.name} is not where Labelguard lies, in {ROOT} - another package may lie"
            " over it: install Labelguard into a virtual environment of its own\n"
        )
        sys.exit(2)
    run()


sys.meta_path.insert(0, OurPackages)
