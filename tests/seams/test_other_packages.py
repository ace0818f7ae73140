"""Packages of others that are called as ours are, `backend` or `handlers`, do not stand in the command's way."""

import os
import subprocess
import sys
import tomllib

import pytest

from labelguard import OURS
from tests.child import ROOT
from tests.parts import SENTIMENT
from tests.patience import HANGS_S


@pytest.fixture
def folder(tmp_path):
    """A project of somebody else's, with packages of our names and a label config."""
    for name in OURS:
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text("raise RuntimeError('a package of somebody else')\n")
    (tmp_path / "config.xml").write_text(SENTIMENT)
    return tmp_path


def run(folder, *words, **environment):
    """Run the command in a folder whose packages stand first in Python's path."""
    path = f"{folder}{os.pathsep}{ROOT}"
    command = [sys.executable, "-c", "from labelguard import main; main()", *words]  # as the installed script does
    given = {**os.environ, "PYTHONPATH": path, **environment}
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=HANGS_S, check=False)


def test_the_command_takes_its_own_packages(folder):
    done = run(folder, "plan", "config.xml")
    assert done.returncode == 0, done.stderr
    assert "mood" in done.stdout


def test_the_processes_that_detect_are_ours(folder):
    """They are started anew, with the same path."""
    script = (
        "import labelguard\n"
        "from backend.privacy.types import Scan\n"
        "from backend.privacy.processes.workers import Nursery\n"
        "nursery = Nursery(Scan(profile='fast'))\n"
        "print(sorted(nursery.loaded.result()))\n"
        "nursery.close()\n"
    )
    given = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=HANGS_S, check=False)
    assert done.returncode == 0, done.stderr
    assert "PHONE_NUMBER" in done.stdout


def test_what_was_loaded_before_is_told(folder):
    for name in OURS:
        (folder / name / "__init__.py").write_text("")
    (folder / "sitecustomize.py").write_text("import backend\n")
    done = run(folder, "plan", "config.xml")
    assert done.returncode == 2
    assert "another package was loaded by the name of one of ours: backend" in done.stderr
    assert "virtual environment of its own" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_package_that_brings_ours_too_is_named(folder):
    """As pip records it: what it installed, and which modules that has."""
    about = folder / "somebodys_app-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys-app\nVersion: 1.0\n")
    (about / "top_level.txt").write_text("backend\nhandlers\nmore\n")
    (folder / "backend" / "__init__.py").write_text("")
    (folder / "sitecustomize.py").write_text("import backend\n")
    done = run(folder, "plan", "config.xml")
    assert done.returncode == 2
    assert "uninstall somebodys-app (which brings backend and handlers) here, or install Labelguard into" in done.stderr


@pytest.mark.parametrize(
    "broken", ["from backend.cli import nothing", "from backend import nothing", "import backend.nothing"]
)
def test_modules_that_are_not_those_that_we_brought_are_told(folder, broken):
    script = f"import labelguard, backend.cli\ndef run():\n    {broken}\nbackend.cli.main = run\nlabelguard.main()\n"
    given = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=HANGS_S, check=False)
    assert done.returncode == 2, done.stderr
    assert "is not what Labelguard brought" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_command_that_starts_python_again_takes_its_own_packages(folder):
    """As worker processes are started: they read the script anew."""
    script = (
        "import labelguard, multiprocessing\n"
        "from backend.privacy.text.word_borders import joins\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.apply(joins, ('w',)))\n"
    )
    (folder / "script.py").write_text(script)
    command = [sys.executable, "-P", "script.py"]
    given = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, timeout=HANGS_S, check=False)
    assert done.returncode == 0, done.stderr
    assert "True" in done.stdout


def test_the_installed_command_begins_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["scripts"] == {"labelguard": "labelguard:main"}
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == {"labelguard", *OURS}
