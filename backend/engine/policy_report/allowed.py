"""What a policy allows, in words: its providers and its rules, as rows of tables."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from backend.budget.limits import Limits
from backend.policy import Policy, Rule
from backend.policy.file.schema import RuleForm
from backend.policy.types import Decision
from backend.privacy.listed import entries, hashed
from backend.privacy.types import Operator, Scan
from backend.providers import OWN_KINDS, Provider

PROVIDER_COLUMNS = ("provider", "text", "model", "where", "key")
RULE_COLUMNS = ("rule", "matches", "asks", "personal data", "looked for by", "new in answers", "bounds")


def provider_rows(policy: Policy) -> Iterator[tuple[str, ...]]:
    """Yield the providers, a tuple of PROVIDER_COLUMNS each; of a key it says where it stands."""
    for provider in policy.providers:
        key = f"variable {provider.key_env}" if provider.key_env else provider.key_file or "none"
        where = _where(provider) + (f", {provider.region}" if provider.region else "")
        text = "leaves your network" if provider.external else "stays"
        yield provider.name, text, provider.model, where, key


def _where(provider: Provider) -> str:
    return "this machine" if provider.kind in OWN_KINDS else provider.address or "the vendor's address"


def rule_rows(policy: Policy, forms: Sequence[RuleForm] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the rules, a tuple of RULE_COLUMNS each, and what becomes of all else.

    Args:
        policy: whose rules.
        forms: the same rules as they stand in the file, which say what profile they follow; none if unknown.
    """
    for place, rule in enumerate(policy.rules):
        decision = rule.decision
        if decision.refuse:
            condition = _scan(decision.scan) if rule.match.form.entities is not None else ""
            yield decision.rule, _matches(rule), "nobody", f"nothing is sent: {decision.refuse}", condition, "", ""
            continue
        asked = ", then ".join(provider.name for provider in decision.providers)
        looks = decision.redact or decision.known_labels is not None or decision.answers != "keep"
        profile = forms[place].profile if forms else None
        yield (
            decision.rule,
            _matches(rule),
            asked,
            _privacy(decision) + (f"; as profile {profile} says" if profile else ""),
            _scan(decision.scan) if looks else "nothing",
            _ANSWERS[decision.answers],
            ", ".join(_bounds(decision)),
        )
    yield "otherwise", "everything else", "nobody", "nothing is sent", "", "", ""


def _bounds(decision: Decision) -> Iterator[str]:
    """Yield the limits that are not the usual ones, and how long the record is kept."""
    usual = Limits()
    for field in fields(usual):
        value = getattr(decision.limits, field.name)
        if value != getattr(usual, field.name):
            words = field.name.removesuffix("_s").replace("_", " ")
            yield f"{words} {value:g}" + (" s" if field.name.endswith("_s") else "")
    if decision.record_days is not None:
        yield f"record kept {decision.record_days} days"
    if decision.providers and decision.answers_hours != (1 if decision.redact else 0):
        yield f"answers kept {decision.answers_hours:g} h" if decision.answers_hours else "answers not kept"
    if decision.kept_sent:
        yield f"{100 * decision.kept_sent.share:g}% of what is sent kept {decision.kept_sent.days} days"
    if decision.batch:
        yield "may go in batches"
    yield from _known_labels(decision)


def _known_labels(decision: Decision) -> Iterator[str]:
    """Yield which labels detection marks, where that is not the usual way."""
    known = decision.known_labels
    if (known is not None) is not decision.redact:
        yield "labels marked by detection too" if known is not None else "no labels by detection"
    if known is not None and known.entity_types:
        said = (f"{label} {means or 'by the model'}" for label, means in sorted(known.entity_types.items()))
        yield f"by detection: {', '.join(said)}"


def _matches(rule: Rule) -> str:
    said = rule.match.form.model_dump(exclude_none=True, exclude_defaults=True)
    return ", ".join(f"{name.replace('_', ' ')} {_words(value)}" for name, value in said.items()) or "everything"


_KEYS = {"any_of": "", "glob": "like", "pattern": "matching", "count": "", "score": "from score"}


def _words(value: object) -> str:
    """Write a condition as it can be read aloud."""
    if isinstance(value, dict):
        if "missing" in value:
            return "is missing" if value["missing"] else "is there"
        return ", ".join(f"{_KEYS.get(key, key)} {_words(part)}".strip() for key, part in value.items())
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


_ANSWERS = {"flag": "are marked", "drop": "are left out", "keep": "stay as they are"}
_UNKNOWN = {
    "refuse": "other languages refused",
    "patterns": "other languages by patterns alone",
    "hide": "other languages by patterns, words in other scripts hidden",
}
_GUARDED = ("texts in other languages", "every text")


def _privacy(decision: Decision) -> str:
    said = ["is replaced" if decision.redact else "is sent as it stands"]
    if decision.redact:
        said += [_operated(kind, operator) for kind, operator in _replacing(decision)]
        if decision.keep:
            said.append(f"except {', '.join(sorted(decision.keep))}")
        if decision.threshold:
            said.append(f"from score {decision.threshold:g}")
    if decision.withhold:
        said.append(f"never sent: {', '.join(sorted(decision.withhold))}")
    return "; ".join(said)


def _operated(kind: str, operator: Operator) -> str:
    if operator.name == "block":
        return f"{kind} is refused"
    said = f"{kind} stays as it is" if operator.name == "keep" else f"{kind} by {operator.name}"
    return said + (", for self-hosted models alone" if operator.local else "")


def _replacing(decision: Decision) -> Iterator[tuple[str, Operator]]:
    """Yield the operators by type, `*` last under a name that can be read aloud."""
    for kind, operator in sorted(decision.operators.items(), key=lambda item: (item[0] == "*", item[0])):
        if kind not in decision.keep or operator.local:
            yield ("all else" if kind == "*" else kind), operator


def _scan(scan: Scan) -> str:
    own = f"; {Path(scan.recognizers).name}" if scan.recognizers else ""
    lists = {"never_redact": scan.never_redact, "always_redact": scan.always_redact}
    own += "".join(f"; {name}: {_counted(text)}" for name, text in lists.items() if text)
    languages = ", ".join(_language(scan, code) for code in scan.languages)
    own += f"; guard {scan.guard.name} looks at {_GUARDED[scan.profile == 'thorough']}" if scan.guard else ""
    return f"profile {scan.profile}; {languages}; {_UNKNOWN[scan.unknown_language]}{own}"


def _language(scan: Scan, code: str) -> str:
    """Write a language with what reads its names, if the policy says so."""
    said = [f"{package.kind} {Path(package.place).name}" for package in scan.packages if package.language == code]
    return f"{code} ({' and '.join(said)})" if said else code


def _counted(text: str) -> str:
    count, unread = (sum(1 for _ in found) for found in (entries(text), hashed(text)))
    return ("1 entry" if count == 1 else f"{count} entries") + (f", {unread} of them hashed" if unread else "")
