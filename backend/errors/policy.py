"""What a label config, a policy or a prompt says."""

import re
from pathlib import Path

from backend.errors.base import LabelguardError


class ConfigError(LabelguardError):
    """A label config that cannot be served."""

    status = 422
    code = "config"


class PolicyError(LabelguardError):
    """A policy that cannot decide."""

    status = 403
    code = "policy"


class PolicyFileError(PolicyError):
    """A policy file that cannot be read.

    Args:
        file: the policy file.
        problem: what is wrong.
        remedy: what to do about it.
        line: 1-based line, if known.
        key: dotted path of the key, if known.

    Attributes:
        others: what else is wrong in the file.
    """

    status = 500
    code = "policy_file"

    def __init__(self, file: Path, problem: str, remedy: str, line: int | None = None, key: str | None = None) -> None:
        place = str(file) + (f":{line}" if line else "") + (f": {key}" if key else "")
        super().__init__(f"{place}: {problem} - {remedy}")
        self.file, self.line, self.key, self.problem, self.remedy = file, line, key, problem, remedy
        self.others: tuple[PolicyFileError, ...] = ()


class NoRuleError(PolicyError):
    """Default deny: no rule of the policy matches."""

    code = "no_rule"

    def __init__(self, project: str, path: str, file: Path, *, of_task: bool = False) -> None:
        said = path if re.fullmatch(r"[\w.~-]{1,64}", path, re.ASCII) else "(other than letters, digits and . _ ~ -)"
        where = f"project {project or '(none)'}" + (f", path {said}" if path else "")
        what = f"this task of {where}" if of_task else where
        super().__init__(f"no policy rule matches {what} - add one to {file.name}")


class RefusedError(PolicyError):
    """A rule of the policy says that nothing is sent.

    Args:
        rule: its name.
        why: the reason that the policy gives.
    """

    code = "refused"

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(f"rule {rule!r} refuses: {why}")
        self.rule = rule


class BlindError(PolicyError):
    """A task that people are to label before they see a prediction.

    Args:
        rule: its name.
        one_in: of how many tasks it is one.
    """

    code = "blind"

    def __init__(self, rule: str, one_in: int) -> None:
        super().__init__(
            f"rule {rule!r} has one in {one_in} tasks labeled without a prediction - it gets one once it is annotated"
        )


class BatchDeniedError(PolicyError):
    """A rule that does not let its tasks be sent in a batch.

    Args:
        rule: its name.
    """

    status = 403
    code = "batch_denied"

    def __init__(self, rule: str) -> None:
        super().__init__(
            f"rule {rule!r} does not allow a batch - write batch: true at the rule, or predict without --batch"
        )


class BlockedError(PolicyError):
    """Something was found in a task that its rule does not let pass.

    Args:
        rule: its name.
        entity_type: what was found.
        remedy: what to do about it.
    """

    code = "blocked"

    def __init__(self, rule: str, entity_type: str, remedy: str) -> None:
        super().__init__(f"rule {rule!r} lets no {entity_type} pass - {remedy}")


class PromptError(LabelguardError):
    """A prompt template that cannot be rendered."""

    status = 422
    code = "prompt"
