"""The page: old and new side by side, figures, and nothing that runs."""

import html
from collections import Counter

import yaml

from backend.engine.tuning.outcome import INTERRUPTED, PromptFigures, TriedPrompt, TuningOutcome
from backend.engine.tuning.report import gain, side_by_side, tuning_page
from backend.engine.tuning.tasks import TaskPart
from backend.evaluate.labels.resampling import Estimate

OLD, NEW = "Judge the mood.\n{text}", "Judge the <b>mood</b> well.\nTwice.\n{text}"


def outcome(**more):
    figures = PromptFigures.of([0.0, 1.0] * 10, [1.0] * 20, 0)
    parts = {TaskPart.LEARN: 12, TaskPart.CHOOSE: 20, TaskPart.TEST: 20}
    tried = [TriedPrompt(1, "not tried: it quotes a task"), TriedPrompt(2, "tried on all", 1.0)]
    said = {"chosen": figures, "tested": figures, "reasons": "Because <i>so</i>.", "parts": parts, "tried": tried}
    return TuningOutcome("mails", OLD, NEW, **{**said, **more}, left_out=Counter({"its annotators disagree": 3}))


def test_old_and_new_stand_side_by_side_with_what_differs_marked():
    table = side_by_side(OLD, NEW)
    assert '<td class="gone">Judge the <mark>mood.</mark></td>' in table
    assert "<mark>&lt;b&gt;mood&lt;/b&gt; well.</mark>" in table
    assert '<td class=""></td><td class="made">Twice.</td>' in table
    assert '<td class="">{text}</td><td class="">{text}</td>' in table


def test_the_page_tells_all_and_words_of_a_model_are_words():
    page = tuning_page(outcome(), "prompts/mood.tuned.txt")
    for said in (
        "A proposal is better, on tasks that neither prompt was made or chosen by.",
        "prompt: prompts/mood.tuned.txt",
        "0.500 (",
        "1.000 (1.00–1.00)",
        "12 tasks were to learn from, 20 tasks were to choose by, 20 tasks were to test by",
        "not tried: it quotes a task",
        "Because &lt;i&gt;so&lt;/i&gt;.",
        "Left out: 3 its annotators disagree",
    ):
        assert said in page
    assert "<script" not in page
    assert "http:" not in page
    assert "https:" not in page


def test_what_is_to_be_written_into_the_policy_is_yaml():
    made = outcome()
    for rule in ("mails", "letters: new", "no", "it's <b>", "# 1", "Письма"):
        made.rule = rule
        page = tuning_page(made, "prompts/a: b.txt")
        shown = html.unescape(page.split("<pre>")[1].split("</pre>")[0])
        assert yaml.safe_load(shown) == [{"name": rule, "prompt": "prompts/a: b.txt"}]
        assert "it's <b>" not in page


def test_what_is_not_better_or_was_not_tested_is_told_so():
    same = PromptFigures.of([0.0, 1.0] * 10, [1.0, 0.0] * 10, 0)
    worse = outcome(tested=same)
    assert not worse.is_written
    assert "no better than chance makes it" in tuning_page(worse, "")
    worse = outcome(tested=PromptFigures.of([1.0] * 20, [0.0, 1.0] * 10, 0))
    assert (worse.is_written, worse.flat()["tested"]["gap"]["value"]) == (False, -0.5)
    page = tuning_page(worse, "")
    assert "The best proposal is worse than the prompt that is there, on tasks that it was not chosen by." in page
    assert "-0.500 (-0.7" in page
    assert "Nothing was changed but that" not in page
    stopped = outcome(tested=None, stopped=INTERRUPTED)
    assert (stopped.is_written, stopped.is_interrupted) == (True, True)
    page = tuning_page(stopped, "x")
    assert "It was not tested on others" in page
    assert "It ended before its time: it was interrupted; the same command with --force goes on from there" in page
    assert "were asked once" not in page
    none = TuningOutcome("mails", OLD)
    assert none.verdict == "No proposal is better than the prompt that is there, on the tasks to choose by."
    assert "No proposal was better" in tuning_page(none, "")
    none.stopped = "provider it: no connection"
    assert none.verdict.startswith("It was stopped before")


def test_a_gain_has_its_sign():
    assert gain(Estimate(0.25, -0.1, 0.5)) == "+0.250 (-0.10 to +0.50)"
    assert gain(Estimate(-0.25)) == "-0.250"
