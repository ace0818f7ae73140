"""What a server would take, but what is likely to be a slip, or is missing on this machine."""

import ipaddress
import os
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from urllib.parse import urlsplit

from backend.budget.prices import price_of
from backend.policy import Policy, Rule
from backend.policy.file.loaded import Loaded
from backend.policy.file.schema import RuleForm, SettingsForm
from backend.policy.reach import unreachable
from backend.policy.types import Decision
from backend.privacy.entity_types import ENTITY_TYPES, entity_types_in
from backend.privacy.packages import OURS
from backend.prompting.detected_labels import PARTS
from backend.providers import OWN_KINDS, Provider


def warnings(policy: Policy, loaded: Loaded, *, knows_titles: bool) -> Iterator[str]:
    """Yield what is likely to be a slip.

    Args:
        policy: made of the file.
        loaded: the file as it was read.
        knows_titles: whether Label Studio can be asked for a project's title.
    """
    used = {provider.name for rule in policy.rules for provider in rule.decision.providers}
    used |= {guard.name for guard in policy.guards}
    for provider in policy.providers:
        is_own = provider.name in loaded.form.providers
        if is_own or provider.name in used:
            yield from _secret_warnings(provider)
        if is_own and provider.name not in used:
            yield f"provider {provider.name}: no rule uses it"
        yield from _address_warnings(provider)
    yield from _profile_warnings(loaded)
    yield from policy.cautions
    names = [rule.decision.rule for rule in policy.rules]
    for place, above in unreachable([rule.match for rule in policy.rules]):
        yield f"rule {names[place]!r}: never decides, since rule {names[above]!r} above it takes all that it matches"
    for rule, form in zip(policy.rules, loaded.form.rules, strict=True):
        for warning in _rule_warnings(rule, form, knows_titles=knows_titles):
            yield f"rule {rule.decision.rule!r}: {warning}"


def _secret_warnings(provider: Provider) -> Iterator[str]:
    if provider.key_env and not os.environ.get(provider.key_env):
        yield f"provider {provider.name}: the variable {provider.key_env} is not set here, so it cannot be asked"
    if provider.key_file and not os.access(provider.key_file, os.R_OK):
        yield f"provider {provider.name}: the file {provider.key_file} cannot be read here, so it cannot be asked"


def _address_warnings(provider: Provider) -> Iterator[str]:
    if provider.kind == "embedded" and provider.address:
        yield (
            f"provider {provider.name}: address is not used - the embedded model answers on a socket of its own,"
            " which nobody else can take; leave address out"
        )
    if provider.kind in OWN_KINDS:
        return
    url = urlsplit(provider.address or "")
    try:
        address = ipaddress.ip_address(url.hostname or "")
    except ValueError:
        address = None
    if not provider.external and address and address.is_global:
        yield f"provider {provider.name}: external is false and {address} is a public address - is it your network's?"
    if provider.external and url.scheme == "http" and not (address and address.is_loopback):
        yield f"provider {provider.name}: http does not encrypt what leaves - use https"


def _profile_warnings(loaded: Loaded) -> Iterator[str]:
    """Yield what is wrong with the file's own profiles; those of files that it extends are checked there."""
    named = [rule.profile for rule in loaded.form.rules] + [profile.extends for profile in loaded.profiles.values()]
    for name, profile in loaded.form.profiles.items():
        if name not in named:
            yield f"profile {name}: no rule uses it"
        known = ENTITY_TYPES | entity_types_in(loaded.text(profile.detection.recognizers))
        warned = [*_type_warnings({*profile.keep, *profile.operators}, known), *_label_warnings(profile, known)]
        for warning in warned:
            yield f"profile {name}: {warning}"


def _label_warnings(form: SettingsForm, known: frozenset[str]) -> Iterator[str]:
    """Yield what is wrong with the types that labels are said to mean."""
    said = form.known_labels if isinstance(form.known_labels, dict) else {}
    yield from _type_warnings({means for means in said.values() if means != "none"}, known | PARTS)


def _type_warnings(types: Collection[str], known: frozenset[str]) -> Iterator[str]:
    for entity_type in sorted(set(types) - known - {"*"}):
        near = get_close_matches(entity_type, known, n=1)
        yield f"nothing finds {entity_type} - " + (f"did you mean {near[0]}?" if near else "see the list of types")


def _rule_warnings(rule: Rule, form: RuleForm, *, knows_titles: bool) -> Iterator[str]:
    decision, scan = rule.decision, rule.decision.scan
    known = ENTITY_TYPES | entity_types_in(scan.recognizers_text or "")
    yield from _type_warnings({*form.keep, *form.operators, *(form.match.entities or ())}, known)
    yield from _label_warnings(form, known)
    tagged = OURS.union(package.language for package in scan.packages)
    for language in scan.languages:
        if language not in tagged and not scan.recognizers:
            remedy = f"name a model for it, such as {language}: {{spacy: NAME}}"
            yield f"names in language {language} are not looked for - {remedy}"
    for entity_type, operator in decision.operators.items():
        if operator.key_env and not os.environ.get(operator.key_env):
            yield f"the variable {operator.key_env} is not set here, so {entity_type} cannot be hashed"
        if operator.key_file and not os.access(operator.key_file, os.R_OK):
            yield f"the file {operator.key_file} cannot be read here, so {entity_type} cannot be hashed"
    if form.match.title is not None and not knows_titles:
        yield "asks for the project's title, which nobody tells here - set LABELGUARD_LABEL_STUDIO_URL and _TOKEN"
    if decision.fetch.label_studio and not knows_titles:
        yield "fetches what Label Studio keeps, which nobody names here - set LABELGUARD_LABEL_STUDIO_URL and _TOKEN"
    for name in form.match.fields or ():
        if decision.withholds(name):
            yield f"field {name} is withheld and matched - choose a name for the rule that does not tell its value"
    yield from _spend_warnings(decision)


def _spend_warnings(decision: Decision) -> Iterator[str]:
    if decision.limits.spend_per_day is None and decision.limits.spend_per_month is None:
        return
    for provider in decision.providers:
        if price_of(provider) is None:
            yield f"spend is limited, and what provider {provider.name} costs is unknown - write its price"
