"""A third party's handler, installed beside us: found by its entry point, refused at start if its tag is taken."""

import os
import subprocess
import sys

HANDLER = """
from typing import Literal
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Region

class Verdict(Handler):
    tags = frozenset({TAGS})
    template = "verdict"
    prompt = '- "{name}": guilty or free.'
    def answer_type(self, control, items):
        return Literal["guilty", "free"]
    def regions(self, control, answer, document):
        return [Region("verdict", {"verdict": answer})]

HANDLER = Verdict()
"""
CONFIG = '<View><Text name="text" value="$text"/><Verdict name="v" toName="text"/></View>'


def run(tmp_path, tag):
    """Install a distribution with a handler for a tag, and plan a config with that tag."""
    (tmp_path / "court.py").write_text(HANDLER.replace("TAGS", f'"{tag}"'))
    info = tmp_path / "court-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: court\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[labelguard.handlers]\nverdict = court:HANDLER\n")
    (tmp_path / "config.xml").write_text(CONFIG)
    command = [sys.executable, "-m", "backend.cli", "plan", str(tmp_path / "config.xml")]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_entry_point_adds_a_handler(tmp_path):
    code, shown = run(tmp_path, "Verdict")
    assert code == 0
    assert '- "v": guilty or free.' in shown


def test_a_tag_that_is_taken_is_refused_at_start(tmp_path):
    code, shown = run(tmp_path, "Choices")
    assert code == 2
    assert "two handlers claim Choices: handlers.choices and court:HANDLER" in shown
