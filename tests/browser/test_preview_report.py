"""The report of `labelguard preview` in Chromium: it loads nothing, fits a telephone, and prints in light colours."""

import json

import pytest

from tests import command
from tests.browser.pages import barriers, quiet_page
from tests.parts import SENTIMENT, write_policy

pytestmark = pytest.mark.browser

EVIL = "<script>document.title = 'ran'</script><img src=x onerror=\"document.title='ran'\">"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "config.xml").write_text(SENTIMENT)
    texts = ("Mr. John Carter wrote to j.carter@example.org.", f"{EVIL} {'long' * 300} {EVIL}", " ")
    (folder / "tasks.json").write_text(json.dumps([{"id": n, "data": {"text": t}} for n, t in enumerate(texts, 1)]))
    cloud = {"kind": "openai", "model": EVIL, "external": True, "key": {"env": "CLOUD_KEY"}}
    rule = {"name": EVIL, "match": "everything", "providers": ["cloud"]}
    write_policy(folder, {"cloud": cloud}, [rule | {"detection": {"unknown_language": "patterns"}}])
    paths = ("--config", folder / "config.xml", "--policy", folder / "policy.yaml", "--report", folder / "out.html")
    done = command.run("preview", folder / "tasks.json", *paths, "--title", EVIL, "--show-originals")
    assert done.returncode == 1, done.stderr
    return folder / "out.html"


@pytest.fixture
def page(report):
    with quiet_page(f"file://{report}") as opened:
        opened.goto(f"file://{report}")
        yield opened


def test_what_is_written_in_tasks_and_policies_does_not_run(page):
    assert page.title().startswith("What would leave")
    assert page.locator("script, img").count() == 0
    assert page.get_by_text("onerror").count() >= 3


def test_axe_finds_nothing_serious(page):
    assert barriers(page) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_it_prints_in_light_colours_with_room_to_sign(page):
    colour = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(colour) == "rgb(20, 24, 31)"
    assert not page.get_by_role("heading", name="Read by").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 680, "height": 900})  # what A4 leaves
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    assert page.get_by_role("heading", name="Read by").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 680
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
