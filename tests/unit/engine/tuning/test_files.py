"""Where a new prompt goes, and what is never written over."""

import pytest

from backend.engine.tuning.files import named_by, prompt_target, write_tuned
from backend.engine.tuning.outcome import PromptFigures, TuningOutcome
from backend.engine.tuning.run import TunableRule
from backend.errors import RequestError
from tests.parts import write_policy
from tests.unit.engine.training.parts import OWN

OLD, NEW = "Judge {text}.", "Judge {text} well."


def opened(folder, **rule):
    """Return a policy, and its rule as one that is tuned."""
    (folder / "prompts").mkdir(exist_ok=True)
    (folder / "prompts" / "mood.txt").write_text(OLD)
    policy = write_policy(folder, {"it": OWN}, [{"name": "all", "match": "everything", "providers": ["it"], **rule}])
    decision = policy.rules[0].decision
    return policy, TunableRule(decision, (), decision.prompt_name or "user.jinja", decision.prompt or "")


def test_it_goes_beside_the_old_one_and_that_of_a_shipped_one_beside_the_policy(tmp_path):
    policy, rule = opened(tmp_path, prompt="prompts/mood.txt")
    assert prompt_target(policy, rule, None, force=False) == tmp_path / "prompts" / "mood.tuned.txt"
    assert prompt_target(policy, rule, tmp_path / "new.txt", force=False) == tmp_path / "new.txt"
    policy, rule = opened(tmp_path)
    assert prompt_target(policy, rule, None, force=False) == tmp_path / "user.tuned.jinja"


@pytest.mark.parametrize(
    ("out", "force", "problem"),
    [
        ("prompts/mood.txt", True, "is the prompt that is there, which stays as it is"),
        ("prompts/../prompts/mood.txt", True, "is the prompt that is there, which stays as it is"),
        ("new.jinja", True, r"must end with \.txt"),
        ("there.txt", False, "is there already - --force writes over it"),
        ("report.txt", False, "report.html is there already"),
        ("there.txt/below/new.txt", False, r"no file can be written into .*there\.txt - name another by --out"),
    ],
)
def test_what_is_in_the_way_stays(tmp_path, out, force, problem):
    (tmp_path / "there.txt").write_text("x")
    (tmp_path / "report.html").write_text("x")
    policy, rule = opened(tmp_path, prompt="prompts/mood.txt")
    with pytest.raises(RequestError, match=problem):
        prompt_target(policy, rule, tmp_path / out, force=force)
    if out == "there.txt":
        assert prompt_target(policy, rule, tmp_path / out, force=True) == tmp_path / out


def test_what_is_in_force_for_another_rule_stays_too(tmp_path):
    policy, rule = opened(tmp_path, prompt="prompts/mood.txt")
    (tmp_path / "prompts" / "mood.tuned.txt").write_text(NEW)
    rules = [{"name": name, "match": {"path": name}, "providers": ["it"]} for name in ("one", "other")]
    prompts = ("prompts/mood.txt", "prompts/mood.tuned.txt")
    named = [one | {"prompt": prompt} for one, prompt in zip(rules, prompts, strict=True)]
    policy = write_policy(tmp_path, {"it": OWN}, named)
    for out in (None, tmp_path / "prompts" / "mood.tuned.txt"):
        with pytest.raises(RequestError, match="is in force, since the policy names it - name another with --out"):
            prompt_target(policy, rule, out, force=True)


def test_a_template_of_the_deployments_own_is_the_prompt_that_is_there(tmp_path):
    policy, rule = opened(tmp_path)
    own = tmp_path / "home" / "prompts"
    own.mkdir(parents=True)
    assert prompt_target(policy, rule, None, force=False, own=own) == tmp_path / "user.tuned.jinja"
    (own / "user.jinja").write_text("Judge {{ text }}.")
    assert prompt_target(policy, rule, None, force=False, own=own) == own / "user.tuned.jinja"
    with pytest.raises(RequestError, match="is the prompt that is there, which stays as it is"):
        prompt_target(policy, rule, own / "user.jinja", force=True, own=own)


def test_only_what_is_better_is_written_and_the_report_always(tmp_path):
    policy, _ = opened(tmp_path, prompt="prompts/mood.txt")
    target = tmp_path / "made" / "mood.tuned.txt"
    same = PromptFigures.of([0.0, 1.0] * 10, [1.0, 0.0] * 10, 0)
    assert not same.is_better
    assert write_tuned(policy, TuningOutcome("all", OLD, NEW, tested=same), target) == [target.with_suffix(".html")]
    better = PromptFigures.of([0.0, 1.0] * 10, [1.0] * 20, 0)
    assert better.is_better
    files = write_tuned(policy, TuningOutcome("all", OLD, NEW, tested=better), target)
    assert files == [target, target.with_suffix(".html")]
    assert target.read_text() == NEW + "\n"
    assert "prompt: made/mood.tuned.txt" in files[1].read_text()
    assert named_by(policy, tmp_path.parent / "x.txt") == str(tmp_path.parent / "x.txt")
