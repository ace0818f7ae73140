"""What README, CONTRIBUTING and docs/ say of the code is there: files, links, names, the picture of the packages."""

import re

import pytest

from backend.errors import LabelguardError, RequestError
from tests.bench.house import DOCUMENT, House, draw, drawn
from tests.child import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "docs" / "measured" / "summary.md"])
ARCHITECTURE, CONTRIBUTING = (file.read_text(encoding="utf-8") for file in (DOCUMENT, ROOT / "CONTRIBUTING.md"))
FOLDERS = "backend|deploy|handlers|labelguard|policies|prompts|tests|docs|examples|requirements"
PATH = re.compile(rf"(?<![\w/.-])(?:\.\./)?((?:{FOLDERS})/[\w./*-]*)")
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(text):
    """Return what a document's headings are linked by."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.fixture(scope="module")
def house():
    return House.read()


def test_the_picture_is_what_the_imports_say(house):
    assert drawn(ARCHITECTURE) == draw(house), "run make draw-house"


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_each_file_that_is_named_exists(file):
    text = file.read_text(encoding="utf-8").replace("NAME", "*")
    named = {found.rstrip(".") for found in PATH.findall(text)}
    assert [name for name in sorted(named) if not any(ROOT.glob(name))] == []


def test_each_document_stands_behind_a_door():
    index = ROOT / "docs" / "index.md"
    behind = {(index.parent / link.partition("#")[0]).resolve() for link in LINK.findall(index.read_text("utf-8"))}
    written = {*(ROOT / "docs").rglob("*.md"), ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md"} - {index}
    assert sorted(file.name for file in written - behind) == []


def subclasses(kind):
    return {found for one in kind.__subclasses__() for found in (one, *subclasses(one))}


def test_each_code_that_a_task_may_fail_with_has_a_remedy():
    told = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("troubleshooting.md", "providers.md"))
    of_requests = subclasses(RequestError) | {RequestError}
    codes = {
        one.code for one in subclasses(LabelguardError) - of_requests if one.__module__.startswith("backend.errors")
    }
    assert sorted(code for code in codes if f"`{code}`" not in told) == []


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_each_link_leads_somewhere(file):
    broken = []
    for link in LINK.findall(file.read_text(encoding="utf-8")):
        path, _, place = link.partition("#")
        target = file.parent / path if path else file
        if "://" in link or (target.exists() and (not place or place in anchors(target.read_text(encoding="utf-8")))):
            continue
        broken.append(link)
    assert broken == []


@pytest.mark.parametrize("text", [ARCHITECTURE, CONTRIBUTING], ids=["architecture", "contributing"])
def test_each_class_and_make_target_that_is_named_exists(text, house):
    classes = {name for module in house.modules.values() for name in module.public()}
    named = re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", text)
    assert set(named) <= classes
    targets = re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("name", ["handler", "pattern", "provider", "preset"])
def test_contributing_says_how_to_add_what_people_add(name):
    section = CONTRIBUTING.partition(f"## A {name}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\d\. ", section, re.MULTILINE)
    assert "See it" in section
