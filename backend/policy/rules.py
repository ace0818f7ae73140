"""A policy's forms → its rules, each with what it decides."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from backend.budget.limits import Limits
from backend.labelstudio.types import Fetch
from backend.policy.file.examples import read_examples
from backend.policy.file.list_keys import keys_for
from backend.policy.file.loaded import Loaded
from backend.policy.file.profiles import settings_of
from backend.policy.file.schema import DetectionForm, OperatorForm, ProviderForm, RetentionForm, RuleForm
from backend.policy.match import Match
from backend.policy.types import Decision, KnownLabels, LearnedExamples, Sampling, SentKeeping
from backend.privacy.packages import version_of
from backend.privacy.types import Operator, Package, Scan
from backend.providers import MANIFEST, Price, Provider

# What says where, how fast, how dear or under which name, but not what the answer is.
_NO_INFLUENCE = frozenset(
    "name key_env key_file concurrency timeout_s price proxy proxy_key_env proxy_key_file ca answers_hours"
    " path list_keys weight kept_sent batch blind_one_in annotations_days"
    " known_labels".split()  # the list itself names its keys; labels count in their project
)
# Without them a rule has the digest that it always had.
_OPTIONAL = frozenset(
    {
        "never_redact",
        "always_redact",
        "packages",
        "guard",
        "scores",
        "learned",
        "learned_marks",
        "learned_nearest",
        "offered",
    }
)
USUAL_HOURS = 1.0
"""For so long answers about redacted text are kept, where a policy says nothing; about others not at all."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a policy: what it decides on what it matches.

    Attributes:
        digest: hash of all in it that influences an answer, its conditions on tasks included (P10).
    """

    match: Match
    decision: Decision
    digest: str


def make_provider(name: str, form: ProviderForm, loaded: Loaded) -> Provider:
    """Make a provider of what a file says."""
    own: dict[str, Any] = {}
    if form.path:
        # It says the same each time. What it is named by changes with it, and so does each model version (P10).
        own = {"model": hashlib.sha256(loaded.contents[Path(form.path, MANIFEST)]).hexdigest()[:16], "attempts": 1}
    return Provider(
        name=name,
        key_env=form.key.env if form.key else None,
        key_file=form.key.file if form.key else None,
        mode=form.mode or ("tools" if form.kind == "openai" and not form.asks_scores else "json_schema"),
        price=Price(form.price.input, form.price.output, form.price.batch) if form.price else None,
        proxy_key_env=form.proxy_key.env if form.proxy_key else None,
        proxy_key_file=form.proxy_key.file if form.proxy_key else None,
        ca=loaded.text(form.ca) if form.ca else None,
        batch=form.has_batches,
        scores="tokens" if form.asks_scores else "",
        **form.model_dump(exclude={"key", "mode", "price", "proxy_key", "ca", "batch", "scores", "path"}) | own,
        path=form.path or "",
    )


def make_rule(form: RuleForm, providers: Mapping[str, Provider], loaded: Loaded) -> Rule:
    """Make a rule with its decision, which is the same for all that it matches."""
    form = settings_of(form, loaded.profiles)
    kept = {entity_type for entity_type, operator in form.operators.items() if operator.operator == "keep"} - {"*"}
    decision = Decision(
        rule=form.name,
        policy=loaded.digest,
        providers=tuple(providers[name] for name in form.providers or ()),
        refuse=form.refuse or "",
        redact=form.redact,
        keep=frozenset(form.keep) | kept,
        scan=_scan(form, loaded, providers),
        operators={kind: _operator(operator) for kind, operator in form.operators.items()},
        answers=form.answers,
        threshold=form.threshold,
        known_labels=_known_labels(form),
        offered=form.labels.offer if form.labels else 0,
        withhold=frozenset(form.withhold),
        prompt=loaded.text(form.prompt) if form.prompt else None,
        prompt_name=Path(form.prompt).name if form.prompt else "",
        prompt_box=form.prompt_box,
        examples=read_examples(Path(form.examples), loaded.snapshot) if form.examples else (),
        limits=Limits(**form.limits.model_dump()),
        record_days=form.retention.record_days,
        answers_hours=_answers_hours(form),
        kept_sent=_kept_sent(form.retention),
        fetch=Fetch(**form.fetch.model_dump() | {"hosts": tuple(form.fetch.hosts)}),
        batch=form.batch,
        scores=Sampling(**form.scores.model_dump()) if form.scores else None,
        blind_one_in=form.blind.one_in if form.blind else 0,
        annotations_days=form.learn.days if form.learn.annotations == "keep" else None,
        learned=LearnedExamples(**form.learn.examples.model_dump()) if form.learn.examples else None,
        learned_marks=form.learn.marks or 0,
        learned_nearest=form.learn.nearest,
    )
    decision = replace(decision, digest=_digest(decision))
    asked = form.match.model_dump(include={"fields", "meta", "language", "characters", "entities"}, exclude_none=True)
    return Rule(Match.of(form.match), decision, _hash([decision.digest, asked]))


def _answers_hours(form: RuleForm) -> float:
    hours = form.retention.answers_hours
    return hours if hours is not None else USUAL_HOURS if form.redact else 0.0


def _kept_sent(form: RetentionForm) -> SentKeeping | None:
    share = float((form.keep_sent or "0").rstrip("% ")) / 100
    return SentKeeping(share, form.sent_days) if share else None


def _known_labels(form: RuleForm) -> KnownLabels | None:
    """Return which labels are known; none by default where nothing is looked for, which costs time and may fail."""
    said = form.known_labels or ("on" if form.redact else "off")
    if isinstance(said, str):
        return KnownLabels() if said == "on" else None
    return KnownLabels({label: "" if kind == "none" else kind for label, kind in said.items()})


def _scan(form: RuleForm, loaded: Loaded, providers: Mapping[str, Provider]) -> Scan:
    detection = form.detection
    return Scan(
        profile=detection.profile,
        languages=tuple(sorted(set(detection.languages))),
        unknown_language=detection.unknown_language,
        recognizers=detection.recognizers or "",
        recognizers_text=loaded.text(detection.recognizers) if detection.recognizers else None,
        never_redact=loaded.text(form.never_redact),
        always_redact=loaded.text(form.always_redact),
        list_keys=keys_for(loaded.text(form.always_redact), loaded.snapshot),
        packages=tuple(sorted(_packages(detection))),
        guard=providers[detection.model] if detection.model else None,
    )


def _packages(form: DetectionForm) -> Iterator[Package]:
    """Yield what reads the names of a language, as it is on this machine now."""
    for language, said in form.languages.items() if isinstance(form.languages, dict) else ():
        if said is None:
            continue
        for kind, place in said.places.items():
            labels = tuple((label, "" if type_ == "none" else type_) for label, type_ in sorted(said.labels.items()))
            package = Package(language, kind, place, labels=labels)
            yield replace(package, version=version_of(package))


def _operator(form: OperatorForm) -> Operator:
    return Operator(
        form.operator,
        key_env=form.key.env if form.key else None,
        key_file=form.key.file if form.key else None,
        local=form.local,
    )


def _digest(decision: Decision) -> str:
    """Hash all that influences an answer (P10). A field of the types that is added later counts, unless named here.

    What stands in the file of recognizers counts, in place of its path; so do which packages there are, not where.
    """
    packages = tuple(replace(package, place="") for package in decision.scan.packages)
    scan = replace(decision.scan, recognizers="", packages=packages)
    bare = replace(decision, rule="", policy="", operators={}, scan=scan)
    bare = replace(bare, limits=Limits(), fetch=Fetch(), record_days=None)
    said = asdict(bare, dict_factory=_influences)
    said["operators"] = {kind: [operator.name, operator.local] for kind, operator in decision.operators.items()}
    return _hash(said)


def _influences(fields: list[tuple[str, object]]) -> dict[str, object]:
    return {key: value for key, value in fields if key not in _NO_INFLUENCE and (value or key not in _OPTIONAL)}


def _hash(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=sorted).encode()).hexdigest()[:16]
