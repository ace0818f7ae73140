"""The console in Chromium: each page as each user, narrow and wide, light and dark; what is pasted runs nothing."""

from base64 import b64encode
from itertools import product

import pytest

from tests.browser.pages import barriers, quiet_page
from tests.unit.server.console.conftest import ADMIN, CANARY, HOSTILE, VIEWER, open_site

pytestmark = pytest.mark.browser

PAGES = {"": "What would leave", "/policy": "Policy", "/today": "Today", "/record": "Record"}
COLOURS = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch, open_site(tmp_path_factory.mktemp("console"), patch) as site:
        yield str(site.client.base_url)


@pytest.fixture(params=[VIEWER, ADMIN], ids=["viewer", "admin"])
def page(request, address):
    """A browser of a user, in which nothing is refused by the pages' own policy, and nothing comes from elsewhere."""
    login = b64encode(":".join(request.param).encode()).decode()
    with quiet_page(f"{address}/console") as opened:
        opened.set_extra_http_headers({"Authorization": f"Basic {login}"})
        yield opened


def test_each_page_fits_in_light_and_dark(page, address):
    for path, width, scheme in product(PAGES, (1280, 390), COLOURS):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}/console{path}")
        assert page.get_by_role("heading", level=1).inner_text() == PAGES[path]
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == COLOURS[scheme]
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_text_is_shown_by_the_keyboard_alone_and_runs_nothing(page, address):
    page.goto(f"{address}/console")
    page.get_by_label("Text").focus()
    page.keyboard.insert_text(f"{CANARY} said {HOSTILE}")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "BUTTON":
            break
    page.keyboard.press("Enter")
    page.get_by_text("as it would leave").first.wait_for()
    assert page.locator("script, img").count() == 0
    assert page.get_by_text(CANARY).count() >= 1
    assert page.get_by_role("link", name="Record").get_attribute("href") == "/console/record"


def test_each_field_has_a_label_and_each_table_its_heads(page, address):
    for path in PAGES:
        page.goto(f"{address}/console{path}")
        unnamed = (
            "[...document.querySelectorAll('input:not([type=hidden]), textarea, select')].filter(f => !f.labels.length)"
        )
        assert page.evaluate(f"{unnamed}.length") == 0
        assert page.locator("table:not(:has(th))").count() == 0
        assert page.locator("html[lang]").count() == 1
        assert page.get_by_role("main").count() == 1


def test_axe_finds_nothing_serious(page, address):
    for path, scheme in product(PAGES, COLOURS):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}/console{path}")
        assert barriers(page) == []
    page.goto(f"{address}/console")
    page.get_by_label("Text").fill(f"{CANARY} said so to Ann.")
    page.get_by_role("button", name="Show what would leave").click()
    page.get_by_text("as it would leave").first.wait_for()
    assert barriers(page) == []
