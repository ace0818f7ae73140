"""A project, under a policy → its job: the rules that may decide on a task, each with what it would ask of a model."""

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from backend import __version__
from backend.engine.redactors import Redactors
from backend.errors import ConfigError, NoRuleError, RefusedError
from backend.labelstudio.check import Checker
from backend.labelstudio.config import UNANSWERED, build_plan
from backend.labelstudio.events import OURS
from backend.labelstudio.handler import Handler
from backend.labelstudio.paths import canonical_path, is_within
from backend.labelstudio.types import ObjectTag, Plan
from backend.labelstudio.variables import holds_variables
from backend.labelstudio.xml.interface import parse_config
from backend.policy import Policy, Rule, Subject, project_id
from backend.policy.types import Decision
from backend.privacy.language import Legible
from backend.prompting.answer_form import any_schema, digest, has_odd_keys
from backend.prompting.detected_labels import (
    AskedPlan,
    DetectedLabels,
    WhoIsTrusted,
    asked_plans,
    detected_labels,
    usual_trust,
)
from backend.prompting.templates import Prompts
from backend.review.calibration import ScoreCalibration

log = logging.getLogger("labelguard.pipeline")

ASSUMED = '<View><Text name="text" value="$text"/><TextArea name="answer" toName="text"/></View>'
"""What rules that ask for tags are told of a project whose label config nobody knows."""


@dataclass(frozen=True, slots=True)
class ActivePolicy:
    """The policy in force, with what looks for personal data in its ways, and the templates as they were read.

    Attributes:
        redactors: those for all of its ways.
    """

    policy: Policy
    redactors: Redactors = field(repr=False)
    prompts: Prompts = field(repr=False)


@dataclass(frozen=True, slots=True)
class RulePlan:
    """What a rule asks of a model about a project's tasks.

    Attributes:
        plan: without the prompt boxes.
        fields: that the prompt template names.
        boxes: names of the TextAreas that an annotator types a prompt into.
        prompt, schema: hashes of the prompt's templates and of the answer's form.
        texts: of a task whose label config nobody knows, by their places in its data: nothing is asked about them.
        by_reading: what a model is asked, by how well detection can read a task's texts; empty where it marks nothing.
    """

    rule: Rule
    plan: Plan
    fields: tuple[str, ...] = ()
    boxes: frozenset[str] = frozenset()
    prompt: str = ""
    schema: str = ""
    texts: Mapping[str, str] | None = field(default=None, repr=False)
    by_reading: Mapping[Legible, AskedPlan] = field(default_factory=dict)

    @property
    def detected(self) -> DetectedLabels:
        """The labels that are marked by what detection finds, in texts that it reads."""
        return self.by_reading[Legible.WHOLLY].labels if self.by_reading else {}

    @property
    def looks(self) -> bool:
        """Whether personal data is looked for in what would be sent: to replace it, or to mark it."""
        return self.decision.redact or bool(self.detected)

    @property
    def decision(self) -> Decision:
        """What the rule decides before it sees a task."""
        return self.rule.decision


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What is the same for all tasks of a project: made once for a label config and a subject, under one policy.

    Attributes:
        ways: one for each rule that may decide, from top to bottom; all but the last ask something of the task.
        model_version: names all that decides on an answer (P10), and by what its scores are calibrated.
        calibration: None while scores are raw.
    """

    active_policy: ActivePolicy
    label_config: str = field(repr=False)
    subject: Subject
    ways: tuple[RulePlan, ...]
    checker: Checker
    model_version: str
    calibration: ScoreCalibration | None = field(default=None, repr=False)

    def calibrated(self, calibration: ScoreCalibration | None) -> "ProjectPlan":
        """Return it with what its scores are calibrated by: another version of predictions, with the same answers."""
        if calibration is None:
            return self
        return replace(self, model_version=calibration.version(self.model_version), calibration=calibration)

    @property
    def plan(self) -> Plan:
        """What the project's label config asks, whatever the rule."""
        return self.subject.plan

    @property
    def annotations_days(self) -> int | None:
        """For how many days annotations are kept: only where each rule that may decide on a task says so; else None."""
        decisions = [way.decision for way in self.ways if not way.decision.refuse]
        days = [one.annotations_days for one in decisions if one.keeps_annotations and one.annotations_days]
        return min(days) if days and len(days) == len(decisions) else None

    def asks_for(self, names: Iterable[str]) -> bool:
        """Say whether a rule that may decide on a task asks for one of some fields, or for what is within one."""
        asked = [name for way in self.ways for name in way.rule.match.form.fields or ()]
        return any(_is_same_or_within(name, other) for name in asked for other in names)

    @property
    def keeps_tasks(self) -> bool:
        """Whether a task may be kept until it is answered: whichever rule decides keeps answers, and blocks nothing.

        What may be shown to nobody, such as the code of a card, must not be stored either, even encrypted.
        """
        decisions = [way.decision for way in self.ways if not way.decision.refuse]
        return bool(decisions) and all(decision.keeps_tasks for decision in decisions)


def _is_same_or_within(one: str, other: str) -> bool:
    a, b = canonical_path(one), canonical_path(other)
    return is_within(a, b) or is_within(b, a)


def make_job(
    active_policy: ActivePolicy,
    label_config: str,
    subject: tuple[str, str, str],
    handlers: Mapping[str, Handler],
    trust: WhoIsTrusted = usual_trust,
) -> ProjectPlan:
    """Plan a project, under a policy. Quick: no model is asked.

    Args:
        active_policy: the policy in force.
        label_config: the project's XML.
        subject: the project as Label Studio sends it, such as `12.1795417599`; the path prefix of the backend's URL,
            and the project's title, each "" if there is none.
        handlers: by control tag.
        trust: who is trusted with a label that detection may mark.

    Raises:
        ConfigError: the config cannot be served.
        NoRuleError: default deny.
        RefusedError: a rule refuses all of the project's tasks.
        PromptError: the project's template does not fit.
    """
    project, path, title = subject
    interface = parse_config(label_config, handlers)
    plan = build_plan(label_config, handlers, interface)
    who = Subject(project_id(project), path, plan, title)
    rules = active_policy.policy.candidates(who)
    if not rules:
        raise NoRuleError(who.project, path, active_policy.policy.file)
    if rules[0].decision.refuse and not rules[0].match.asks_task:
        raise RefusedError(rules[0].decision.rule, rules[0].decision.refuse)
    ways = tuple(_way(rule, plan, handlers, active_policy.prompts, trust) for rule in rules)
    version = [__version__, plan.digest, *(_version(way) for way in ways)]
    return ProjectPlan(
        active_policy=active_policy,
        label_config=label_config,
        subject=who,
        ways=ways,
        checker=Checker(interface, handlers),
        model_version=OURS + hashlib.sha256(json.dumps(version).encode()).hexdigest()[:12],
    )


def _version(way: RulePlan) -> list[object]:
    """Return what hangs on a rule of all that decides on an answer."""
    marks = {name: [[d.result, d.means, d.trust.value] for d in own] for name, own in way.detected.items()}
    return [way.rule.digest, way.prompt, way.schema, *([marks] if marks else [])]


def make_job_of_texts(
    active_policy: ActivePolicy,
    subject: tuple[str, str, str],
    texts: Mapping[str, str],
    handlers: Mapping[str, Handler],
) -> ProjectPlan:
    """Plan a task whose label config nobody knows: which rule decides on its texts and how they are redacted.

    Args:
        active_policy: the policy in force.
        subject: as `make_job` takes it.
        texts: the task's, by their places in its data.
        handlers: by control tag.
    """
    project, path, title = subject
    interface = parse_config(ASSUMED, handlers)
    plan = build_plan(ASSUMED, handlers, interface)
    who = Subject(project_id(project), path, plan, title)
    bare = replace(plan, objects=(), controls=())
    ways = tuple(RulePlan(rule, bare, texts=texts) for rule in active_policy.policy.candidates(who))
    return ProjectPlan(active_policy, ASSUMED, who, ways, Checker(interface, handlers), "")


def _way(rule: Rule, plan: Plan, handlers: Mapping[str, Handler], prompts: Prompts, trust: WhoIsTrusted) -> RulePlan:
    decision = rule.decision
    if decision.refuse:
        return RulePlan(rule, plan)
    boxed = [c for c in plan.controls if c.is_prompt_box(decision.prompt_box)]
    boxes = frozenset(c.from_name for c in boxed)
    # What the task says before a box, it says to the annotator who types into it, and to the model.
    said = [
        ObjectTag("Header", c.from_name, c.question, is_labeled=False) for c in boxed if holds_variables(c.question)
    ]
    controls = tuple(c for c in plan.controls if c.from_name not in boxes)
    plan = replace(plan, controls=controls, headers=(*plan.headers, *said))
    if not plan.controls:
        raise ConfigError(f"the prompt box has nothing to answer into - {UNANSWERED}")
    fields = prompts.fields(plan, decision)
    needed = {name for obj in plan.objects if obj.is_labeled for name in obj.fields} | set(fields)
    needed |= {name for control in plan.controls for name in control.needs}
    withheld = sorted(filter(decision.withholds, needed))
    if withheld:
        raise ConfigError(f"field {withheld[0]!r} is withheld by rule {decision.rule!r} - use another field")
    detected = detected_labels(plan, decision.known_labels, trust)
    by_reading = asked_plans(plan, detected) if detected else {}
    # In a text that nobody reads, most is asked.
    widest = by_reading[Legible.NOT].offered if by_reading else plan
    prompt, schema = prompts.digest(widest, handlers, decision), any_schema(widest, handlers)
    if has_odd_keys(schema):
        log.warning(
            "a handler of your own asks for keys that some providers refuse - use letters, digits and _, at most 64"
        )
    return RulePlan(rule, plan, fields, boxes, prompt, digest(schema), by_reading=by_reading)
