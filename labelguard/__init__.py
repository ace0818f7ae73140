"""The command `labelguard`, by a name that no other package has.

The packages that it needs have common names. Importing this one has Python take them from where this one lies, whatever
else is called so in the current folder, in PYTHONPATH or in another package.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import NoReturn

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


def others() -> str:
    """Name the installed packages that bring modules by our names too, each with these; "" if there are none."""
    from importlib.metadata import packages_distributions  # noqa: PLC0415 - only where something is wrong

    found: dict[str, list[str]] = {}
    brought = packages_distributions()
    for name in OURS:
        for package in set(brought.get(name, ())) - {"labelguard"}:
            found.setdefault(package, []).append(name)
    return ", ".join(f"{package} (which brings {' and '.join(names)})" for package, names in sorted(found.items()))


def main() -> None:
    """Run the command line."""
    if loaded := strangers():
        _end(f"another package was loaded by the name of one of ours: {', '.join(loaded)}")
    try:
        from backend.cli import main as run  # noqa: PLC0415 - by our finder

        run()
    except ImportError as error:
        if str(error.name).partition(".")[0] not in OURS:
            raise
        _end(f"{error.name} is not what Labelguard brought, in {ROOT}: another package may lie over it")


def _end(problem: str) -> NoReturn:
    """Say which packages are in each other's way, and what to do."""
    theirs = others()
    remove = f"uninstall {theirs} here, or " if theirs else ""
    sys.stderr.write(
        f"labelguard: {problem} - {remove}install Labelguard into a virtual environment of its own: python -m venv\n"
    )
    sys.exit(2)


sys.meta_path.insert(0, OurPackages)
