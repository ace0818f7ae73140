"""Breaks each shipped policy in every way that a slip could; a case of its test file must tell: `make mutate-policies`.

A mutant is the policy with one leaf changed: a rule dropped or swapped with another, a condition dropped or changed, a
provider dropped, added or moved, an operator changed or dropped, a withheld field let go, and so on. What only says how
a server is reached or what a thing is called decides nothing about a task, and is left alone (`NO_DECISION`).
"""

import copy
import itertools
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from backend.engine.previews.cases import KEY, differences, previewed_task
from backend.engine.previews.preview import Previewer
from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.policy.cases import PolicyCases, read_cases
from backend.settings import Settings

SHIPPED = Path(__file__).parents[2] / "policies"
PRESETS = ("hipaa-safe-harbor", "gdpr", "russia-152-fz", "pci-dss", "open")
POLICIES = (*PRESETS, "default", "local-only", "openai-redacted")
NO_DECISION = frozenset("address concurrency key kind max_tokens mode model name region retention".split())
"""Keys whose values no task shows: names, ways to a server, and terms that tests/unit/policy/test_presets.py checks."""

_WRITTEN_OUT = "it is what holds where nothing is written; it stands there to be read"
_NOBODY_OUTSIDE = "no rule of this file names an external provider; for rules of one's own: unit/policy/test_presets.py"
_ALREADY_HERE = "the rule names no external provider, and what else the profile says stands where nothing is written"
EQUIVALENT: Mapping[tuple[str, str], str] = {
    ("hipaa-safe-harbor", "profiles.hipaa-safe-harbor.operators.*: dropped"): _WRITTEN_OUT,
    ("gdpr", "profiles.gdpr.operators.*: dropped"): _WRITTEN_OUT,
    ("gdpr", "rules.2.profile: dropped"): _ALREADY_HERE,
    ("gdpr", "rules.3.profile: dropped"): _ALREADY_HERE,
    ("gdpr", "rules.5.profile: dropped"): _ALREADY_HERE,
    ("pci-dss", "profiles.pci-dss.operators.*: dropped"): _WRITTEN_OUT,
    ("openai-redacted", "rules.0.detection: dropped"): _WRITTEN_OUT,
    ("openai-redacted", "rules.0.detection.languages: dropped"): _WRITTEN_OUT,
    ("openai-redacted", "rules.0.detection.unknown_language: dropped"): _WRITTEN_OUT,
    ("russia-152-fz", "profiles.russia-152-fz.operators: dropped"): _NOBODY_OUTSIDE,
    ("russia-152-fz", "profiles.russia-152-fz.operators.*: dropped"): _NOBODY_OUTSIDE,
    ("russia-152-fz", "profiles.russia-152-fz.operators.*: placeholder"): _NOBODY_OUTSIDE,
    ("russia-152-fz", "rules.1.profile: dropped"): _NOBODY_OUTSIDE,
    ("russia-152-fz", "rules.3.profile: dropped"): _NOBODY_OUTSIDE,
}
"""Mutants that decide as the policy does, with the reason."""

Policies = dict[str, Any]
OPERATORS: Mapping[str, Any] = {
    "keep": "keep",
    "placeholder": "placeholder",
    "block": "block",
    "local": "local",
    "keep, local": {"operator": "keep", "local": True},
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A policy with one thing changed.

    Attributes:
        what: the place and the change.
        data: the whole file's.
    """

    what: str
    data: Policies = field(repr=False)


@dataclass(slots=True)
class Score:
    """What became of a policy's mutants.

    Attributes:
        killed: those that a case tells, with its name.
        unread: those that no policy file may say.
        equivalent: those that decide as the policy does.
        survived: those that no case tells.
    """

    policy: str
    killed: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    equivalent: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Say it in a line."""
        told = len(self.killed)
        all_told = told + len(self.survived)
        return (
            f"{self.policy:20} {told} of {all_told} mutants told ({100 * told // max(all_told, 1)} %), "
            f"{len(self.unread)} unreadable, {len(self.equivalent)} equivalent"
        )


def mutants(data: Policies) -> Iterator[Mutant]:
    """Yield every mutant of a policy."""
    yield from _of_rules(data)
    for place in _places(data, ()):
        yield from (mutant for mutant in _at(data, place) if mutant.data != data)


def _places(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the places of all that may be changed: keys, items and leaves, from the top."""
    items: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, dict):
        items = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    for key, part in items:
        if key not in NO_DECISION and (place or key in ("providers", "profiles", "rules")):
            if place:
                yield (*place, key)
            yield from _places(part, (*place, key))


def _of_rules(data: Policies) -> Iterator[Mutant]:
    rules = data["rules"]
    for one, other in itertools.combinations(range(len(rules)), 2):
        changed = list(rules)
        changed[one], changed[other] = rules[other], rules[one]
        yield Mutant(f"rules.{one}: swapped with {other}", {**data, "rules": changed})
    for index, rule in enumerate(rules):
        if "refuse" in rule:
            sending = {key: value for key, value in rule.items() if key != "refuse"}
            sending["providers"] = list(data["providers"])
            yield Mutant(f"rules.{index}.refuse: sent", _with(data, ("rules", index), sending))
        else:
            refusing = {"name": rule["name"], "match": rule["match"], "refuse": "nothing is sent"}
            yield Mutant(f"rules.{index}: refused", _with(data, ("rules", index), refusing))


def _at(data: Policies, place: tuple[Any, ...]) -> Iterator[Mutant]:
    """Yield the mutants of a place: without it, and with other values there."""
    value = _part(data, place)
    where = ".".join(map(str, place))
    yield Mutant(f"{where}: dropped", _without(data, place))
    for name, other in _others(data, place, value):
        yield Mutant(f"{where}: {name}", _with(data, place, other))


def _others(data: Policies, place: tuple[Any, ...], value: Any) -> Iterator[tuple[str, Any]]:
    match place:
        case ("rules", _, "providers"):
            yield from _orders(value, list(data["providers"]))
        case ("rules", _, "match", *rest):
            yield from _conditions(rest, value)
        case (_, _, "operators", _):
            yield from ((name, other) for name, other in OPERATORS.items() if other != value)
        case (_, _, "detection", "unknown_language"):
            yield "flipped", "refuse" if value == "patterns" else "patterns"
        case _ if isinstance(value, bool):
            yield "flipped", not value


def _conditions(rest: Sequence[Any], value: Any) -> Iterator[tuple[str, Any]]:
    match rest:
        case []:
            yield "everything", "everything"
        case ["language"]:
            yield "with de and es", [*value, "de", "es"]
            yield "of one", {"any": value}
        case [*_, "glob" | "pattern"]:
            yield "anything", "*"
        case [*_, "missing"]:
            yield "flipped", not value
        case ["fields" | "meta", _, *_] if not isinstance(value, list | dict):
            yield "another value", "another value"
        case ["fields" | "meta", _]:
            yield "there", {"missing": False}
            yield "missing", {"missing": True}


def _orders(listed: Sequence[str], known: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield a rule's providers in another order, and with one more."""
    if len(listed) > 1:
        yield "reversed", list(reversed(listed))
    for name in known:
        if name not in listed:
            yield f"{name} first", [name, *listed]
            yield f"{name} last", [*listed, name]
            yield f"{name} instead", [name]


def _part(data: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        data = data[step]
    return data


def _with(data: Policies, place: tuple[Any, ...], value: Any) -> Policies:
    changed = copy.deepcopy(data)
    _part(changed, place[:-1])[place[-1]] = value
    return changed


def _without(data: Policies, place: tuple[Any, ...]) -> Policies:
    changed = copy.deepcopy(data)
    del _part(changed, place[:-1])[place[-1]]
    return changed


def mutate(name: str, folder: Path, settings: Settings) -> Score:
    """Have the cases of a policy's test file judge its mutants.

    Args:
        name: the policy's.
        folder: where mutants are written; it holds the files that policies name.
        settings: of the process.

    Raises:
        ValueError: a case fails under the policy itself, so that it could tell nothing.
    """
    score = Score(name)
    cases = read_cases(SHIPPED / f"{name}.test.yaml")
    data = yaml.safe_load((SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"))
    file = folder / "mutant.yaml"
    if failing := _teller(_written(file, data), cases, settings):
        raise ValueError(f"{name}: the case {failing!r} fails under the policy itself")
    for mutant in mutants(data):
        try:
            policy = _written(file, mutant.data)
        except PolicyFileError:
            score.unread.append(mutant.what)
            continue
        teller = _teller(policy, cases, settings)
        if teller:
            score.killed[mutant.what] = teller
            cases = _with_first(cases, teller)  # it may well tell the next one too
        elif (name, mutant.what) in EQUIVALENT:
            score.equivalent.append(mutant.what)
        else:
            score.survived.append(mutant.what)
    return score


def _written(file: Path, data: Policies) -> Policy:
    file.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return Policy.load(file)


def _teller(policy: Policy, cases: PolicyCases, settings: Settings) -> str:
    """Return the name of the first case that fails under a policy; "" if none does."""
    with Previewer(policy, settings, KEY) as previewer:
        for case in cases.cases:
            (verdict,) = previewer.tasks([previewed_task(case)])
            if any(differences(case.form.expect, verdict)):
                return case.form.name
    return ""


def _with_first(cases: PolicyCases, name: str) -> PolicyCases:
    ordered = sorted(cases.cases, key=lambda case: case.form.name != name)
    return replace(cases, cases=tuple(ordered))


def mutate_all(names: Sequence[str] = POLICIES) -> list[Score]:
    """Have the mutants of all shipped policies judged."""
    with tempfile.TemporaryDirectory() as folder:
        for file in SHIPPED.glob("*.recognizers.yaml"):
            shutil.copy(file, folder)
        settings = Settings()
        return [mutate(name, Path(folder), settings) for name in names]


def main() -> None:
    """Print the scores and the survivors; exits with 1 if there is one."""
    logging.disable(logging.WARNING)
    began = time.monotonic()
    scores = mutate_all(sys.argv[1:] or POLICIES)
    survivors = [f"{score.policy}: no case tells {what}" for score in scores for what in score.survived]
    lines = [*map(Score.line, scores), *survivors, f"{time.monotonic() - began:.0f} s"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
