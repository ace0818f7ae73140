"""gepa, a model that proposes, and ours: what leaves, what is counted, what is written, and how it ends."""

import json
import signal
import subprocess
import sys
from importlib.resources import files
from typing import Any

import pytest

from backend.engine.tuning.candidates import HIDDEN, QUOTED
from backend.engine.tuning.outcome import INTERRUPTED
from backend.engine.tuning.report import tuning_page
from backend.engine.tuning.run import TuningOrder
from backend.engine.tuning.tasks import TaskPart
from backend.engine.tuning.tuning import CUT_OFF, WITHHELD_REASONS
from backend.errors import BudgetError, GatewayError, RequestError
from tests.parts import finds
from tests.unit.engine.training.parts import annotated, mood
from tests.unit.engine.tuning.parts import HINT, NAMES, OLD, SAID, HintedModel, annotated_tasks, bench

WORDS = [word for name in NAMES for word in name.split()]


def test_a_better_prompt_is_found_tested_and_told_and_no_name_leaves(tmp_path):
    model = HintedModel()
    with bench(tmp_path, model) as (tuned, server):
        outcome = tuned.tune(annotated_tasks())
        sent = tuned.sent()
    assert outcome.new == f"{HINT} {OLD}"
    assert outcome.is_written
    assert outcome.tested
    assert (outcome.tested.new.value, outcome.tested.new_right) == (1.0, 1.0)
    assert outcome.tested.gap.low > 0
    assert outcome.tested.tasks == outcome.parts[TaskPart.TEST]
    assert sum(outcome.parts.values()) == 60
    assert outcome.reasons == model.reasons
    received = bytes(server.received) + json.dumps(outcome.flat()).encode() + tuning_page(outcome, "x").encode()
    assert not [word for word in WORDS if word.encode() in received]
    # Each request stands in the record, as an attempt of its own kind, and costs what the record says.
    assert len(sent) == len(server.requests) == outcome.spending.calls
    assert {one.attempt["model_version"][:5] for one in sent} == {"tune-"}
    assert {one.attempt["rule"] for one in sent} == {"all"}
    assert outcome.spending.cost_usd == pytest.approx(len(sent) * 15e-6)
    assert (tmp_path / "mood.txt").read_text() == OLD
    assert {file.name for file in tmp_path.iterdir()} <= {
        "mood.txt",
        "policy.yaml",
        "state.db",
        "state.db-wal",
        "state.db-shm",
    }


def test_what_was_tested_by_was_neither_shown_nor_asked_before(tmp_path):
    model = HintedModel()
    with bench(tmp_path, model) as (tuned, server):
        tasks = annotated_tasks()
        rule = tuned.rule(tasks)
        held = [task.number for task in rule.tasks if task.part is TaskPart.TEST]
        tuned.tune(tasks)
        asked = [request["messages"][-1]["content"] for request in server.requests]
    first = min(n for n, text in enumerate(asked) if any(f"letter {number}:" in text for number in held))
    assert len(asked) - first == 2 * len(held)
    shown = json.dumps(model.asked)
    learned = [task.number for task in rule.tasks if task.part is TaskPart.LEARN]
    assert any(f"letter {number}:" in shown for number in learned)
    assert not any(f"letter {task.number}:" in shown for task in rule.tasks if task.part is not TaskPart.LEARN)


def test_a_proposal_that_copies_a_name_or_a_text_is_never_tried(tmp_path):
    """The names are those of tasks that are tested by, too; the stand-in knows them from elsewhere."""
    copies = [f"{OLD} {NAMES[1]} is often glad.", f"{OLD} As in: {SAID}.", f"{HINT} {OLD}"]
    model = HintedModel(copies, reasons=f"As {NAMES[2]} says.")
    with bench(tmp_path, model) as (tuned, server):
        outcome = tuned.tune(annotated_tasks())
    assert [one.became for one in outcome.tried[:2]] == [f"not tried: {HIDDEN}", f"not tried: {QUOTED}"]
    assert outcome.new == f"{HINT} {OLD}"
    assert outcome.reasons == WITHHELD_REASONS
    assert not any(word.encode() in bytes(server.received) for word in WORDS)
    told = json.dumps(outcome.flat()) + tuning_page(outcome, "x")
    assert not any(word in told for word in (*WORDS, SAID))
    # The model is told why, so that it does better.
    assert QUOTED in json.dumps(model.asked[2])


@pytest.mark.parametrize(
    ("proposal", "why"),
    [
        ("Judge it.", "it lost {text}"),
        ("Judge {text} by {note}.", "it names a field that the old one does not"),
        ("Judge {text} as {.", "it is no valid template"),
        (OLD + "x" * 7000, "it is longer than the old one by more than 6000 characters"),
        (OLD, "it changes nothing"),
    ],
)
def test_a_proposal_that_is_no_prompt_is_never_tried(tmp_path, proposal, why):
    with bench(tmp_path, HintedModel([proposal])) as (tuned, server):
        outcome = tuned.tune(annotated_tasks(), TuningOrder(proposals=2))
    assert {one.became for one in outcome.tried} == {f"not tried: {why}"}
    assert (outcome.new, outcome.is_written, outcome.tested) == ("", False, None)
    users = [r["messages"][-1]["content"] for r in server.requests if "<people>" not in r["messages"][-1]["content"]]
    assert all(text.startswith("Judge what ") for text in users)


def test_what_is_no_better_is_not_written_and_the_test_stays_unseen(tmp_path):
    with bench(tmp_path, HintedModel([f"Think twice. {OLD}"])) as (tuned, server):
        outcome = tuned.tune(annotated_tasks(), TuningOrder(proposals=1))
        rule = tuned.rule(annotated_tasks())
    assert not outcome.is_written
    assert outcome.verdict.startswith("No proposal is better")
    right = sum(int(task.number) % 2 == 0 for task in rule.tasks if task.part is TaskPart.CHOOSE)
    assert outcome.there
    assert outcome.flat()["there"]["value"] == pytest.approx(right / outcome.parts[TaskPart.CHOOSE])
    assert f"which has {outcome.there.value:.3f} (" in tuning_page(outcome, "")
    held = [task.number for task in rule.tasks if task.part is TaskPart.TEST]
    assert not any(f"letter {number}:" in json.dumps(server.requests) for number in held)


def test_no_more_calls_are_made_than_may_be_and_the_test_has_its_own(tmp_path):
    with bench(tmp_path, HintedModel([f"Think {n} times. {OLD}" for n in range(40)])) as (
        tuned,
        server,
    ):
        outcome = tuned.tune(annotated_tasks(), TuningOrder(proposals=100), (120, None))
        assert outcome.is_spent
        assert len(server.requests) <= 120 - tuned.budget.kept_back
    with bench(tmp_path, HintedModel()) as (tuned, server):
        outcome = tuned.tune(annotated_tasks(), TuningOrder(proposals=100), (140, None))
        assert outcome.tested
        assert len(server.requests) <= 140
    with bench(tmp_path, HintedModel()) as (tuned, server):
        with pytest.raises(RequestError, match="--most-calls 20 is too few: one proposal on these tasks takes"):
            tuned.tune(annotated_tasks(), most=(20, None))
        assert not server.requests


def test_no_more_money_is_spent_than_may_be(tmp_path):
    with bench(tmp_path, HintedModel([f"Think {n} times. {OLD}" for n in range(90)])) as (tuned, _):
        outcome = tuned.tune(annotated_tasks(), TuningOrder(proposals=100), (1000, 100 * 15e-6))
    assert outcome.is_spent
    assert outcome.spending.cost_usd <= 100 * 15e-6
    unknown = pytest.raises(RequestError, match="the price of provider other is not known")
    with bench(tmp_path, HintedModel(), providers=["other"]) as (tuned, _), unknown:
        tuned.tune(annotated_tasks(), most=(1000, 1.0))


def test_the_rules_own_budget_ends_it_too(tmp_path):
    limits = {"spend_per_day": 0.0005}
    with bench(tmp_path, HintedModel(), limits=limits) as (tuned, server), pytest.raises(BudgetError):
        tuned.tune(annotated_tasks())
    assert not server.requests


def test_who_proposes_is_one_of_the_rules(tmp_path):
    with bench(tmp_path, HintedModel()) as (tuned, server):
        with pytest.raises(RequestError, match=r"--reflection other is no provider of the rule .* there are: it"):
            tuned.tune(annotated_tasks(), TuningOrder(reflection="other"))
        assert not server.requests
        assert tuned.tune(annotated_tasks(), TuningOrder(reflection="it", proposals=1)).new


def test_the_shipped_prompt_is_tuned_where_a_rule_has_none(tmp_path):
    shipped = (files("prompts") / "user.jinja").read_text().rstrip("\n")
    with bench(tmp_path, HintedModel([f"{HINT}\n{shipped}"]), prompt="") as (tuned, _):
        outcome = tuned.tune(annotated_tasks(), TuningOrder(proposals=1))
    assert outcome.old == shipped
    assert outcome.new == f"{HINT}\n{shipped}"
    assert outcome.is_written


def test_who_may_not_see_a_task_proposes_nothing_from_it(tmp_path):
    """Tasks with names are for a model of one's own alone, and each has one."""
    rule: dict[str, Any] = {
        "providers": ["it", "own"],
        "operators": {"PERSON": {"operator": "placeholder", "local": True}},
    }
    with bench(tmp_path, HintedModel(), **rule) as (tuned, _):
        assert tuned.tune(annotated_tasks(), TuningOrder(proposals=1)).new
        assert {one.attempt["provider"] for one in tuned.sent()} == {"own"}
    with bench(tmp_path, HintedModel(), **rule) as (tuned, _):
        outcome = tuned.tune(annotated_tasks(), TuningOrder(reflection="it", proposals=2))
        assert "it" not in {one.attempt["provider"] for one in tuned.sent()}
    assert {one.became for one in outcome.tried} == {"not tried: nobody may see the tasks that it would be made from"}


def test_tasks_of_which_one_shows_what_another_hides_are_not_shown_together(tmp_path):
    """All texts are of one man, whose name detection finds in every second one alone."""

    def detect(text):
        return finds(NAMES[0])(text) if "sigh" in text else []

    tasks = [
        annotated(f"{NAMES[0]} in letter {n}: {SAID if n % 2 else 'all is well'}.", mood("Bad" if n % 2 else "Good"))
        for n in range(1, 60)
    ]
    model = HintedModel([f"Think {n} times. {OLD}" for n in range(9)])
    with bench(tmp_path, model, detect=detect) as (tuned, _):
        outcome = tuned.tune(tasks, TuningOrder(proposals=3))
        sent = tuned.sent()
    shown = [request["messages"][0]["content"] for request in model.asked]
    assert len(outcome.tried) == len(shown) == 3
    assert not [text for text in shown if NAMES[0] in text and "[PERSON_1] in letter" in text]
    assert not [one for one in sent if one.ended == "refused"]


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_it_in_order_and_what_was_chosen_is_told_as_not_tested(tmp_path):
    with bench(tmp_path, HintedModel()) as (tuned, _):
        tried = 0

        def count():
            nonlocal tried
            tried += 1
            if tried == 60:  # both prompts are through the tasks to choose by
                signal.raise_signal(signal.SIGINT)

        tuned.told.on_trial = count
        outcome = tuned.tune(annotated_tasks())
    assert outcome.stopped == INTERRUPTED
    assert outcome.tested is None
    assert outcome.new == f"{HINT} {OLD}"
    assert outcome.is_written
    assert "not proven" in outcome.verdict
    assert "It ended before its time: it was interrupted" in tuning_page(outcome, "x")


@pytest.mark.usefixtures("interruptible")
def test_a_proposal_that_ctrl_c_cut_off_is_not_called_bad(tmp_path):
    with bench(tmp_path, HintedModel()) as (tuned, _):
        since = 0

        def begin(_):
            nonlocal since
            since = 1

        def count():
            nonlocal since
            since += bool(since)
            if (
                since == 8
            ):  # it was better on the four tasks that it was made from, and is on its way through the others
                signal.raise_signal(signal.SIGINT)

        tuned.told.on_proposal, tuned.told.on_trial = begin, count
        outcome = tuned.tune(annotated_tasks())
    assert [(one.number, one.became, one.score) for one in outcome.tried] == [(1, CUT_OFF, None)]
    assert (outcome.new, outcome.is_written) == ("", False)


class Known:
    """Answers by the number of a letter, as a table says: first without the hint, then with it."""

    def __init__(self):
        self.answers: dict[int, tuple[str, str]] = {}

    def __call__(self, request, schema):
        user = request["messages"][-1]["content"]
        if "prompt" in schema["properties"]:
            return {"reasons": "It takes a sigh for praise.", "prompt": f"{HINT} {OLD}"}
        return {"mood": self.answers[int(user.split(" wrote in letter ")[1].split(":")[0])][HINT in user]}


def held_back(tmp_path, score):
    """Tune where each task to test by has these two scores, 0 or 1, and the new prompt is right on all others.

    Args:
        score: takes the place of such a task among them; returns the score of the old prompt, and of the new one.
    """
    model = Known()
    with bench(tmp_path, model) as (tuned, _):
        tasks = annotated_tasks()
        held: list[int] = []
        for task in tuned.rule(tasks).tasks:
            number = int(task.number)
            truth, lie = ("Bad", "Good") if number % 2 else ("Good", "Bad")
            old, new = (lie, truth)
            if task.part is TaskPart.TEST:
                old, new = (truth if right else lie for right in score(len(held)))
                held.append(number)
            model.answers[number] = old, new
        return tuned.tune(tasks, TuningOrder(proposals=1)), len(held)


def exact_interval(gaps):
    """Return the ends of the interval of a mean that all resamples together give, by their exact distribution."""
    chances = {0: 1.0}
    for _ in gaps:
        drawn: dict[int, float] = {}
        for total, chance in chances.items():
            for gap in gaps:
                drawn[total + gap] = drawn.get(total + gap, 0.0) + chance / len(gaps)
        chances = drawn
    ends: list[float] = []
    reached = 0.0
    for total in sorted(chances):
        reached += chances[total]
        ends += [total / len(gaps)] * ((reached > 0.025 and not ends) + (reached > 0.975 and len(ends) == 1))
    return ends


def test_figures_of_what_was_held_back_are_right(tmp_path):
    """Of four tasks each the old prompt is right on the first, the new one on the first three."""
    outcome, count = held_back(tmp_path, lambda place: (place % 4 == 0, place % 4 < 3))
    whole, rest = divmod(count, 4)
    old, new = whole + min(rest, 1), 3 * whole + rest
    tested = outcome.tested
    assert (tested.tasks, outcome.parts[TaskPart.TEST]) == (count, count)
    assert (tested.old.value, tested.old_right) == pytest.approx((old / count, old / count))
    assert (tested.new.value, tested.new_right) == pytest.approx((new / count, new / count))
    assert tested.gap.value == pytest.approx((new - old) / count)
    low, high = exact_interval([1] * (new - old) + [0] * (count - new + old))
    assert (tested.gap.low, tested.gap.high) == pytest.approx((low, high), abs=1 / count + 1e-9)
    assert (low > 0, outcome.is_written) == (True, True)
    assert outcome.chosen.new.value == 1.0
    assert outcome.verdict == "A proposal is better, on tasks that neither prompt was made or chosen by."


@pytest.mark.parametrize(
    ("score", "verdict"),
    [
        (
            lambda place: (True, place % 2),
            "The best proposal is worse than the prompt that is there, on tasks that it was not chosen by.",
        ),
        (
            lambda place: (place % 2, place % 2 == 0),
            "The best proposal is no better than chance makes it, on tasks that it was not chosen by.",
        ),
    ],
)
def test_a_winner_that_fails_on_what_was_held_back_is_told_so_and_not_written(tmp_path, score, verdict):
    outcome, count = held_back(tmp_path, score)
    assert outcome.new == f"{HINT} {OLD}"
    assert outcome.chosen.new.value == 1.0
    scores = [score(place) for place in range(count)]
    assert outcome.tested.gap.value == pytest.approx(sum(new - old for old, new in scores) / count)
    assert (outcome.is_written, outcome.verdict) == (False, verdict)
    page = tuning_page(outcome, "")
    assert verdict in page
    assert "The new prompt is in" not in page


def test_a_provider_that_goes_away_ends_it_in_order_and_one_that_is_not_there_is_told(tmp_path):
    with bench(tmp_path, HintedModel()) as (tuned, server):
        server.status = 401
        with pytest.raises(GatewayError):
            tuned.tune(annotated_tasks())
    with bench(tmp_path, HintedModel()) as (tuned, server):
        tuned.told.on_proposal = lambda _: setattr(server, "status", 401)
        outcome = tuned.tune(annotated_tasks())
    assert outcome.stopped
    assert not outcome.is_written
    assert outcome.verdict.startswith("It was stopped before")


def test_a_prompt_that_brings_no_answer_at_all_is_told_at_once(tmp_path):
    with bench(tmp_path, lambda request, schema: {"mood": "So so"}) as (tuned, server):
        with pytest.raises(RequestError, match=r"no task has an answer by the prompt that is there \(invalid_answer\)"):
            tuned.tune(annotated_tasks())
        assert all("<people>" not in json.dumps(request) for request in server.requests)


def test_too_few_tasks_are_refused_with_how_many_it_takes(tmp_path):
    with bench(tmp_path, HintedModel()) as (tuned, server):
        said = "too few annotated tasks .* it takes 5 to learn from, 10 to choose by, 10 to test by - annotate about"
        with pytest.raises(RequestError, match=said):
            tuned.tune(annotated_tasks(12))
        assert not server.requests


def test_gepa_is_imported_without_what_reports():
    """What would phone, or keep texts in files, is loaded by gepa only where it is told to use it."""
    code = "import sys, gepa.api; print([n for n in ('wandb', 'mlflow', 'litellm', 'httpx') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
