"""Label configs of any size: planned with work that grows as they do, or refused before it."""

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from backend.engine import jobs
from backend.engine import project as ways
from backend.engine.jobs import ProjectPlans
from backend.errors import ConfigError
from backend.labelstudio import config as plan
from backend.labelstudio.config import build_plan
from backend.labelstudio.xml import sizing
from backend.labelstudio.xml.elements import elements
from handlers import load_handlers
from tests.parts import SENTIMENT, build_engine, provider, write_policy
from tests.patience import HANGS_S

HANDLERS = load_handlers()
READS = str(Path(plan.__file__).parent)
TEXT = '<Text name="text" value="$text"/>'
SHAPES = {
    "headers": lambda n: "".join(f'<Header value="h{i}"/><Rating name="r{i}" toName="text"/>' for i in range(n)),
    "ratings": lambda n: "".join(f'<Rating name="r{i}" toName="text"/>' for i in range(n)),
    "labels": lambda n: f'<Labels name="l" toName="text">{_many(n, "Label")}</Labels>',
    "choices": lambda n: f'<Choices name="l" toName="text">{_many(n, "Choice")}</Choices>',
    "conditions": lambda n: (
        SENTIMENT[6:-7]
        + "".join(
            f'<View visibleWhen="choice-selected" whenTagName="mood"><Rating name="r{i}" toName="text"/></View>'
            for i in range(n)
        )
    ),
    "relations": lambda n: f'<Labels name="l" toName="text"><Label value="A"/></Labels>{"<Relations/>" * n}',
    "chats": lambda n: '<Header value="h"/>' * n + "".join(f'<Chat name="c{i}" value="$c{i}"/>' for i in range(n)),
    "texts": lambda n: (
        "".join(f'<Text name="t{i}" value="$t{i}"/>' for i in range(n))
        + "".join(f'<Chat name="c{i}" value="$c{i}"/>' for i in range(n))
    ),
    "objects": lambda n: "".join(
        f'<Text name="t{i}" value="$t{i}"/><Rating name="r{i}" toName="t{i}"/>' for i in range(n)
    ),
    "views": lambda n: "<View/>" * n + '<Rating name="r" toName="text"/>',
}


def _many(n, tag):
    return "".join(f'<{tag} value="l{i}"/>' for i in range(n))


MANY = " ".join(f'a{i}=""' for i in range(101))
LONG = "v" * 9_000


def config(shape, n):
    return f"<View>{TEXT}{SHAPES[shape](n)}</View>"


def work(text):
    """Plan a config; returns how many lines of what reads it ran, each turn of a loop counted."""
    lines = 0

    def count(frame, event, _):
        nonlocal lines
        lines += event == "line"
        return count

    def enter(frame, *_):
        return count if frame.f_code.co_filename.startswith(READS) else None

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        build_plan(text, HANDLERS)
    finally:
        sys.settrace(before)
    return lines


def test_a_loop_in_a_loop_would_be_seen(monkeypatch):
    def squared(tree):
        return [one for one in elements(tree) for _ in elements(tree) if one is not None]

    monkeypatch.setattr(plan, "elements", squared)
    small, large = (work(config("views", n)) for n in (110, 440))
    assert large > small * 4.5


@pytest.mark.parametrize("shape", SHAPES)
def test_work_grows_as_the_config_does(shape):
    small, large = (work(config(shape, n)) for n in (110, 440))
    assert 1_000 < large < small * 4.5


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (SHAPES["headers"](15_000), "more than 1,000 control tags"),
        ("<Relations/>" * 1001, "more than 1,000 control tags"),
        ("<View/>" * 20_000, "more than 20,000 tags"),
        ("<View>" * 100 + "</View>" * 100, "more than 100 tags within each other"),
        (f"<View {MANY}/>", "more than 100 attributes"),
        (f'<Rating name="{"n" * 501}" toName="text"/>', "more than 500 characters of a name"),
        (
            f'<Choices name="c" toName="text"><Choice value="{LONG}">{_many(1_000, "Choice")}</Choice></Choices>',
            "characters of labels",
        ),
        (
            "".join(
                f'<Labels name="l{i}" toName="text"><Label value="A"/></Labels>'
                f'<Rating name="r{i}" toName="text" perRegion="true"/>'
                for i in range(50)
            ),
            "2,500 questions about regions",
        ),
    ],
)
def test_what_is_too_large_is_refused_before_the_work(body, words, monkeypatch):
    if "questions" not in words:
        monkeypatch.setattr(plan, "elements", lambda tree: pytest.fail("planned"))
        monkeypatch.setattr("label_studio_sdk.label_interface.LabelInterface", lambda *_: pytest.fail("parsed"))
    with pytest.raises(ConfigError, match=words) as caught:
        build_plan(f"<View>{TEXT}{body}</View>", HANDLERS)
    assert len(caught.value.reason) < 200


def test_a_message_names_some_of_many_tags():
    body = "".join(f'<T{i} name="n{i}" toName="text"/>' for i in range(900))
    with pytest.raises(ConfigError, match="880 more") as caught:
        build_plan(f"<View>{TEXT}{body}</View>", HANDLERS)
    assert len(caught.value.reason) < 1000


def test_the_largest_that_are_taken_are_planned():
    assert len(build_plan(config("headers", 999), HANDLERS).controls) == 999
    (labels,) = build_plan(config("labels", 10_000), HANDLERS).controls
    assert len(labels.labels) == 10_000
    assert sizing.MAX_TAGS > 10_000


def test_questions_are_still_those_of_the_headers():
    found = {c.from_name: c.question for c in build_plan(config("headers", 40), HANDLERS).controls}
    assert found == {f"r{i}": f"h{i}" for i in range(40)}


# --- jobs


def key(name):
    return (name, "1", "", "")


def test_a_job_is_made_once_for_all_who_ask_at_once():
    made, go_on = [], threading.Event()

    def make(asked) -> Any:
        made.append(asked)
        go_on.wait(HANGS_S)
        return object()

    kept = ProjectPlans(make)
    found = []
    threads = [threading.Thread(target=lambda: found.append(kept.get(key("a")))) for _ in range(5)]
    for thread in threads:
        thread.start()
    other = threading.Thread(target=lambda: found.append(kept.get(key("b"))))
    other.start()
    while len(made) < 2:  # another config does not wait for the first
        pass
    go_on.set()
    for thread in (*threads, other):
        thread.join()
    assert sorted(made) == [key("a"), key("b")]
    assert len(set(map(id, found))) == 2


def test_what_cannot_be_made_is_told_to_all_and_tried_again():
    made = []

    def make(asked):
        made.append(asked)
        raise ConfigError("no")

    kept = ProjectPlans(make)
    for _ in range(2):
        with pytest.raises(ConfigError):
            kept.get(key("a"))
    assert len(made) == 2
    assert len(kept) == 0


def test_jobs_are_kept_by_number_and_by_size():
    made = []

    def make(asked) -> Any:
        made.append(asked)
        return object()

    kept = ProjectPlans(make, most=3, characters=100)
    for name in ("a", "b", "c", "d", "b"):
        kept.get(key(name))
    assert len(made) == 4
    assert len(kept) == 3
    kept.get(key("x" * 90))
    kept.get(key("y" * 90))
    assert len(kept) == 1
    kept.get(key("z" * 500))
    assert len(kept) == 1
    assert jobs.MAX_CHARACTERS < 10_000_000


def test_a_slow_config_keeps_no_other_waiting(tmp_path, monkeypatch):
    own = provider("http://127.0.0.1:9/v1", "openai", external=False)
    engine = build_engine(write_policy(tmp_path, {"own": own}), lambda text: [])
    go_on = threading.Event()
    make_job = jobs.make_job if hasattr(jobs, "make_job") else None
    assert make_job is None

    real = ways.make_job

    def make(active_policy, label_config, *more):
        if "slow" in label_config:
            go_on.wait(HANGS_S)
        return real(active_policy, label_config, *more)

    monkeypatch.setattr("backend.engine.planning.make_job", make)
    slow = threading.Thread(target=engine.job, args=(SENTIMENT.replace("Good", "slow"), "1"))
    slow.start()
    assert engine.job(SENTIMENT, "1").model_version
    assert slow.is_alive()
    go_on.set()
    slow.join()
