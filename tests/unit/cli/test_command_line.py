"""`labelguard` itself: its version, what completes it in a shell, and how it ends where somebody ends it."""

import importlib
import os
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from backend import cli
from backend.privacy.packages.extras import EXTRAS as LANGUAGES
from backend.privacy.packages.extras import refusal
from tests import command
from tests.child import ROOT

LABELGUARD = Path(sys.executable).with_name("labelguard")


def run(*arguments: str, **variables: str) -> str:
    """Run the command in a process of its own, which typer asks for its name."""
    done = subprocess.run(
        [LABELGUARD, *arguments], env={**os.environ, **variables}, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_version_is_that_of_the_package():
    done = command.run("--version")
    assert (done.returncode, done.stdout) == (0, f"labelguard {version('labelguard')}\n")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_completes_it_is_shown(shell):
    said = run("--show-completion", shell, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert "_LABELGUARD_COMPLETE" in said


@pytest.mark.parametrize(
    ("typed", "place", "offered"),
    [("aud", 1, ["audit"]), ("audit ver", 2, ["verify"]), ("audit export --ot", 3, ["--otlp"])],
)
def test_commands_and_options_are_completed(typed, place, offered):
    words = {"COMP_WORDS": f"labelguard {typed}", "COMP_CWORD": str(place)}
    assert run(_LABELGUARD_COMPLETE="complete_bash", **words).split() == offered


def test_whoever_ends_it_while_it_loads_sees_no_traceback(monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "begin_loading", interrupted)
    assert command.run("jobs") == command.Done(130, "", "")


SOURCE = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "backend").rglob("*.py"))
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
OF_LANGUAGES = {extra.name: refusal([language]) for language, extra in LANGUAGES.items()}


@pytest.mark.parametrize("extra", EXTRAS)
def test_who_needs_an_extra_is_told_how_to_install_it(extra):
    assert f"pip install 'labelguard[{extra}]'" in OF_LANGUAGES.get(extra, SOURCE)


def test_whoever_imports_our_class_of_label_studio_ml_without_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "label_studio_ml.model", None)
    monkeypatch.delitem(sys.modules, "backend.ml", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'labelguard\[ml\]'"):
        importlib.import_module("backend.ml")
