"""Handlers of one's own: what Python lets a module do works, what fails is told by file and line, no change is lost."""

import asyncio
import sys
from pathlib import Path

import pytest

import handlers
from backend.engine.engine import Engine
from backend.engine.prepare import EngineParts
from backend.engine.redactors import Redactors
from backend.engine.reload import Reloader
from backend.errors import ConfigError
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.types import Control
from backend.model.embedded.models import EmbeddedModels
from backend.model.gateway import Gateway
from backend.privacy.redact import Redactor
from backend.prompting.templates import Prompts
from backend.system.snapshot import Snapshot
from tests.parts import open_attempt_log, provider, write_policy

OWN = """from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from typing import ClassVar, Literal

from pydantic import BaseModel

from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Region


@dataclass
class Setting:
    _: KW_ONLY
    known: ClassVar[dict[str, Setting]] = {}
    below: list[Setting] = field(default_factory=list)


class Answer(BaseModel):
    verdict: Literal["guilty", "free"]
    others: list[Answer] = []


class Verdict(Handler):
    tags = frozenset({"Verdict"})
    template = "verdict"
    prompt = '- "{name}": guilty or free.'

    def answer_type(self, control, items):
        return Answer

    def regions(self, control, answer, document):
        return [Region("verdict", {"verdict": answer.verdict})]


HANDLER = Verdict()
"""


def write(folder: Path, content: str = OWN, name: str = "verdict.py") -> Path:
    (folder / name).write_text(content)
    return folder


def test_names_in_quotes_are_found_in_the_module(tmp_path):
    loaded = handlers.load_handlers(write(tmp_path))
    answer = loaded["Verdict"].answer_type(Control("Verdict", "v", ("text",), (), {}), 0)
    assert answer.model_validate({"verdict": "free", "others": [{"verdict": "guilty"}]}).others[0].verdict == "guilty"
    assert sys.modules["handlers.own.verdict"].__file__ == str(tmp_path / "verdict.py")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("x = 1\nraise ValueError('canary-7731')\n", "cannot be loaded: ValueError in line 2"),
        ("def f():\n    return {}['canary-7731']\n\nf()\n", "cannot be loaded: KeyError in line 2"),
        ("import no_such_package\n", r"cannot be loaded: ModuleNotFoundError \(no_such_package\) in line 1"),
        ("x = (\n", r"is no Python: line 1: "),
        ("x = '\ud83d'".encode("utf-8", "surrogatepass").decode("latin-1"), "has no HANDLER"),
        ("HANDLER = None\n", "has no HANDLER"),
        ("class HANDLER:\n    tags = frozenset({'X'})\n", "has no HANDLER"),
        (OWN.replace('frozenset({"Verdict"})', '"Verdict"'), "has no HANDLER"),
    ],
)
def test_a_file_that_brings_no_handler_is_told_with_its_place(tmp_path, content, told):
    with pytest.raises(ConfigError, match=told) as caught:
        handlers.load_handlers(write(tmp_path, content))
    assert str(tmp_path / "verdict.py") in caught.value.reason
    assert "canary" not in caught.value.reason
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_module_that_fails_leaves_nothing_behind(tmp_path):
    handlers.load_handlers(write(tmp_path))
    before = sys.modules["handlers.own.verdict"]
    with pytest.raises(ConfigError):
        handlers.load_handlers(write(tmp_path, "1/0"))
    assert sys.modules["handlers.own.verdict"] is before
    with pytest.raises(ConfigError):
        handlers.load_handlers(write(tmp_path, "1/0", "another.py"))
    assert "handlers.own.another" not in sys.modules


def test_files_of_one_name_in_two_folders_do_not_meet(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    one = handlers.load_handlers(write(first))
    other = handlers.load_handlers(write(second, OWN.replace('"verdict"', '"other"', 1)))
    assert (one["Verdict"].template, other["Verdict"].template) == ("verdict", "other")
    assert one["Verdict"] is not other["Verdict"]
    assert list(one.seen) == [first / "verdict.py"]


def test_what_runs_is_what_was_hashed(tmp_path, monkeypatch):
    write(tmp_path)
    read = Snapshot.read

    def read_and_change(self: Snapshot, path: Path) -> bytes:
        content = read(self, path)
        write(tmp_path, OWN.replace("guilty or free", "changed"))
        return content

    monkeypatch.setattr(Snapshot, "read", read_and_change)
    assert "guilty or free" in handlers.load_handlers(tmp_path)["Verdict"].prompt


def test_a_handler_that_changes_asks_for_a_restart_and_says_so_once(tmp_path, caplog):
    own = tmp_path / "handlers"
    own.mkdir()
    policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")})
    redactors = Redactors(lambda scan: Redactor(lambda text: [])).with_all(policy.scans)
    parts = EngineParts(
        redactors, Gateway(open_attempt_log(tmp_path)), Fetcher(), handlers.load_handlers(write(own)), Prompts()
    )
    with EmbeddedModels() as models:
        reloader = Reloader(Engine(policy, parts), models)
        asyncio.run(reloader.look())
        assert "handlers" not in reloader.policy_status.health()
        write(own, OWN.replace("guilty or free", "changed"))
        for _ in range(2):
            asyncio.run(reloader.look())
        assert (
            reloader.policy_status.health()["handlers"]
            == "verdict.py changed, and handlers come into force by a restart"
        )
        assert caplog.text.count("come into force by a restart") == 1
        write(own)
        asyncio.run(reloader.look())
        assert "handlers" not in reloader.policy_status.health()


def test_an_entry_point_that_fails_is_named(monkeypatch):
    class Point:
        name, value = "verdict", "court:HANDLER"

        def load(self) -> None:
            raise RuntimeError("canary-7731")

    monkeypatch.setattr(handlers, "entry_points", lambda group: [Point()])
    with pytest.raises(ConfigError, match=r"the handler court:HANDLER .* cannot be loaded: RuntimeError"):
        handlers.load_handlers()
