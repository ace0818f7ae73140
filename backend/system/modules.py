"""Our modules, run as processes of their own."""

import os
import sys
from pathlib import Path

CHILD = Path(__file__).parents[2] / "labelguard" / "child.py"
"""Runs our module, whatever else is called so."""


def command_of(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module of ours."""
    return [sys.executable, "-P", str(CHILD), module, *arguments]


def python_path() -> str:
    """Return where such a process finds what this one finds, for PYTHONPATH."""
    return os.pathsep.join(str(Path(place).absolute()) for place in sys.path)  # "" is the working directory
