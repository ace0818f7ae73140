"""Each promise that docs/architecture.md lists has its file here, and each file its promise."""

import re

from tests.bench.house import DOCUMENT
from tests.child import ROOT

ROWS = re.findall(r"^\| P(\d+) \| .+ \| `(\S+)` \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)


def test_each_promise_has_its_file_and_each_file_its_promise():
    assert [int(number) for number, _ in ROWS] == list(range(1, 13))
    files = sorted((ROOT / "tests" / "promises").glob("test_p[0-9]*.py"))
    assert [path for _, path in ROWS] == [file.relative_to(ROOT).as_posix() for file in files]


def test_each_file_is_about_the_promise_that_its_name_has():
    for number, path in ROWS:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert text.startswith(f'"""P{number}')
        assert set(re.findall(r"^def test_(p\d+)_", text, re.MULTILINE)) == {f"p{int(number):02}"}
        assert len(re.findall(r"^def test_", text, re.MULTILINE)) == len(re.findall(r"^def test_p", text, re.MULTILINE))
