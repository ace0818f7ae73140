"""How good predictions are, by what the store knows: counts, intervals, pictures; no word of a task."""

import logging
import re

import pytest

from backend.review.calibration import Calibrations
from backend.review.entries import KeptAnnotation, NamedChange, Review, ReviewedProject, ReviewEntries
from backend.review.reviews import Reviews
from backend.review.scores import ScoredAnswer, ScoredTask, ScoreEntries
from backend.review.tables import PART
from backend.server.console import quality as module
from backend.store import writing
from tests.parts import SENTIMENT
from tests.unit.server.console.conftest import ADMIN, HOSTILE, RULES, VIEWER, open_site

VERSION = "labelguard-000000000001"
TEXT = "canary of a task"
MONDAY = 1_795_392_000  # 2026-11-23, UTC
WEEK_S = 7 * 86_400


def review(number, verdict="kept", project=12, version=VERSION, made=MONDAY, **said):
    return Review(project, number, number, version, verdict, made, made, **said)


def write(site, *reviews):
    own = Reviews(site.store, ReviewEntries(site.secret))
    with writing(site.store, PART) as connection:
        for one in reviews:
            own.write(connection, [one])
    return own


def hold(site, *found):
    own = Reviews(site.store, ReviewEntries(site.secret))
    with writing(own.store, PART) as connection:
        ScoreEntries(own.entries).write(connection, found[0].project, [one.task for one in found], found)


def scored(number, *, right=True, blind=True, raw=0.9, project=12):
    answers = (ScoredAnswer("mood", "tokens", raw, right), ScoredAnswer("mood", "", 0.0, is_right=True))
    return ScoredTask(project, number, number, VERSION, blind, answers)


def rows(page, caption):
    """Return the cells of the rows of a table."""
    table = page.partition(f"<caption>{caption}")[2].partition("</table>")[0]
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in table.split("<tr>")[2:]]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in found]


def test_what_is_not_there_yet_is_told(site):
    assert "No annotation is known - labelguard connect sets up webhooks" in site.get("/quality").text
    page = site.get("/quality?project=12").text
    for words in (
        "labelguard annotations sync --project 12",
        "Of fewer than ten scored answers nothing is said",
        "Of no prediction of this project it is known",
        "No correction is known",
        "It cannot be said: nothing is known of the project",
    ):
        assert words in page
    assert "<svg" not in page


def test_what_reviewers_did_is_counted_with_its_interval(site):
    verdicts = ["kept"] * 6 + ["changed"] * 3 + ["thrown", "unknown"]
    write(site, *(review(n, verdict) for n, verdict in enumerate(verdicts, 1)))
    write(site, review(50, "unknown", version=""))
    write(site, review(60, project=7))
    assert rows(site.get("/quality").text, "Annotations by project") == [
        ["7", VERSION, "1", "0", "0", "0", "100.0% (21% to 100%)"],
        ["12", "(none known)", "0", "0", "0", "1", "-"],
        ["12", VERSION, "6", "3", "1", "1", "60.0% (31% to 83%)"],
    ]


def test_weeks_and_labels_are_of_one_project(site):
    changes = (NamedChange("mood", "Good", "Bad", "changed", 3), NamedChange("ner", "", HOSTILE, "added", 2))
    write(site, review(1, "changed", changes=changes), review(2, made=MONDAY + WEEK_S), review(3, project=7))
    page = site.get("/quality?project=12").text
    weeks = page.partition("Kept week by week")[2].partition("<h2>")[0]
    assert weeks.count("<svg") == 1
    assert [week for week in ("2026-11-16", "2026-11-23: 1", "2026-11-30: 1") if week in weeks] == [
        "2026-11-23: 1",
        "2026-11-30: 1",
    ]
    assert rows(page, VERSION) == [
        ["mood", "Bad", "-", "0", "0", "3"],
        ["mood", "Good", "Bad 3", "3", "3", "0"],
        ["ner", "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(2)&gt;", "-", "0", "0", "2"],
    ]
    assert "<script" not in page
    assert "onerror=alert" not in site.get("/quality?project=7").text


def test_answers_are_held_against_annotations_blind_ones_apart(site):
    hold(site, *(scored(n, right=n % 4 > 0) for n in range(1, 13)), *(scored(n, blind=False) for n in range(21, 24)))
    found = rows(site.get("/quality?project=12").text, "Right answers")
    assert [row[:5] for row in found] == [[VERSION, "mood", "blind", "12", "24"], [VERSION, "mood", "seen", "3", "6"]]
    assert re.fullmatch(r"87\.5% \(\d+% to \d+%\)", found[0][5])
    assert found[1][5] == "100.0%"  # of three tasks there is no interval
    assert "Nothing here is blind" not in site.get("/quality?project=12").text
    hold(site, scored(1, blind=False, project=13))
    assert "Nothing here is blind" in site.get("/quality?project=13").text


def test_what_scores_are_worth_is_drawn(site):
    hold(site, *(scored(n, right=n % 3 > 0, raw=0.9 if n % 3 else 0.3) for n in range(1, 31)))
    page = site.get("/quality?project=12").text
    assert "30 answers in 30 tasks, blind; expected calibration error 0.17" in page.replace("\n", " ")
    assert "Enough to calibrate them" in page
    assert page.partition("What scores are worth")[2].partition("Kept week")[0].count('<circle class="dot"') == 2
    assert rows(page, f"mood of {VERSION}, in figures") == [
        ["0.3 to 0.4", "0.0% (0% to 28%)", "10"],
        ["0.9 to 1.0", "100.0% (84% to 100%)", "20"],
    ]
    made = Calibrations(site.store, ReviewEntries(site.secret)).renew(12)[VERSION]
    assert f"have calibrated scores ({made.name})" in site.get("/quality?project=12").text


def test_what_is_learned_is_told_by_rule(tmp_path, monkeypatch):
    learn = {"annotations": "keep", "days": 30, "examples": {"most": 4, "tokens": 1500}, "marks": 3, "nearest": True}
    rules = [{**RULES[2], "match": {"project": ["12"]}, "learn": learn}, *RULES[:2]]
    with open_site(tmp_path, monkeypatch, rules=rules) as site:
        kept = KeptAnnotation([{"value": TEXT}], {"text": TEXT})
        own = write(site, *(review(n, expires=2**33, kept=kept) for n in (1, 2)), review(3))
        with writing(site.store, PART) as connection:
            own.remember(connection, ReviewedProject(12, SENTIMENT, "", HOSTILE))
            own.remember(connection, ReviewedProject(66, SENTIMENT))
        page = site.get("/quality?project=12").text
        assert "Annotations of 2 tasks are kept" in page
        (row,) = rows(page, "Rules that may decide")
        assert row[1:] == [
            "30 days",
            "up to 4 examples before a task, of 1,500 tokens together; words that were marked in 3 tasks are marked"
            " again; the label of the nearest tasks, where it is likelier right",
        ]
        assert "<script" not in page
        assert "not for models" in site.get("/quality?project=66").text
        assert not any(TEXT in site.get(f"/quality{query}", ADMIN).text for query in ("", "?project=12"))
        site.holds_nowhere(TEXT)


def test_so_many_annotations_are_counted(site, monkeypatch):
    monkeypatch.setattr(module, "MOST_REVIEWS", 2)
    write(site, *(review(n, "kept" if n > 1 else "thrown", made=MONDAY + n) for n in range(1, 4)))
    page = site.get("/quality?project=12").text
    assert "labelguard quality --project 12</code> counts all" in page
    assert "2026-11-23: 2" in page


def test_what_is_under_another_secret_is_left_out(site):
    own = Reviews(site.store, ReviewEntries(b"another secret of 32 bytes......"))
    with writing(site.store, PART) as connection:
        own.write(connection, [review(1)])
        ScoreEntries(own.entries).write(connection, 12, [1], [scored(1)])
    page = site.get("/quality?project=12")
    assert page.status_code == 200
    assert "No prediction was held against an annotation yet" in page.text


@pytest.mark.parametrize("project", ["0", "-1", "x", "1" * 16, "%00", "12'--", "١"])
def test_what_is_no_project_is_refused(site, project):
    for user in (VIEWER, ADMIN):
        assert site.get(f"/quality?project={project}", user).status_code == 400


def test_nothing_of_it_is_logged(site, caplog):
    caplog.set_level(logging.DEBUG)
    write(site, review(1, "changed", changes=(NamedChange("mood", TEXT, "Bad", "changed", 1),)))
    assert TEXT in site.get("/quality?project=12").text
    assert TEXT not in caplog.text
