"""What tests of training data put together: a policy, tasks with annotations, and what comes of them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from backend.engine.previews.preview import Previewer
from backend.engine.project import ActivePolicy, ProjectPlan, make_job
from backend.engine.redactors import Redactors
from backend.engine.training.examples import TrainingExample
from backend.engine.training.export import TrainingReport, TrainingWish, compose, write_training
from backend.engine.training.sources import LearnableTask
from backend.labelstudio.types import Task
from backend.policy import Policy
from backend.privacy.redact import Redactor
from backend.prompting.templates import Prompts
from backend.review.entries import ReviewedProject
from backend.settings import Settings
from tests.parts import HANDLERS, SECRET, finds, write_policy

OPENAI = {"kind": "openai", "model": "m", "external": True, "key": {"env": "KEY"}}
OWN = {"kind": "openai", "model": "m", "address": "http://127.0.0.1:9/v1", "external": False}


def said(name: str, kind: str, value: Mapping[str, Any], identity: str = "r") -> dict[str, Any]:
    """Return a result."""
    return {"id": identity, "from_name": name, "to_name": "text", "type": kind, "value": dict(value)}


def mood(label: str) -> list[dict[str, Any]]:
    """Return an annotation with a choice."""
    return [said("mood", "choices", {"choices": [label]})]


def annotated(text: str, *annotations: Sequence[Any], number: object = "") -> LearnableTask:
    """Return a task with annotations."""
    return LearnableTask(Task({"text": text}, {}, str(number), is_annotated=True), annotations)


def job_of(folder: Path, config: str, **rule: Any) -> ProjectPlan:
    """Plan a project under a policy of one rule."""
    redactors = Redactors(lambda scan: Redactor(lambda text: []))
    return make_job(ActivePolicy(rule_of(folder, **rule), redactors, Prompts()), config, ("12", "", ""), HANDLERS)


def rule_of(folder: Path, provider: Mapping[str, Any] = OPENAI, **rule: Any) -> Policy:
    """Write a policy of one rule."""
    whole = {"name": "all", "match": "everything", "providers": ["it"], **rule}
    return write_policy(folder, {"it": dict(provider)}, [whole])


def composed(
    policy: Policy, config: str, tasks: Sequence[LearnableTask], *names: str, detect: Callable[..., Any] | None = None
) -> tuple[list[TrainingExample], TrainingReport]:
    """Return the examples of tasks in which names are found, and what was left out."""
    folder, report = policy.file.parent, TrainingReport()
    settings = Settings(state_url=f"sqlite:///{folder / 'state.db'}", cache=folder / "cache")
    found = detect or (finds(*names) if names else lambda text: [])
    with Previewer(policy, settings, SECRET, lambda scan: Redactor(found)) as previewer:
        return compose(previewer, ReviewedProject(12, config), tasks, report), report


def written(folder: Path, examples: Sequence[TrainingExample], **wish: Any) -> tuple[list[Path], TrainingReport]:
    """Write examples; return the files, and what was left out."""
    report = TrainingReport()
    return write_training(folder / "train.jsonl", examples, TrainingWish(**wish), report), report
