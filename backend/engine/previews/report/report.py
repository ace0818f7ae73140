"""What a report says before go-live: who would get what, what is refused and why, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from backend.budget.estimate import Forecast
from backend.providers import Provider

UNREADABLE = frozenset({"task", "gone"})
"""Codes of what is wrong with a task itself, whatever the policy."""


@dataclass(slots=True)
class Recipient:
    """What a provider would get by a rule.

    Attributes:
        tasks: that go to it first.
        calls: of them.
        characters: of all messages of these calls.
        fallbacks: tasks that go to it only if the providers before it fail.
    """

    rule: str
    provider: Provider
    tasks: int = 0
    calls: int = 0
    characters: int = 0
    fallbacks: int = 0


@dataclass(frozen=True, slots=True)
class RefusedTasks:
    """Tasks of which nothing would be sent, for one reason.

    Attributes:
        code: the error's.
        rule: that decides, "" if none does.
        problem: why.
        remedy: what to do about it, "" if that is the policy's will.
        tasks: theirs, as `task_names` writes them.
        count: how many they are.
    """

    code: str
    rule: str
    problem: str
    remedy: str
    tasks: str
    count: int

    @property
    def is_unreadable(self) -> bool:
        """Whether the tasks themselves cannot be read."""
        return self.code in UNREADABLE


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found in a task that would be sent.

    Attributes:
        task: the task's number, or its place.
        entity_type: Presidio's.
        score: from 0 to 1.
        recognizer: who found it, and by what.
        rule: that decides on the task.
        operator: what wrote what stands in its place; `sent as it stands` if nothing does.
        shown: what would be sent in its place; of what is sent as it stands its entity type.
        before, after: what would be sent around it.
        original: the value; "" unless originals are shown.
    """

    task: str
    entity_type: str
    score: float
    recognizer: str
    rule: str
    operator: str
    shown: str = field(repr=False)
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    original: str = field(default="", repr=False)

    def is_like(self, other: "Finding") -> bool:
        """Say whether another one is the same but for its task."""
        return replace(other, task=self.task) == self


@dataclass(frozen=True, slots=True)
class FoundType:
    """What was found of an entity type.

    Attributes:
        replaced: stretches that something else stands for.
        kept: stretches that would be sent as they stand.
        refused: stretches in tasks of which nothing is sent.
        operators: what writes what stands for them.
        surest, doubtful: examples, of the highest and of the lowest score.
    """

    entity_type: str
    replaced: int
    kept: int
    refused: int
    operators: tuple[str, ...]
    surest: tuple[Finding, ...]
    doubtful: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as it would be sent.

    Attributes:
        left_out: characters at its end that the report leaves out.
    """

    role: str
    content: str = field(repr=False)
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A task as some providers would get it.

    Attributes:
        providers: that get exactly this.
        entity_types: what was found in it.
        calls: the messages of each call; none where they are not shown.
        more: calls that the report leaves out.
    """

    task: str
    rule: str
    providers: tuple[str, ...]
    entity_types: tuple[str, ...]
    calls: tuple[tuple[SentMessage, ...], ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class RuleSaid:
    """What a rule that decides on some task says, in words.

    Attributes:
        prompt: hash of the templates of its prompts, "" if it sends nothing.
    """

    rule: str
    tasks: int
    remarks: tuple[str, ...]
    prompt: str


@dataclass(frozen=True, slots=True)
class Versions:
    """What the report is about, and by what it was made.

    Attributes:
        policy: the policy file's name, `policy_hash` its SHA-256 with all that belongs to it.
        model_version: of the predictions, "" if there would be none.
        config_hash: the label config's SHA-256.
        code: this program's version, `code_hash` the SHA-256 of its files.
        templates_hash: the SHA-256 of the prompt templates that are shipped.
        libraries: versions of what looks for personal data, by name.
        tasks_hash: a hash of the tasks by a secret of this deployment, which tells nothing to others.
    """

    policy: str
    policy_hash: str
    model_version: str
    config_hash: str
    code: str
    code_hash: str
    templates_hash: str
    libraries: tuple[tuple[str, str], ...]
    tasks_hash: str


@dataclass(frozen=True, slots=True)
class GoLiveReport:
    """What would become of a project's tasks under a policy.

    Attributes:
        project: its number, "" if unknown.
        path: the path prefix of the backend's URL.
        title: the project's; "" unless originals are shown.
        tasks: how many there are.
        spared: tasks that need not be sent, since detection knows all labels.
        leaving: tasks that an external provider would be asked about, be it as a fallback.
        guards: models of one's own that look at texts first.
        guesses: providers whose answers' length is a guess, since they have not answered yet.
        shows_originals: whether values that were found stand in it.
    """

    versions: Versions
    project: str
    path: str
    title: str
    tasks: int
    spared: int
    leaving: int
    recipients: Sequence[Recipient]
    refused: Sequence[RefusedTasks]
    rules: Sequence[RuleSaid]
    found: Sequence[FoundType]
    samples: Sequence[Sample]
    forecasts: Sequence[Forecast]
    guesses: Sequence[str]
    guards: Sequence[str]
    shows_originals: bool = False

    @property
    def refusals(self) -> int:
        """How many tasks nothing would be sent of, since they are refused or cannot be read."""
        return sum(one.count for one in self.refused)

    @property
    def unreadable(self) -> int:
        """How many of them cannot be read."""
        return sum(one.count for one in self.refused if one.is_unreadable)

    @property
    def sent(self) -> int:
        """How many tasks would be sent."""
        return self.tasks - self.refusals - self.spared

    @property
    def calls(self) -> int:
        """In how many calls."""
        return sum(one.calls for one in self.recipients)
