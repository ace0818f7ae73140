"""`labelguard audit report` and `check-report`: what is asked, what is said and written, and the exit status."""

import json
import os
import re
import shlex

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from backend.cli import app, audit_report
from backend.record.chain import canonical_json
from backend.record.claims import ClaimForm
from backend.record.journal import Record
from backend.record.keys import Signer, make_signing_keys
from backend.record.period import report_period
from backend.record.verify import Trust
from backend.store import open_store
from tests.child import ROOT
from tests.periods import PERIOD, keep_world, make_world
from tests.tampering import TAMPERINGS, read, write

assert audit_report
FORMS = [ClaimForm("PERSON", "openai", held) for held in ("text", "value")]
NOVEMBER = ("--from", "2026-11-01", "--until", "2026-11-30")


@pytest.fixture
def key(tmp_path):
    make_signing_keys(tmp_path / "record.pem")
    return tmp_path / "record.pem"


@pytest.fixture
def asked(store_url, key, monkeypatch):
    """Return what asks a record of a world, by its number."""
    for name in [name for name in os.environ if name.upper().startswith("LABELGUARD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LABELGUARD_STATE_URL", store_url)
    monkeypatch.setenv("LABELGUARD_RECORD_KEY_FILE", str(key))
    engine = open_store(store_url)

    def fill(verdict):
        with Record.open(engine):
            pass
        signer = Signer.read(key)
        worlds = (make_world(seed, signer) for seed in range(900))
        keep_world(engine, next(world for world in worlds if is_such(world, verdict, signer)))
        return engine

    yield fill
    engine.dispose()


def is_such(world, verdict, signer):
    """Say whether both sentences on PERSON and openai have a verdict."""
    found = report_period(world.source(), Trust([signer.public]), PERIOD, FORMS)
    return {claim.verdict for claim in found.claims} == {verdict}


def run(*arguments):
    result = CliRunner().invoke(app, ["audit", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_a_sentence_that_the_record_proves(asked, tmp_path, key):
    asked("proven")
    page, file = tmp_path / "report.html", tmp_path / "report.json"
    to = ("--provider", "openai", "--entity", "PERSON")
    code, said = run("report", *NOVEMBER, *to, "--out", page, "--out", file)
    assert "proven: No text in which PERSON was found reached provider openai from 2026-11-01 until 2026-11-30" in said
    assert code == 0, said
    assert "Proven by the record" in page.read_text()
    assert "<script" not in page.read_text()
    assert oct(page.stat().st_mode)[-3:] == "600"
    code, said = run("check-report", file, "--store")
    assert (code, "the record says the same" in said) == (0, True), said


def test_a_sentence_that_the_record_contradicts(asked, tmp_path):
    asked("contradicted")
    page, file = tmp_path / "report.html", tmp_path / "report.json"
    code, said = run("report", *NOVEMBER, "--provider", "openai", "--entity", "PERSON", "--out", page, "--out", file)
    assert code == 1
    (claim, *_) = json.loads(file.read_text())["report"]["claims"]
    assert claim["verdict"] == "contradicted"
    for one in claim["entries"][:20]:
        assert re.search(rf"entry {one['seq']:,}, .* task {one['task']}, openai", said)
        assert f'<td class="number">{one["seq"]}</td>' in page.read_text()


@pytest.mark.parametrize("kind", ["a field changed", "removed"])
def test_a_record_that_was_tampered_with_proves_nothing(asked, tmp_path, kind):
    engine = asked("proven")
    write(engine, TAMPERINGS[kind](read(engine), 2))
    file = tmp_path / "report.json"
    code, said = run("report", *NOVEMBER, "--entity", "PERSON", "--out", file, "--out", tmp_path / "a.html")
    assert code == 1
    assert "cannot be told" in said
    assert "not as it was written" in said
    assert {one["verdict"] for one in json.loads(file.read_text())["report"]["claims"]} == {"cannot be told"}
    assert "The record is not as it was written" in (tmp_path / "a.html").read_text()


@pytest.fixture
def signed(asked, tmp_path):
    asked("proven")
    file = tmp_path / "report.json"
    run("report", *NOVEMBER, "--entity", "PERSON", "--out", file)
    return file


def check(file, *more):
    result = CliRunner().invoke(app, ["audit", "check-report", str(file), *map(str, more)])
    problem = getattr(result.exception, "reason", "")
    return result.exit_code, result.output + problem


def test_a_report_that_was_changed_is_found(signed):
    whole = json.loads(signed.read_text())
    whole["report"]["claims"][0]["count"] += 1
    signed.write_text(canonical_json(whole))
    code, said = check(signed)
    assert code != 0
    assert "its signature is not good" in said


def test_a_report_by_another_key_is_not_taken(signed, tmp_path):
    other, _ = make_signing_keys(tmp_path / "other.pem")
    code, said = check(signed, "--public-key", other)
    assert code != 0
    assert "another key" in said


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"report":{},"key":"a","signature":"zz"}', "\x00"])
def test_what_is_no_report_is_told(signed, content):
    signed.write_text(content)
    code, said = check(signed)
    assert code != 0
    assert "is no report" in said


def test_a_report_is_checked_without_the_database(signed, tmp_path, key, monkeypatch):
    record = tmp_path / "record.jsonl"
    assert run("export", "--output", record)[0] == 0
    monkeypatch.setenv("LABELGUARD_STATE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.delenv("LABELGUARD_RECORD_KEY_FILE")
    assert check(signed, "--public-key", f"{key}.pub", "--record", record)[0] == 0
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(lines[:2] + lines[3:]))
    code, said = check(signed, "--public-key", f"{key}.pub", "--record", record)
    assert code == 1
    assert "the record says something else" in said


def test_a_report_still_fits_a_record_that_has_grown(signed, store_url, key):
    from tests.record import attempt

    engine = open_store(store_url)
    with Record.open(engine, Signer.read(key), 1) as record:
        record.begin(attempt(77))
    engine.dispose()
    assert check(signed, "--store")[0] == 0


def test_a_signed_report_of_what_the_record_does_not_say_is_found(signed, key):
    """Who has the key can sign anything; the record tells."""
    from backend.record.signed_report import signed_json

    said = json.loads(signed.read_text())["report"]
    said["refusals"]["invented"] = 1
    signed.write_text(signed_json(said, Signer.read(key)))
    code, told = check(signed, "--store")
    assert code == 1
    assert "something else: refusals" in told


def test_without_a_key_there_is_a_page_and_no_json(asked, tmp_path, monkeypatch):
    asked("proven")
    monkeypatch.delenv("LABELGUARD_RECORD_KEY_FILE")
    code, said = run("report", *NOVEMBER, "--entity", "PERSON", "--out", tmp_path / "a.html")
    assert code == 1
    assert "no key was given" in said
    result = CliRunner().invoke(app, ["audit", "report", *NOVEMBER, "--out", str(tmp_path / "a.json")])
    assert "RECORD_KEY_FILE" in str(result.exception)


@pytest.mark.parametrize(
    "wrong",
    [
        ("--from", "2026-12-02", "--until", "2026-11-30"),
        (*NOVEMBER, "--entity", "a b"),
        (*NOVEMBER, "--out", "report.pdf"),
        ("--from", "2026-11-01"),
    ],
)
def test_what_cannot_be_asked(asked, wrong):
    asked("proven")
    result = CliRunner().invoke(app, ["audit", "report", *wrong])
    assert result.exception is not None
    assert result.exit_code != 0


def test_a_day_that_is_over_is_signed(store_url, monkeypatch):
    """The first entries of a day are, so that nobody can cut off the day before unseen."""
    from backend.record import tables
    from backend.record.sources import stored
    from tests.record import refusal

    engine, signer = open_store(store_url), Signer(Ed25519PrivateKey.generate())
    days = iter(f"2026-11-{day:02}T12:00:00.000000Z" for day in (1, 1, 2, 2, 3))
    monkeypatch.setattr(tables, "now", lambda: next(days))
    with Record.open(engine, signer) as record:
        for _ in range(5):
            record.refuse(refusal())
        with stored(engine) as source:
            assert [seal.seq for seal in source.seals] == [3, 5]
    engine.dispose()


@pytest.mark.parametrize("document", ["record.md", "data-protection.md"])
def test_what_the_documents_type_works(asked, tmp_path, monkeypatch, document):
    asked("proven")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / document).read_text(encoding="utf-8")
    typed = re.findall(r"^    labelguard audit ((?:report|check-report) .*)$", text, re.MULTILINE)
    assert typed
    for line in typed:
        code, said = run(*shlex.split(line))
        assert code == 0, said
    assert list(tmp_path.glob("*.html"))
