"""The console in Chromium: each page as each user, narrow and wide, light and dark; what is pasted runs nothing."""

from base64 import b64encode
from itertools import product

import pytest
import yaml

from backend.record.journal import Record
from backend.review.entries import NamedChange
from tests.browser.pages import barriers, quiet_page
from tests.record import attempt, outcome
from tests.seams.providers import Vendor
from tests.studio import Studio
from tests.unit.server.console.conftest import ADMIN, CANARY, HOSTILE, RULES, VIEWER, open_site
from tests.unit.server.console.test_quality import hold, review, scored, write
from tests.unit.server.console.test_sent import keep_sample

pytestmark = pytest.mark.browser

PAGES = {
    "": "What would leave",
    "/policy": "Policy",
    "/today": "Today",
    "/record": "Record",
    "/quality": "Quality",
    "/quality?project=12": "Quality",
}
OF_ADMIN = {"/leak": "Report a leak", "/trial": "Try a policy"}
COLOURS = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("console")
    (folder / "ours.txt").write_text("")
    rules = [{**RULES[0], "always_redact": "ours.txt"}, *RULES[1:]]
    studio = Studio(range(1, 4))
    studio.text = lambda task: f"{CANARY} said {HOSTILE}, {task}"
    with (
        pytest.MonkeyPatch.context() as patch,
        Vendor.running() as vendor,
        open_site(folder, patch, rules=rules, access=vendor.address) as site,
    ):
        vendor.respond = studio.respond
        with Record.open(site.store) as record:
            for number, policy in ((1, "a" * 64), (2, "b" * 64)):
                record.end(
                    outcome(record.begin(attempt(number, policy=policy, provider=HOSTILE * (number - 1) or "a")))
                )
        changes = (NamedChange("mood", HOSTILE, "Bad", "changed", 3),)
        write(site, *(review(n, "kept" if n % 3 else "changed", changes=changes) for n in range(1, 40)))
        hold(site, *(scored(n, right=n % 3 > 0, raw=0.9 if n % 3 else 0.3, blind=n > 20) for n in range(1, 40)))
        yield site


@pytest.fixture(scope="module")
def address(site):
    return str(site.client.base_url)


@pytest.fixture(params=[VIEWER, ADMIN], ids=["viewer", "admin"])
def user(request):
    return request.param


@pytest.fixture
def pages(user):
    """The paths that a user may see, each with its heading."""
    return PAGES | (OF_ADMIN if user == ADMIN else {})


@pytest.fixture
def page(user, address):
    """A browser of a user, in which nothing is refused by the pages' own policy, and nothing comes from elsewhere."""
    login = b64encode(":".join(user).encode()).decode()
    with quiet_page(f"{address}/console") as opened:
        opened.set_extra_http_headers({"Authorization": f"Basic {login}"})
        yield opened


def test_each_page_fits_in_light_and_dark(page, address, pages):
    for path, width, scheme in product(pages, (1280, 390), COLOURS):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}/console{path}")
        assert page.get_by_role("heading", level=1).inner_text() == pages[path]
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


def test_each_field_has_a_label_and_each_table_its_heads(page, address, pages):
    for path in pages:
        page.goto(f"{address}/console{path}")
        unnamed = (
            "[...document.querySelectorAll('input:not([type=hidden]), textarea, select')].filter(f => !f.labels.length)"
        )
        assert page.evaluate(f"{unnamed}.length") == 0
        assert page.locator("table:not(:has(th))").count() == 0
        assert page.locator("html[lang]").count() == 1
        assert page.get_by_role("main").count() == 1


def test_axe_finds_nothing_serious(page, address, pages):
    for path, scheme in product(pages, COLOURS):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{address}/console{path}")
        assert barriers(page) == []
    page.goto(f"{address}/console")
    page.get_by_label("Text").fill(f"{CANARY} said so to Ann.")
    page.get_by_role("button", name="Show what would leave").click()
    page.get_by_text("as it would leave").first.wait_for()
    assert barriers(page) == []


def test_a_leak_is_reported_by_the_administrator_alone(page, address, user):
    page.goto(f"{address}/console")
    link = page.get_by_role("link", name="Report a leak")
    if user == VIEWER:
        assert link.count() == 0
        return
    link.click()
    page.get_by_label("Value that leaked, one a line").fill("grey heron")
    page.get_by_role("button", name="Put it on the list").click()
    page.get_by_text("added as PERSON").wait_for()
    assert page.get_by_text("grey heron").count() == 0
    assert page.url == f"{address}/console/leak"
    fits_without_barriers(page)


def test_what_was_sent_is_shown_to_the_administrator_alone(page, address, user, site):
    number = keep_sample(site, f"{CANARY} said {HOSTILE}, {'long' * 80}")
    page.goto(f"{address}/console/record")
    button = page.get_by_role("button", name=f"Show what was sent, entry {number}")
    if user == VIEWER:
        assert button.count() == 0
        return
    button.click()
    page.get_by_role("heading", name="What was sent").wait_for()
    assert page.get_by_text(CANARY).count() >= 1
    assert page.locator("script, img").count() == 0
    assert page.url == f"{address}/console/sent"
    fits_without_barriers(page)


def test_a_task_is_taken_by_the_administrator_alone(page, address, user):
    page.goto(f"{address}/console")
    if user == VIEWER:
        assert page.get_by_text("Or take a task of a project").count() == 0
        return
    page.get_by_text("Or take a task of a project").click()
    page.locator("#task_project").fill("12")
    page.get_by_label("Task number").fill("2")
    page.get_by_role("button", name="Show what would leave of the task").click()
    page.get_by_text("as it would leave").first.wait_for()
    assert page.locator("script, img").count() == 0
    assert page.url == f"{address}/console/task"
    fits_without_barriers(page)


def test_a_policy_is_tried_by_the_administrator(page, address, user, site):
    if user == VIEWER:
        page.goto(f"{address}/console/policy")
        assert page.get_by_role("link", name="Try a policy").count() == 0
        return
    page.goto(f"{address}/console/policy")
    page.get_by_role("link", name="Try a policy").click()
    policy = yaml.safe_load((site.folder / "policy.yaml").read_text())
    policy["rules"][-1]["providers"] = ["own"]
    page.get_by_label("Policy file (YAML)").fill(yaml.safe_dump(policy))
    page.get_by_role("button", name="Try it").click()
    page.get_by_text("2 of 2 tasks are treated otherwise").wait_for()
    fits_without_barriers(page)


def fits_without_barriers(page):
    """See that the page that is open fits in each width, and that axe finds nothing in light or dark."""
    for width, scheme in product((1280, 390), COLOURS):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert barriers(page) == []
