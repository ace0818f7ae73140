"""The image is built of all that the package is made of: `make test-compose` builds and runs it, this only reads."""

import re
import tomllib

from tests.child import ROOT

COPIED = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
SOURCES = [
    source.replace("${LOCK}", lock) for line in COPIED for source in line.split() for lock in ("runtime", "english")
]
LET_THROUGH = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)


def test_what_is_copied_is_there_and_let_through():
    assert SOURCES
    for source in SOURCES:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in LET_THROUGH, source


def test_all_packages_are_copied():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= set(SOURCES)
