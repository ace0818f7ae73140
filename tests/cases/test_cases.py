"""Small inputs from public reports, one test each: README.md beside it says what a case is."""

import json
from contextlib import ExitStack

import pytest

from tests.cases import checking
from tests.cases.case import read_cases
from tests.cases.running import Served
from tests.cases.ways import WAYS

CASES = read_cases()
SERVED = [case for case in CASES if case.kind == "serve"]
REDACTED = [case for case in CASES if case.kind == "redact"]


def show(case, outcome):
    """Fail with what is wrong, and what came of the case."""
    if outcome.problems:
        got = json.dumps(outcome.got, ensure_ascii=False)
        pytest.fail("\n".join([f"{case.name}: {case.about}", *outcome.problems, f"got: {got}"]), pytrace=False)


class Servers:
    """The server of a case's place: it is gone before another one's starts."""

    def __init__(self, folder):
        self.folder = folder
        self.place, self.served, self.running = None, None, ExitStack()

    def of(self, case):
        """Return the server of all cases that want the same environment as this one."""
        if self.place != case.place:
            self.running.close()
            cases = [each for each in SERVED if each.place == case.place]
            folder = self.folder(f"place-{case.name}")
            self.served, self.place = self.running.enter_context(Served.running(cases, folder)), case.place
        return self.served


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """Servers, one after the other: the cases of one place stand side by side."""
    servers = Servers(tmp_path_factory.mktemp)
    with servers.running:
        yield servers


@pytest.fixture(scope="module")
def redacted():
    """What came of all texts that are only redacted."""
    return checking.redact(REDACTED)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in SERVED])
def test_served(servers, case):
    show(case, checking.serve(case, servers.of(case), SERVED.index(case) + 1))


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in REDACTED])
def test_redacted(redacted, case):
    show(case, redacted[case.name])


def test_each_case_behaves_in_a_way_that_there_is():
    assert {case.standin.get("does", "normal") for case in SERVED} <= set(WAYS)
