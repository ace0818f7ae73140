"""The way of one task, as docs/architecture.md tells it, is the way that a task takes through the real server."""

import re
import threading
from pathlib import Path

import pytest

from backend.privacy.types import Detection
from tests.child import ROOT
from tests.parts import ALL, build_engine, predict_body, provider, serving, write_policy
from tests.standin import StandIn

WALK = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## The way of one task\n")[2]
STEPS = re.findall(r"^(\d+)\. \*\*(.*?)\.\*\*(.*?)(?=^\d+\. |^#|^\n)", WALK, re.MULTILINE | re.DOTALL)
FILES = [re.findall(r"`(backend/[\w/]+\.py)`", text) for _, _, text in STEPS]
NOT_HERE = frozenset(
    {
        "backend/engine/teaching.py",  # nothing was annotated
        "backend/model/failures.py",  # nothing fails
        "backend/privacy/processes/workers.py",  # detection is the test's own
    }
)
"""Files of the way that a plain task does not enter."""


def names(text):
    return [Detection(at, at + 3, "PERSON", 0.9) for name in ("Ann", "Bob") if (at := text.find(name)) >= 0]


@pytest.fixture(scope="module")
def entered(tmp_path_factory):
    """Return the files that a task enters, in order: each time that the way comes into another."""
    seen: list[str] = []
    ours = f"{ROOT}/backend/"

    def note(frame, event, arg):
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(ours):
            name = Path(file).relative_to(ROOT).as_posix()
            if not seen or seen[-1] != name:
                seen.append(name)

    with StandIn() as standin:
        policy = write_policy(tmp_path_factory.mktemp("walk"), {"cloud": provider(standin.address, "openai")})
        engine = build_engine(policy, names, keeps=True)
        engine.gateway.warm(policy.providers)
        threading.setprofile(note)  # of all threads that begin from here on
        try:
            with serving(engine) as client:
                seen.clear()
                response = client.post("/predict", json=predict_body(ALL, "Ann likes Bob."))
                return response.json()["results"], list(seen)
        finally:
            threading.setprofile(None)


def test_a_task_takes_the_steps_in_their_order(entered):
    results, seen = entered
    assert results[0]["result"]
    assert [int(number) for number, _, _ in STEPS] == list(range(1, 20))
    place = 0
    for (number, title, _), files in zip(STEPS, FILES, strict=True):
        assert files[0] in seen[place:], f"{number}. {title}: {files[0]}"
        place = seen.index(files[0], place)


def test_all_files_of_the_way_are_entered_but_for_what_a_plain_task_does_not_need(entered):
    _, seen = entered
    assert {file for files in FILES for file in files} - set(seen) == NOT_HERE
