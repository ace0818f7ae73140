"""Which model may see what. A policy file → `Policy`, and a project → `Decision`. Default deny (P1)."""

import hashlib
import json
import logging
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from backend.errors import NoRuleError, PolicyFileError
from backend.policy.match import Match, project_id
from backend.policy.problems import Problem, form_problems, meaning_problems
from backend.policy.schema import DetectionForm, OperatorForm, PolicyForm, ProviderForm, RuleForm
from backend.policy.source import Location, Source, read_source, read_text
from backend.types import Decision, Fetch, Limits, Operator, Plan, Provider, Scan

__all__ = ["Policy", "Rule"]

log = logging.getLogger("labelguard.policy")

# What says where, how fast or under which name, but not what the answer is.
_NO_INFLUENCE = frozenset({"name", "key_env", "key_file", "concurrency", "timeout_s"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a policy: what it decides on the projects that it matches."""

    match: Match
    decision: Decision


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file that holds in all its parts.

    Attributes:
        file: where it was read.
        digest: SHA-256 of the file's bytes.
        providers: all that it names.
        rules: from top to bottom.
    """

    file: Path
    digest: str
    providers: tuple[Provider, ...]
    rules: tuple[Rule, ...]

    @classmethod
    def load(cls, file: Path) -> "Policy":
        """Read a policy file.

        Raises:
            PolicyFileError: the first problem in the file; `others` holds the rest.
        """
        source = read_source(file)
        form = _form(source)
        problems = list(meaning_problems(form))
        if problems:
            raise _errors(source, problems)
        providers = {name: _provider(name, part, file.parent) for name, part in form.providers.items()}
        rules = tuple(_rule(source, index, rule, providers) for index, rule in enumerate(form.rules))
        policy = cls(file, hashlib.sha256(source.content).hexdigest(), tuple(providers.values()), rules)
        log.info("policy %s: %d rules, sha256 %s", file, len(rules), policy.digest)
        return policy

    @property
    def scans(self) -> frozenset[Scan]:
        """The ways in which its rules look for personal data, in texts or in answers."""
        decisions = [rule.decision for rule in self.rules]
        return frozenset(said.scan for said in decisions if said.redact or said.answers != "keep")

    def decide(self, project: str, profile: str, plan: Plan) -> Decision:
        """Return what the first rule that matches says.

        Args:
            project: as Label Studio sends it, such as `12.1795417599`; "" if unknown.
            profile: the path prefix of the backend's URL, "" if there is none.
            plan: what the project's label config asks.

        Raises:
            NoRuleError: no rule matches, so nothing is allowed.
        """
        known = project_id(project)
        for rule in self.rules:
            if rule.match.covers(known, profile, plan):
                return rule.decision
        raise NoRuleError(known, profile, self.file)


def _form(source: Source) -> PolicyForm:
    try:
        return PolicyForm.model_validate(source.data)
    except ValidationError as error:
        problems = list(form_problems(error, source.data))
    raise _errors(source, problems)


def _errors(source: Source, problems: Iterable[Problem]) -> PolicyFileError:
    """Build one error of all problems: the first in the file, which holds the others."""
    found = sorted((source.error(p.where, p.what, p.remedy) for p in problems), key=lambda error: error.line or 0)
    found[0].others = tuple(found[1:])
    return found[0]


def _provider(name: str, form: ProviderForm, folder: Path) -> Provider:
    key_file = form.key.file if form.key else None
    return Provider(
        name=name,
        key_env=form.key.env if form.key else None,
        key_file=str(folder / key_file) if key_file else None,
        mode=form.mode or ("tools" if form.kind == "openai" else "json_schema"),
        **form.model_dump(exclude={"key", "mode"}),
    )


def _rule(source: Source, index: int, form: RuleForm, providers: dict[str, Provider]) -> Rule:
    """Make a rule with its decision, which is the same for every project that it matches."""
    prompt = _file(source, ("rules", index, "prompt"), form.prompt) if form.prompt else None
    where = ("rules", index, "detection", "recognizers")
    recognizers = _file(source, where, form.detection.recognizers) if form.detection.recognizers else ""
    kept = {entity_type for entity_type, operator in form.operators.items() if operator.operator == "keep"} - {"*"}
    said = Decision(
        rule=form.name,
        providers=tuple(providers[name] for name in form.providers),
        redact=form.redact,
        keep=frozenset(form.keep) | kept,
        scan=_scan(form.detection, source.file.parent),
        operators={kind: _operator(operator, source.file.parent) for kind, operator in form.operators.items()},
        answers=form.answers,
        threshold=form.threshold,
        withhold=frozenset(form.withhold),
        prompt=prompt,
        prompt_name=Path(form.prompt).name if form.prompt else "",
        prompt_box=form.prompt_box,
        limits=Limits(**form.limits.model_dump()),
        fetch=Fetch(**form.fetch.model_dump() | {"hosts": tuple(form.fetch.hosts)}),
    )
    return Rule(Match.of(form.match), replace(said, digest=_digest(said, recognizers)))


def _scan(form: DetectionForm, folder: Path) -> Scan:
    return Scan(
        profile=form.profile,
        languages=tuple(sorted(set(form.languages))),
        unknown_language=form.unknown_language,
        recognizers=str(folder / form.recognizers) if form.recognizers else "",
    )


def _operator(form: OperatorForm, folder: Path) -> Operator:
    key_file = form.key.file if form.key else None
    return Operator(
        form.operator,
        key_env=form.key.env if form.key else None,
        key_file=str(folder / key_file) if key_file else None,
    )


def _file(source: Source, where: Location, name: str) -> str:
    """Read a file that the policy names."""
    problem = ""
    try:
        return read_text(source.file.parent / name)
    except PolicyFileError as error:
        problem = error.problem
    raise source.error(where, f"the file {name} {problem}", "its path begins at the policy file")


def _digest(decision: Decision, recognizers: str) -> str:
    """Hash all that influences an answer (P10). A field of the types that is added later counts, unless named here.

    Args:
        decision: all of it.
        recognizers: what stands in the file of recognizers, which counts in place of its path.
    """
    bare = replace(decision, rule="", digest="", operators={}, scan=replace(decision.scan, recognizers=recognizers))
    said = asdict(replace(bare, limits=Limits(), fetch=Fetch()), dict_factory=_influences)
    said["operators"] = {kind: operator.name for kind, operator in decision.operators.items()}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=sorted).encode()).hexdigest()[:16]


def _influences(fields: list[tuple[str, object]]) -> dict[str, object]:
    return {key: value for key, value in fields if key not in _NO_INFLUENCE}
