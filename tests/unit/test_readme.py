"""The commands of README, first steps and what was measured: each is run here, or by a test that is named."""

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from platformdirs import user_state_path

from backend.policy import Policy
from backend.record.journal import Record
from backend.settings import Settings, variable
from backend.store import open_store
from tests import command as labelguard
from tests.child import ROOT
from tests.record import refusal

README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
OTHERS = (ROOT / "docs" / "start.md", ROOT / "docs" / "measured" / "summary.md")
TEXT = "\n".join([README, *(file.read_text(encoding="utf-8") for file in OTHERS)])
COMMANDS = list(
    dict.fromkeys(
        line.strip()
        for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
        for line in block.splitlines()
        if line.strip()
    )
)
ELSEWHERE = {
    "make demo": "tests/integration/test_model.py",
    "make test": ".ci/run",
    "make serve": "tests/integration/test_serve.py",
    "export OPENAI_API_KEY=sk-…": "tests/integration/test_serve.py",
    "make serve POLICY=policies/openai-redacted.yaml": "tests/integration/test_serve.py",
    "make bench-throughput": "tests/bench/speed.py",
    "make bench-privacy": "tests/bench/privacy.py",
    "cp .env.example .env": "tests/compose/test_compose.py",
    "docker compose up -d": "tests/compose/test_compose.py",
    ".venv/bin/labelguard predict examples/tasks.json --config examples/config.xml --policy policies/default.yaml"
    " --out predictions.json": "tests/integration/test_serve.py",
    ".venv/bin/labelguard model fetch": "Makefile",
}
HERE = [command for command in COMMANDS if command not in ELSEWHERE]
FIRST = {" ".join(command.split()[:2]): command for command in reversed(HERE)}
AGAIN = {c for c in HERE if c.startswith(".venv/bin/labelguard ") and c not in FIRST.values() and "<" not in c}
"""Commands of which another form is run in a process of its own already."""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """What a command of the README may touch, in a folder that it may write to."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with Record.open(open_store(f"sqlite:///{user_state_path('labelguard') / 'labelguard.db'}")) as record:
        record.refuse(refusal())  # something to show
    for name in ("examples", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("requirements", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize("command", HERE)
def test_a_command_of_the_readme_runs(command, checkout, monkeypatch):
    for name in [name for name in os.environ if name.startswith("LABELGUARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(checkout)
    done = labelguard.run(*shlex.split(command)[1:]) if command in AGAIN else _in_a_shell(command)
    assert done.returncode == 0, done.stderr
    assert done.stdout or done.stderr


def _in_a_shell(command):
    return subprocess.run(["bash", "-ec", command], capture_output=True, text=True, check=False)


def test_each_command_is_run_once_in_a_process_of_its_own():
    alone = {command.split()[1] for command in set(HERE) - AGAIN}
    assert {"plan", "redact", "policy", "privacy", "init"} <= alone


def test_commands_that_run_elsewhere_are_in_the_readme_and_their_tests_exist():
    assert set(ELSEWHERE) <= set(COMMANDS)
    assert all((ROOT / file).is_file() for file in ELSEWHERE.values())


def test_links_and_pictures_are_there():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_make_targets_that_are_named_exist():
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", TEXT, re.MULTILINE))
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_the_readme_is_short():
    """A screen and a half; the rest stands behind its doors."""
    assert len(README.splitlines()) <= 110


def test_its_policy_is_valid(tmp_path):
    (example,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    file = Path(tmp_path, "policy.yaml")
    file.write_text(example)
    assert [provider.name for provider in Policy.load(file).providers] == ["openai", "embedded"]


def test_every_setting_is_in_the_table():
    for field in Settings.model_fields:
        name = variable(field)
        assert name in SETTINGS or f"…{name.removeprefix('LABELGUARD_BASIC_AUTH')}" in SETTINGS, name


def test_the_russian_readme_has_no_commands_of_its_own():
    said = re.findall(r"```sh\n(.*?)```", (ROOT / "README.ru.md").read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.strip() for block in said for line in block.splitlines() if line.strip()]
    assert lines
    assert [line for line in lines if line not in COMMANDS] == []


def test_every_extra_is_in_the_table():
    said = (ROOT / "docs" / "start.md").read_text(encoding="utf-8").partition("### Extras")[2].partition("##")[0]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert [extra for extra in extras if f"`{extra}`" not in said] == []
