"""No control tag is known by its name but to its handler: what the engine must know of one, its role says."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.labelstudio.types import Control
from tests.parts import HANDLERS

ROOT = Path(__file__).parents[2]
OBJECTS = frozenset({"Chat"})
"""Control tags that are object tags too, with which the objects' own modules deal."""
READS_OBJECTS = "backend/labelstudio/"
EXAMPLES = {
    "backend/cli/demo_run.py": "the demo's label configs",
    "backend/cli/privacy.py": "words of a help text",
    "backend/engine/project.py": "the label config of a text that is shown without a project",
    "backend/labelstudio/api/client.py": "what the Data Manager calls columns of numbers",
    "backend/labelstudio/config.py": "advice on what to add to a config that cannot be served",
    "backend/policy/cases.py": "the label config of a case that names none",
    "backend/policy/file/conditions.py": "an example in the description of a policy's field",
}
"""Files that show a config, or words, to people; no code asks for these names."""
OF_TEXTS = "backend/privacy/"
"""Reads texts and no configs: its word lists have such words, as texts do."""
TYPES = ("engine", "labelstudio", "prompting", "results")
"""Packages that handle results; elsewhere `choices` or `number` is a word of other people's."""
COMMON = frozenset({"labels", "number"})
"""Types that are words of JSON Schema, or keys of ours, too."""
MARKUP = {"backend/labelstudio/objects/html.py": {"textarea"}, "backend/labelstudio/messages.py": {"chatmessage"}}
"""HTML has a tag of that name; the messages that a task brings are results of the object's."""


def constants(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the text constants of a module, with their lines, without its docstrings."""
    tree = ast.parse(file.read_text())
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


def sources(*folders: str) -> list[Path]:
    found = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


def words(file: Path, wanted: set[str]) -> list[str]:
    """Return where one of some words stands in a module's constants."""
    pattern = re.compile(rf"(?<![\w-])({'|'.join(wanted)})(?![\w-])")
    name = file.relative_to(ROOT).as_posix()
    return [f"{name}:{line}: {found}" for line, text in constants(file) for found in pattern.findall(text)]


def test_no_control_tag_stands_outside_its_handler():
    tags = set(HANDLERS)
    assert len(tags) >= 13
    found = []
    for file in sources("backend", "labelguard", "policies", "prompts"):
        name = file.relative_to(ROOT).as_posix()
        if name not in EXAMPLES and not name.startswith(OF_TEXTS):
            found += words(file, tags - OBJECTS if name.startswith(READS_OBJECTS) else tags)
    assert found == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_let_through_is_there(name):
    assert words(ROOT / name, set(HANDLERS))


def test_no_type_of_result_stands_outside_its_handler():
    types = {h.result_type(Control(tag, "c", ("t",), (), {})) for tag, h in HANDLERS.items()} - COMMON
    assert {"relation", "chatmessage", "choices"} <= types
    found = []
    for file in sources(*(f"backend/{package}" for package in TYPES)):
        name = file.relative_to(ROOT).as_posix()
        let = MARKUP.get(name, set())
        found += [f"{name}:{line}: {text}" for line, text in constants(file) if text in types - let]
    assert found == []
