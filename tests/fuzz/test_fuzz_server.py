"""The server's fuzzers, for a moment each, and that they see what they are to see."""

import pytest

from tests.fuzz import fuzz_configs, fuzz_http
from tests.fuzz.fuzz_configs import FindingError, look_at_log
from tests.fuzz.served import CANARY


def test_random_configs_are_planned_or_refused(tmp_path):
    statuses = fuzz_configs.fuzz(tmp_path, 1, range(300), 120)
    assert sum(statuses.values()) > 50
    assert {200, 422} <= set(statuses)


def test_random_requests_are_answered_or_refused(tmp_path):
    statuses, prober = fuzz_http.fuzz(tmp_path, 1, 500)
    assert {200, 400, 404, 405, 422} <= set(statuses)
    assert prober.asked


@pytest.mark.parametrize(
    "line", [f"INFO x: {CANARY}", "WARNING: internal error KeyError at x.py:1", "Traceback (most recent call last):"]
)
def test_words_and_bugs_in_the_log_are_findings(tmp_path, line):
    log = tmp_path / "log"
    log.write_text("INFO: all is well\n")
    look_at_log(log)
    log.write_text(line)
    with pytest.raises(FindingError):
        look_at_log(log)
