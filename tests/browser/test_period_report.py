"""The report of a period in a real browser: it runs nothing, fits, has no barrier, and prints."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.record.claims import ClaimForm
from backend.record.keys import Signer
from backend.record.period import report_period
from backend.record.period_page import period_page
from backend.record.verify import Trust
from tests.browser.pages import barriers, quiet_page
from tests.periods import PERIOD, TYPES, make_world

FORMS = [
    ClaimForm(kind, provider, held)
    for kind in (*TYPES, "<img src=x onerror=alert(1)>")
    for provider in ("openai", "long" * 40)
    for held in ("text", "value")
]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    signer = Signer(Ed25519PrivateKey.generate())
    trust, file = Trust([signer.public]), tmp_path_factory.mktemp("report") / "report.html"
    for seed in range(900):
        found = report_period(make_world(seed, signer).source(), trust, PERIOD, FORMS)
        if len({claim.verdict for claim in found.claims}) == 3:
            file.write_text(period_page(found, PERIOD.until), encoding="utf-8")
            return file
    raise AssertionError


@pytest.fixture
def page(written):
    with quiet_page(f"file://{written}") as opened:
        opened.goto(f"file://{written}")
        yield opened


def test_it_says_all_verdicts_and_runs_nothing(page):
    assert page.locator("script, img").count() == 0
    for kind in ("proven", "contradicted", "cannot-be-told"):
        assert page.locator(f".claim.{kind}").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page, scheme):
    page.emulate_media(color_scheme=scheme)
    assert barriers(page) == []


@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_it_prints_with_room_to_sign(page):
    assert not page.get_by_role("heading", name="Read by").is_visible()
    page.emulate_media(media="print", color_scheme="dark")
    page.set_viewport_size({"width": 680, "height": 900})  # what A4 leaves
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.get_by_role("heading", name="Read by").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 680
    assert page.pdf(prefer_css_page_size=True)[:5] == b"%PDF-"
