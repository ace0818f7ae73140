"""A policy file, read as a server would: what it allows, or what is wrong with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.engine.policy_report.warnings import warnings
from backend.errors import PolicyFileError, PromptError
from backend.policy import Policy
from backend.policy.file.files import load_file
from backend.policy.file.schema import RuleForm
from backend.policy.packaged import missing, packages_of
from backend.prompting.templates import Template
from backend.system.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class PolicyReport:
    """What is to be said of a policy file.

    Attributes:
        errors: why it cannot come into force; none if it can.
        policy: made of it; None if it has errors.
        forms: its rules as they stand in the file.
        warnings: what is likely to be a slip.
    """

    errors: tuple[str, ...]
    policy: Policy | None = None
    forms: Sequence[RuleForm] = ()
    warnings: tuple[str, ...] = ()


def report_policy(file: Path, *, knows_titles: bool, snapshot: Snapshot | None = None) -> PolicyReport:
    """Read a policy file and say what is to be said of it.

    Args:
        file: the policy's.
        knows_titles: whether Label Studio can be asked for a project's title.
        snapshot: by which it and all that belong to it are read, where that is not what stands in the files.
    """
    try:
        snapshot = snapshot or Snapshot()
        policy = Policy.load(file, snapshot)
        errors = (*_prompt_errors(policy), *_package_errors(policy))
    except PolicyFileError as error:
        errors = tuple(one.reason for one in (error, *error.others))
    if errors:
        return PolicyReport(errors)
    loaded = load_file(file, snapshot)
    return PolicyReport((), policy, loaded.form.rules, tuple(warnings(policy, loaded, knows_titles=knows_titles)))


def _prompt_errors(policy: Policy) -> Iterator[str]:
    for rule in policy.rules:
        decision = rule.decision
        try:
            if decision.prompt is not None:
                Template(decision.prompt_name, decision.prompt)
        except PromptError as error:
            yield f"{policy.file}: rule {decision.rule!r}: {error.reason}"


def _package_errors(policy: Policy) -> Iterator[str]:
    yield from (f"{policy.file}: {problem}" for problem in missing(packages_of(policy.scans)))
