"""What the tests of a policy's parts put together."""

from pathlib import Path
from typing import Any

from backend.labelstudio.types import Control, ObjectTag, Plan
from backend.policy.file.conditions import MatchForm
from backend.policy.file.schema import RuleForm
from backend.policy.match import Match, Subject


def match_form(said: Any) -> MatchForm:
    """Read what stands behind `match:` in a file."""
    return RuleForm.model_validate({"name": "r", "match": said, "refuse": "no"}).match


def match(said: Any) -> Match:
    """Compile what stands behind `match:` in a file."""
    return Match.of(match_form(said))


def subject(project: str = "", path: str = "", title: str = "", controls: str = "", objects: str = "") -> Subject:
    """Return a project; tags stand in a line."""
    tags = tuple(Control(tag, tag, ("t",), (), {}) for tag in controls.split())
    plan = Plan(tuple(ObjectTag(tag, "t", "$t") for tag in objects.split()), tags, (), "")
    return Subject(project, path, plan, title)


def write(folder: Path, **files: str) -> Path:
    """Write policy files by their names; return the path of the first."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(files))}.yaml"
