"""What a policy says about a task."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from backend.budget.limits import Limits
from backend.labelstudio.paths import canonical_path, is_within
from backend.labelstudio.types import Fetch
from backend.privacy.types import Operator, Scan
from backend.providers import Provider


@dataclass(frozen=True, slots=True)
class Example:
    """A text with its answer, which a policy's owner wrote to be sent as it stands.

    Attributes:
        answer: JSON, by control.
    """

    text: str = field(repr=False)
    answer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class KnownLabels:
    """Which labels are marked by what detection finds, beside those that the label config gives an entity type.

    Attributes:
        entity_types: by a label's name or alias, as the policy says; "" for a label that is left to the model.
    """

    entity_types: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SentKeeping:
    """That a sample of what a rule sends is kept.

    Attributes:
        share: of the redacted requests, above 0 to 1.
        days: after which they are deleted.
    """

    share: float
    days: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """That a task's answers are scored by how many of several agree.

    Attributes:
        samples: how many answers there are, the one that is taken among them.
        temperature: of all but that one.
    """

    samples: int
    temperature: float = 0.7


@dataclass(frozen=True, slots=True)
class LearnedExamples:
    """That annotations which are kept stand, redacted, before tasks that are like theirs.

    Attributes:
        most: how many in a prompt.
        tokens: of all of them together, as they are estimated.
    """

    most: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says about a task.

    Attributes:
        rule: name of the rule that matched.
        providers: to be tried in this order, and no others.
        policy: the policy's SHA-256.
        refuse: why nothing is sent, "" if something is.
        redact: whether personal data is replaced; always true where a provider is external.
        keep: entity types that are not replaced.
        scan: how personal data are looked for.
        operators: what is done with a value, by entity type; `*` for all others.
        answers: what becomes of personal data that a model puts into a text which it writes, and that it was not given:
            the answer is marked, dropped, or left as it is.
        threshold: detections below this score (0 to 1) are ignored.
        known_labels: which labels are marked by what detection finds; None for none, as where nothing is looked for.
        offered: how many of a control's labels a model is offered for a task, the likeliest; 0 for all.
        withhold: task fields that are never sent; their values are redacted wherever else they occur.
        prompt: text of the project's own template, or None for the default.
        prompt_box: what the names of TextAreas begin with that an annotator types a prompt into.
        prompt_name: file name of that template, whose ending chooses the template language; "" for the default.
        examples: what stands in a prompt before the task; none where the rule allows none.
        limits: bounds on one task.
        record_days: days after which the record's entries may be removed; None for never.
        answers_hours: for how long answers are kept, encrypted, so that none is asked for twice; 0 for not at all.
        kept_sent: which part of what is sent is kept, encrypted, and for how long; None for nothing.
        fetch: from where data may be fetched.
        batch: whether tasks may be sent in a file, which the provider keeps for a while.
        scores: that answers are scored by asking several times, where their tokens' probabilities are not told.
        blind_one_in: one in so many tasks has no prediction until people have labeled it; 0 for none.
        annotations_days: for how long annotations are kept, encrypted, with their tasks' data; None for not at all.
        learned: how many examples are made of them for a prompt; None for none.
        learned_marks: in how many of them words must be marked to be marked in other tasks; 0 for never.
        learned_nearest: whether the label of those most like a task may stand in place of the model's.
        digest: hash of all in it that influences an answer, without keys.
    """

    rule: str
    providers: tuple[Provider, ...]
    policy: str = ""
    refuse: str = ""
    redact: bool = True
    keep: frozenset[str] = frozenset()
    scan: Scan = field(default_factory=Scan)
    operators: Mapping[str, Operator] = field(default_factory=dict)
    answers: Literal["flag", "drop", "keep"] = "flag"
    threshold: float = 0.0
    known_labels: KnownLabels | None = None
    offered: int = 0
    withhold: frozenset[str] = frozenset()
    prompt: str | None = None
    prompt_name: str = ""
    prompt_box: str = "prompt"
    examples: tuple[Example, ...] = ()
    limits: Limits = field(default_factory=Limits)
    record_days: int | None = None
    answers_hours: float = 0.0
    kept_sent: SentKeeping | None = None
    fetch: Fetch = field(default_factory=Fetch)
    batch: bool = False
    scores: Sampling | None = None
    blind_one_in: int = 0
    annotations_days: int | None = None
    learned: LearnedExamples | None = None
    learned_marks: int = 0
    learned_nearest: bool = False
    digest: str = ""

    @property
    def keeps_tasks(self) -> bool:
        """Whether a task may be kept for a while: answers are, and nothing that it might hold is blocked."""
        return bool(self.answers_hours) and not self._blocks

    @property
    def keeps_annotations(self) -> bool:
        """Whether an annotation may be kept with its task: the policy says so, and nothing that it holds is blocked."""
        return self.annotations_days is not None and not self._blocks

    @property
    def _blocks(self) -> bool:
        return any(operator.name == "block" for operator in self.operators.values())

    @property
    def times(self) -> int:
        """How often each question is asked, if all goes well: more than once where nothing else tells a score."""
        return self.scores.samples if self.scores and not self.providers[0].scores else 1

    def withholds(self, name: str) -> bool:
        """Say whether a field, or something above or below it such as `note` of `note.body`, is never sent."""
        path = canonical_path(name)
        return any(is_within(path, whole) or is_within(whole, path) for whole in map(canonical_path, self.withhold))
