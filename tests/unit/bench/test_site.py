"""The documents as a site: it builds, each link leads somewhere, and no page asks anything of another host."""

import re

import pytest

from tests.bench.site import REPOSITORY, build, outward
from tests.child import ROOT


@pytest.mark.parametrize(
    ("name", "link", "led"),
    [
        ("index.md", "record.md#keys", "record.md#keys"),
        ("index.md", "../README.md#a", f"{REPOSITORY}README.md#a"),
        ("measured/summary.md", "../privacy.md", "../privacy.md"),
        ("measured/summary.md", "../../tests/x.py", f"{REPOSITORY}tests/x.py"),
        ("index.md", "https://example.com/../x", "https://example.com/../x"),
        ("index.md", "#here", "#here"),
    ],
)
def test_where_a_link_leads(name, link, led):
    assert outward(f"[a]({link})", name) == f"[a]({led})"


def test_it_builds_and_asks_nothing_of_another_host(tmp_path):
    build(tmp_path / "site")
    pages = {
        file.relative_to(tmp_path / "site").as_posix(): file.read_text("utf-8") for file in tmp_path.rglob("*.html")
    }
    written = {
        file.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for file in (ROOT / "docs").rglob("*.md")
    }
    assert written <= set(pages)
    for page in pages.values():
        fetched = re.findall(r"<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=\"?([^\"\s>]+)", page)
        assert [address for address in fetched if re.match(r"(https?:)?//", address)] == []
