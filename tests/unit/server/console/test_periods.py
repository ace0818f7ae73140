"""The report of a period from the console's page: who may have it, in which form, and what it lets in."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from backend.record.claims import ClaimForm
from backend.record.keys import Signer, make_signing_keys
from backend.record.period import report_period
from backend.record.signed_report import differs_from_record, read_signed
from backend.record.sources import stored
from backend.record.verify import Trust
from backend.server.console import recorded
from backend.store import open_store
from tests.periods import PERIOD, keep_world, make_world
from tests.record import attempt
from tests.unit.server.console.conftest import ADMIN, HOSTILE, VIEWER, open_site

FIELDS = {"from": "2026-11-01", "until": "2026-11-30", "provider": "openai", "entity": "PERSON"}


@pytest.fixture
def signed_site(tmp_path, monkeypatch):
    """A console whose record is signed by a key."""
    make_signing_keys(tmp_path / "record.pem")
    passwords = {"console_viewer_password": SecretStr(VIEWER[1]), "console_admin_password": SecretStr(ADMIN[1])}
    with open_site(tmp_path, monkeypatch, record_key_file=tmp_path / "record.pem", **passwords) as running:
        yield running


def signer_of(site):
    return Signer.read(Path(site.folder, "record.pem"))


def fill(site, verdict):
    """Give a console the record of a world in which the sentence on PERSON and openai is so."""
    signer, form = signer_of(site), ClaimForm("PERSON", "openai", "text")
    for world in (make_world(seed, signer) for seed in range(900)):
        claims = report_period(world.source(), Trust([signer.public]), PERIOD, [form]).claims
        if claims[0].verdict == verdict:
            keep_world(open_store(f"sqlite:///{site.folder / 'state.db'}"), world)
            return
    raise AssertionError(verdict)


def ask(site, user=VIEWER, form="page", **other):
    fields = {**FIELDS, "form": form, **other, "token": site.token("/record", user, "/record/report")}
    return site.client.post("/console/record/report", data=fields, auth=user)


@pytest.mark.parametrize("user", [VIEWER, ADMIN])
@pytest.mark.parametrize("verdict", ["proven", "contradicted", "cannot be told"])
def test_the_page_says_what_follows(signed_site, verdict, user):
    fill(signed_site, verdict)
    answer = ask(signed_site, user)
    assert answer.status_code == 200
    assert f'class="claim {verdict.replace(" ", "-")}"' in answer.text
    policy = answer.headers["content-security-policy"]
    style = answer.text.partition("style-src '")[2].partition("'")[0]
    assert policy.startswith(f"default-src 'none'; style-src '{style}';")
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "<script" not in answer.text


def test_the_json_is_signed_and_says_what_the_record_says(signed_site, tmp_path):
    fill(signed_site, "contradicted")
    answer = ask(signed_site, form="json")
    assert answer.headers["content-disposition"] == 'attachment; filename="labelguard-2026-11-01.json"'
    file = tmp_path / "report.json"
    file.write_bytes(answer.content)
    keys = [signer_of(signed_site).public]
    said = read_signed(file, keys)
    assert [one["held"] for one in said["claims"]] == ["text", "value"]
    with stored(open_store(f"sqlite:///{signed_site.folder / 'state.db'}")) as source:
        assert differs_from_record(said, source, keys) == []
    assert json.loads(answer.content)["key"] == keys[0].name


def test_without_a_key_there_is_no_json(site):
    answer = ask(site, form="json")
    assert answer.status_code == 503
    assert "LABELGUARD_RECORD_KEY_FILE" in answer.text


def test_nobody_else_has_it(site):
    token = site.token("/record", VIEWER, "/record/report")
    post = site.client.post
    assert post("/console/record/report", data={**FIELDS, "token": token}).status_code == 401
    for wrong in ("", "1.2", site.token("/record", VIEWER, "/record")):
        assert post("/console/record/report", data={**FIELDS, "token": wrong}, auth=VIEWER).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": ""},
        {"until": "2026-10-01"},
        {"until": "9999-12-31"},
        {"entity": "A B"},
        {"entity": HOSTILE},
        {"form": "x"},
    ],
)
def test_a_wrong_field_is_refused(site, wrong):
    assert ask(site, **wrong).status_code == 400


def test_a_record_that_is_too_long_is_made_elsewhere(site, monkeypatch):
    monkeypatch.setattr(recorded, "MOST_CHECKED", -1)
    assert "labelguard audit report makes it" in ask(site).text


def test_what_stands_in_the_record_is_escaped(signed_site):
    from datetime import UTC, datetime

    from backend.record.journal import Record

    with Record.open(open_store(f"sqlite:///{signed_site.folder / 'state.db'}")) as record:
        record.begin(attempt(1, rule=HOSTILE, provider=HOSTILE, model=HOSTILE, region=HOSTILE))
    today = datetime.now(UTC).date().isoformat()
    answer = ask(signed_site, provider=HOSTILE, until=today)
    assert "&lt;script&gt;" in answer.text
    assert "<script" not in answer.text
    assert "<img" not in answer.text


def test_no_field_is_an_error_of_ours(site):
    token = site.token("/record", VIEWER, "/record/report")
    days = st.sampled_from(["0001-01-01", "2026-11-01", "9999-12-30", "x"])
    texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)

    @given(days, days, texts, texts)
    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def tried(since, until, provider, entity):
        said = {"from": since, "until": until, "provider": provider, "entity": entity, "token": token}
        answer = site.client.post("/console/record/report", data=said, auth=VIEWER)
        assert answer.status_code in (200, 400)

    tried()
