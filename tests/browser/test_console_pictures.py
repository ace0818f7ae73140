"""The console as the documents show it: the record, and what became of predictions, each page fit to be looked at.

UPDATE_SCREENSHOT=1 writes the pictures anew.
"""

import os
from base64 import b64encode
from typing import Any

import pytest

from backend.record.journal import Record
from backend.review.entries import NamedChange
from tests.browser.pages import barriers, quiet_page
from tests.child import ROOT
from tests.record import attempt, outcome, refusal
from tests.unit.server.console.conftest import ADMIN, open_site
from tests.unit.server.console.test_quality import hold, review, scored, write

pytestmark = pytest.mark.browser

RULES: list[dict[str, Any]] = [
    {"name": "Psychiatry: by hand", "match": {"project": ["66"]}, "refuse": "psychiatric notes go to no model"},
    {"name": "Cardiology: names go out as surrogates", "match": "everything", "providers": ["vendor", "own"]},
]
PICTURES = {"/record": "console-record.png", "/quality?project=12": "console-quality.png"}
BUSY = {"outcome": "failed", "code": "provider_busy", "tokens_in": 0, "tokens_out": 0, "cost_usd": 0.0}
WITHIN = {"provider": "own", "model": "qwen2.5-coder-1.5b-instruct", "region": "", "external": False}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with (
        pytest.MonkeyPatch.context() as patch,
        open_site(tmp_path_factory.mktemp("console"), patch, rules=RULES) as site,
    ):
        with Record.open(site.store) as record:
            for number in range(1, 9):
                if number == 3:
                    record.refuse(refusal(233, rule=RULES[0]["name"], project="66"))
                ways = WITHIN if number == 5 else {}
                begun = record.begin(attempt(340 + number, entities={"PERSON": number % 3, "DATE_TIME": 1}, **ways))
                record.end(outcome(begun, **(BUSY if number == 4 else {})))
        changes = (NamedChange("mood", "Neutral", "Bad", "changed", 3),)
        write(site, *(review(n, "kept" if n % 3 else "changed", changes=changes) for n in range(1, 40)))
        hold(site, *(scored(n, right=n % 3 > 0, raw=0.9 if n % 3 else 0.3, blind=n > 20) for n in range(1, 40)))
        yield str(site.client.base_url)


@pytest.mark.parametrize("path", PICTURES)
def test_a_page_of_an_ordinary_day(address, path):
    with quiet_page(f"{address}/console") as page:
        page.set_extra_http_headers({"Authorization": f"Basic {b64encode(':'.join(ADMIN).encode()).decode()}"})
        page.goto(f"{address}/console{path}")
        assert page.get_by_role("table").count() > 0
        assert barriers(page) == []
        if os.environ.get("UPDATE_SCREENSHOT"):
            page.screenshot(path=ROOT / "docs" / "images" / PICTURES[path])
