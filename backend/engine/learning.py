"""What the policy in force says about a project's annotations, and what works on webhooks under it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

from backend.engine.assemble import label_studio_access, load_own, load_redactor, surrogate_key
from backend.engine.engine import Engine
from backend.engine.project import ActivePolicy, ProjectPlan, make_job
from backend.engine.redactors import Redactors
from backend.errors import LabelguardError
from backend.labelstudio.api import AnnotationsApi
from backend.labelstudio.types import Control
from backend.labelstudio.xml.repeating import repeats
from backend.policy import Policy
from backend.privacy.last_look import LastLook, strings_in
from backend.prompting.task_texts import withheld_values
from backend.review.entries import ReviewedProject, ReviewEntries
from backend.review.inbox import Inbox
from backend.review.reviews import Keeping, Reviews
from backend.review.service import ReviewService
from backend.review.worker import ReviewWorker
from backend.settings import Settings
from backend.store import open_store
from backend.system.sealing import Sealer

Planner: TypeAlias = Callable[[str, str, str, str], ProjectPlan]
"""Plans a project, as `Engine.job` does."""


def keeping_of(plan: Planner, project: ReviewedProject) -> Keeping | None:
    """Ask the policy about a project; None if no rule decides on it, or its label config cannot be served.

    Annotations are kept only where each rule that may decide on a task of it says so, for the shortest of their times.

    Args:
        plan: under the policy in force.
        project: the project.
    """
    try:
        job = plan(project.label_config, str(project.number), project.path, project.title)
    except LabelguardError:
        return None
    labels = {control.from_name: _labels(control) for control in job.plan.controls}
    controls = None if repeats(project.label_config) else list(labels)
    return Keeping(job.annotations_days, labels, _Withheld(job), partial(_hides, job), controls)


def _hides(job: ProjectPlan, withheld: Mapping[str, Any], kept: Sequence[Any]) -> bool:
    """Say whether a value that a rule withholds stands in what would be kept of an annotation."""
    values = [value for way in job.ways for value in withheld_values(withheld, way.decision).values()]
    look = LastLook(values)
    return any(look.finds(text) for _, text in strings_in(kept, ""))


def _labels(control: Control) -> list[str | tuple[str, ...]]:
    """Return the labels that results may hold: those of the config, not of a task."""
    return [said for label in control.labels for said in (label.result, label.path)]


class _Withheld:
    def __init__(self, job: ProjectPlan) -> None:
        self._job = job

    def __call__(self, name: str) -> bool:
        return any(way.decision.withholds(name) for way in self._job.ways)


def open_reviews(settings: Settings) -> Reviews:
    """Open what is known of reviews, in the state's database.

    Raises:
        StoreError: the database cannot be used.
        SettingsError: the file with the secret cannot be read.
    """
    return Reviews(open_store(settings.state_url.get_secret_value()), ReviewEntries(surrogate_key(settings)))


def planner(settings: Settings) -> Planner:
    """Return what plans projects under the policy of the settings, for commands that predict nothing.

    Raises:
        PolicyError: the policy cannot be read.
        ConfigError, PromptError: as `load_own` does.
    """
    handlers, prompts = load_own(settings.home)
    active = ActivePolicy(Policy.load(settings.policy), Redactors(load_redactor), prompts)
    return lambda config, project, path, title: make_job(active, config, (project, path, title), handlers)


def open_review_service(engine: Engine, settings: Settings) -> ReviewService:
    """Open what takes webhooks, and what works on them.

    Args:
        engine: asks the policy in force.
        settings: of the process.

    Raises:
        StoreError, SettingsError: as `open_reviews` does.
    """
    store, entries = open_store(settings.state_url.get_secret_value()), ReviewEntries(surrogate_key(settings))
    inbox, reviews = Inbox(store, entries), Reviews(store, entries)
    access = label_studio_access(settings)
    studio: Callable[[], AnnotationsApi] | None = partial(AnnotationsApi, access) if access else None
    worker = ReviewWorker(store, inbox, reviews, partial(keeping_of, engine.job), studio)
    return ReviewService(inbox, reviews, worker, lambda: engine.policy.keeps_annotations)


def webhook_secret(settings: Settings) -> str:
    """Return the secret that webhooks must bring: the one that is set, or one derived from the key of surrogates.

    Raises:
        SettingsError: the file with the key cannot be read.
    """
    given = settings.webhook_secret
    return given.get_secret_value() if given else Sealer(surrogate_key(settings), "webhooks").name("secret")
