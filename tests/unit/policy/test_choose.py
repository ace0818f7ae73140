"""The rules are asked from top to bottom, each about what it would send; nothing is fetched or searched in vain."""

import asyncio
from collections import Counter

import pytest

from backend.engine.rule_choice import MatchedRule, choose
from backend.errors import DetectionError
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.types import Task
from backend.privacy.types import Detection
from tests.parts import SENTIMENT, build_engine, provider, write_policy

RULE = {"match": "everything"}


class Recording(Fetcher):
    """Puts a text in place of an address, and keeps what it was asked with."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, ...]] = []

    async def complete(self, plan, data, rule, known=None):
        self.asked.append(rule.hosts)
        return {**data, "text": "Ann wrote this."}


@pytest.fixture
def ask(tmp_path):
    """Choose among rules for a task; returns the choice, what was fetched and how often each text was searched."""

    def run(rules, task: Task, fails=False) -> tuple[MatchedRule, list[tuple[str, ...]], Counter[str]]:
        searched: Counter[str] = Counter()

        def detect(text: str) -> list[Detection]:
            if fails:
                raise DetectionError("broken")
            searched[text] += 1
            return [Detection(0, 3, "PERSON", 0.9)] if text.startswith("Ann") else []

        named = [{**RULE, "providers": ["own"], "name": f"r{n}", **rule} for n, rule in enumerate(rules)]
        named = [{k: v for k, v in rule.items() if k != "providers" or "refuse" not in rule} for rule in named]
        policy = write_policy(tmp_path, {"own": provider("http://127.0.0.1:1/v1", external=False)}, named)
        engine, fetcher = build_engine(policy, detect), Recording()

        async def work(decision, asked):
            return asked()

        async def look(decision, texts):
            raise AssertionError("no rule has a guard")

        job = engine.job(SENTIMENT, "1")
        searched.clear()
        return asyncio.run(choose(job, task, (), fetcher, work, look)), fetcher.asked, searched

    return run


TASK = Task({"text": "http://there", "unit": "b"}, {"source": "clinic"}, "7")


def test_the_rule_sees_the_whole_task_with_what_was_fetched(ask):
    chosen, asked, searched = ask([{"fetch": {"hosts": ["there"]}}], TASK)
    assert chosen.seen.task == Task({"text": "Ann wrote this.", "unit": "b"}, {"source": "clinic"}, "7")
    assert (chosen.passed, asked, searched) == ((), [("there",)], {})


def test_a_rule_that_is_passed_by_a_field_fetches_nothing(ask):
    rules = [{"match": {"fields": {"unit": "a"}, "entities": {"PERSON": "any"}}, "fetch": {"hosts": ["a"]}}, {}]
    chosen, asked, searched = ask(rules, TASK)
    assert chosen.seen.way.decision.rule == "r1"
    assert (chosen.passed, asked, searched) == ((("r0", "fields.unit"),), [()], {})


def test_a_refusal_by_a_field_fetches_nothing(ask):
    chosen, asked, searched = ask([{"match": {"fields": {"unit": "b"}}, "refuse": "by hand"}, {}], TASK)
    assert chosen.seen.way.decision.rule == "r0"
    assert (asked, searched) == ([], {})
    assert chosen.seen.task is TASK


def test_a_refusal_by_what_is_found_fetches_what_it_looks_at(ask):
    rules = [{"match": {"entities": {"PERSON": "any"}}, "refuse": "by hand"}, {}]
    chosen, asked, searched = ask(rules, TASK)
    assert chosen.seen.way.decision.rule == "r0"
    assert (asked, searched) == ([()], {"Ann wrote this.": 1})


def test_each_rule_fetches_by_its_own_leave_and_a_text_is_searched_once(ask):
    rules = [
        {"match": {"entities": {"PERSON": ">1"}}, "fetch": {"hosts": ["a"]}},
        {"match": {"entities": {"PERSON": ">2", "*": "any"}}, "fetch": {"hosts": ["b"]}},
        {"match": {"entities": {"PERSON": "any"}}, "fetch": {"hosts": ["c"]}},
    ]
    chosen, asked, searched = ask(rules, TASK)
    assert chosen.seen.way.decision.rule == "r2"
    assert chosen.passed == (("r0", "entities.PERSON"), ("r1", "entities.PERSON"))
    assert asked == [("a",), ("b",), ("c",)]
    assert searched == {"Ann wrote this.": 1}


def test_where_no_rule_matches_all_are_passed(ask):
    rules = [{"match": {"fields": {"unit": "a"}}}, {"match": {"characters": {"max": 3}}}]
    chosen, _, _ = ask(rules, TASK)
    assert chosen == MatchedRule(None, (("r0", "fields.unit"), ("r1", "characters")))


def test_meta_is_asked_before_anything_is_fetched(ask):
    rules = [{"match": {"meta": {"source": "clinic"}}, "refuse": "by hand"}, {}]
    chosen, asked, _ = ask(rules, TASK)
    assert (chosen.seen.way.decision.rule, asked) == ("r0", [])


def test_p03_a_rule_that_cannot_search_is_not_passed(ask):
    with pytest.raises(DetectionError):
        ask([{"match": {"entities": {"PERSON": "none"}}}, {}], TASK, fails=True)
