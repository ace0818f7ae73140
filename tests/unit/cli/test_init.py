"""`labelguard init`: what it copies works, and it writes over nothing unasked."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import backend.cli.project
from backend.cli import app
from backend.policy import Policy
from backend.prompting.templates import Prompts
from backend.settings import Settings, variable
from handlers import load_handlers
from tests.child import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "new" / "home"


def init(home: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["init", str(home), *options])


@pytest.mark.parametrize(
    ("package", "ending"), [("handlers", ".py"), ("policies", ".yaml"), ("prompts", ".txt"), ("prompts", ".jinja")]
)
def test_every_shipped_file_is_copied_as_it_is(home, package, ending):
    assert init(home).exit_code == 0
    shipped = {path.name: path.read_bytes() for path in (ROOT / package).glob(f"*{ending}") if path.name[0] != "_"}
    assert shipped
    assert {path.name: path.read_bytes() for path in (home / package).glob(f"*{ending}")} == shipped


def test_nothing_else_is_copied(home):
    init(home)
    assert {path.name for path in home.iterdir()} == {"handlers", "policies", "prompts", ".env.example"}
    assert not [path for path in home.rglob("*") if path.name in ("__init__.py", "py.typed", "__pycache__")]


def test_what_is_copied_works(home):
    init(home)
    assert load_handlers(home / "handlers").keys() == load_handlers().keys()
    assert Settings(home=home).policy == home / "policies" / "default.yaml"
    assert Policy.load(home / "policies" / "default.yaml").providers
    assert Prompts(home / "prompts").template("system").source


def test_files_that_are_there_stay_untouched(home):
    (home / "policies").mkdir(parents=True)
    mine = home / "policies" / "default.yaml"
    mine.write_text("mine")
    result = init(home)
    assert result.exit_code == 1
    assert "has already: policies/default.yaml - nothing was written" in result.stderr
    assert [path for path in home.rglob("*") if path.is_file()] == [mine]
    assert mine.read_text() == "mine"


def test_force_writes_over_them(home):
    init(home)
    (home / "policies" / "default.yaml").write_text("mine")
    (home / "policies" / "own.yaml").write_text("own")
    assert init(home, "--force").exit_code == 0
    assert "version: 1" in (home / "policies" / "default.yaml").read_text()
    assert (home / "policies" / "own.yaml").read_text() == "own"


def test_the_example_environment_names_every_setting_and_sets_none(home):
    init(home)
    lines = (home / ".env.example").read_text().splitlines()
    assert not [line for line in lines if line and not line.startswith("#")]
    for name in Settings.model_fields:
        assert any(line.startswith(f"#{variable(name)}=") for line in lines)
    assert "#LABELGUARD_PORT=9090" in lines


def test_it_says_what_to_do_next(home):
    said = init(home).stdout
    assert f"labelguard policy check {home}/policies/default.yaml" in said
    assert f"LABELGUARD_HOME={home} labelguard serve" in said


def test_a_file_in_the_folders_place_is_told(tmp_path):
    (tmp_path / "file").write_text("mine")
    result = init(tmp_path / "file")
    assert result.exit_code == 1
    assert "is no folder" in result.stderr


def test_the_command_is_registered():
    assert backend.cli.project.init in [command.callback for command in app.registered_commands]
