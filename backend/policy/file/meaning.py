"""What is wrong with what the parts of a policy mean together."""

import ipaddress
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from backend.policy.file.conditions import FieldForm, MatchForm
from backend.policy.file.problems import Problem, unknown
from backend.policy.file.profiles import settings_of
from backend.policy.file.schema import KeyForm, OperatorForm, ProfileForm, ProviderForm, RuleForm
from backend.policy.file.source import Location, dotted
from backend.policy.vendors import ADDRESSED, SELF_HOSTED, prefix_of, vendor_address
from backend.providers import OWN_KINDS
from backend.system.expressions import ExpressionError, compile_bounded

if TYPE_CHECKING:
    from backend.policy.file.loaded import Loaded

VENDORS = (
    "ai21.com",
    "aleph-alpha.com",
    "aliyuncs.com",
    "amazonaws.com",
    "anthropic.com",
    "anyscale.com",
    "azure.com",
    "baseten.co",
    "cerebras.ai",
    "cohere.ai",
    "cohere.com",
    "databricks.com",
    "deepinfra.com",
    "deepseek.com",
    "fireworks.ai",
    "googleapis.com",
    "groq.com",
    "huggingface.co",
    "mistral.ai",
    "moonshot.ai",
    "nebius.com",
    "novita.ai",
    "nvidia.com",
    "ollama.com",
    "openai.com",
    "openrouter.ai",
    "perplexity.ai",
    "replicate.com",
    "runpod.ai",
    "sambanova.ai",
    "together.ai",
    "together.xyz",
    "x.ai",
    "yandex.net",
)
"""Domains of vendors' APIs, which a provider that is said not to be external cannot be at."""


def meaning_problems(loaded: "Loaded") -> Iterator[Problem]:
    """Find what no single value shows: providers that cannot be where they are said to be, rules that contradict."""
    form = loaded.form
    if not loaded.providers and any(rule.providers for rule in form.rules):
        yield Problem(("providers",), "is missing", "name at least one provider")
    for name, provider in form.providers.items():
        here: Location = ("providers", name)
        yield from _key_problems(provider, here)
        yield from _address_problems(provider, here)
        yield from _place_problems(provider, here)
        yield from _way_problems(provider, loaded, here)
    yield from _profile_problems(loaded)
    names: dict[str, int] = {}
    for index, rule in enumerate(form.rules):
        if names.setdefault(rule.name, index) != index:
            yield Problem(("rules", index, "name"), "is another rule's name too", "give each rule a name of its own")
        yield from _rule_problems(rule, loaded, ("rules", index))


def _profile_problems(loaded: "Loaded") -> Iterator[Problem]:
    """Find profiles that extend what is not there, or each other in a circle."""
    for name, profile in loaded.form.profiles.items():
        where: Location = ("profiles", name, "extends")
        seen, above = {name}, profile.extends
        while above and above in loaded.profiles and above not in seen:
            seen.add(above)
            above = loaded.profiles[above].extends
        if above in seen:
            yield Problem(where, "leads back to this profile", "remove it")
        elif profile.extends and profile.extends not in loaded.profiles:
            yield unknown(where, "profile", list(loaded.profiles), profile.extends)
        else:
            whole = settings_of(_bare(name), loaded.profiles)
            here: Location = ("profiles", name)
            yield from (_at_profile(problem, profile, here) for problem in _setting_problems(whole, [], loaded, here))


def _place_of_key_problems(key: KeyForm | None, here: Location, name: str = "key") -> Iterator[Problem]:
    if key and (key.env is None) == (key.file is None):
        yield Problem((*here, name), "must name one place", "write either {env: NAME} or {file: PATH}")


def _key_problems(provider: ProviderForm, here: Location) -> Iterator[Problem]:
    yield from _place_of_key_problems(provider.key, here)
    if provider.key is None and provider.kind == "openai" and provider.address is None:
        yield Problem((*here, "key"), "is missing", "write key: {env: OPENAI_API_KEY}, the name and not the key itself")
    if provider.key is None and provider.kind == "litellm" and prefix_of(provider.model) == "bedrock":
        remedy = "write key: {env: AWS_BEARER_TOKEN_BEDROCK}, which holds an API key of Bedrock's"
        yield Problem((*here, "key"), "is missing: calls are not signed by AWS's other keys", remedy)


def _address_problems(provider: ProviderForm, here: Location) -> Iterator[Problem]:
    if provider.address is None:
        if not provider.external and provider.kind not in OWN_KINDS:
            remedy = "write the address of your own server; without one it is the vendor's, which is external: true"
            yield Problem((*here, "address"), "is missing", remedy)
        elif "/" in provider.model and vendor_address(provider.kind, provider.model) is None:
            remedy = "write the base URL of its API: it is never taken from the environment"
            yield Problem((*here, "address"), "is missing", remedy)
        return
    where = (*here, "address")
    host = _host(provider.address)
    problems = list(_url_problems(provider.address, where, "http://HOST:PORT/v1"))
    if problems:
        yield from problems
    elif provider.kind == "embedded" and not _is_loopback(host):
        yield Problem(where, "is not this machine", "write 127.0.0.1, or use kind: litellm for a server elsewhere")
    elif not provider.external and is_vendor(host):
        yield Problem(where, "is a vendor's, outside your network", "write external: true, or your own address")


def _url_problems(address: str, where: Location, form: str) -> Iterator[Problem]:
    host = _host(address)
    if not host or any(char <= " " for char in address):
        yield Problem(where, "is no http or https URL", f"write it as {form}")
        return
    url = urlsplit(address)
    if url.query or url.fragment or url.username is not None:
        yield Problem(where, "has a user name, a query or a fragment", f"write it as {form}")


def _host(address: str) -> str:
    """Return the host of an http or https URL; "" if it is none."""
    try:
        url = urlsplit(address)
        host, _ = url.hostname, url.port
    except ValueError:
        return ""
    return host or "" if url.scheme in ("http", "https") else ""


def _way_problems(provider: ProviderForm, loaded: "Loaded", here: Location) -> Iterator[Problem]:
    """Find what is wrong with how a provider is reached: its proxy, and whose certificates are trusted."""
    yield from _place_of_key_problems(provider.proxy_key, here, "proxy_key")
    if provider.proxy_key and provider.proxy is None:
        yield Problem((*here, "proxy_key"), "has no proxy that it is for", "write proxy: http://HOST:PORT")
    if provider.proxy is not None:
        where = (*here, "proxy")
        yield from _url_problems(provider.proxy, where, "http://HOST:PORT, and proxy_key: {env: NAME} beside it")
        if not provider.external:
            remedy = "remove it: what stays in your network goes there itself, or write external: true"
            yield Problem(where, "cannot lead to a provider that is not external", remedy)
    if provider.ca is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=loaded.text(provider.ca))
        except (ssl.SSLError, ValueError):
            yield Problem((*here, "ca"), "names a file without certificates", "name a file in PEM format")


def _place_problems(provider: ProviderForm, here: Location) -> Iterator[Problem]:
    prefix, slash, _ = provider.model.partition("/")
    if provider.kind in OWN_KINDS and provider.external:
        what = f"is false for a model of kind {provider.kind}, which runs here"
        yield Problem((*here, "external"), what, "write external: false")
    elif (provider.kind == "distilled") != bool(provider.path):
        problem = "means nothing for other kinds than distilled" if provider.path else "is missing"
        yield Problem((*here, "path"), problem, "write the folder that labelguard distill wrote, with kind: distilled")
    elif provider.kind == "distilled" and (provider.address or provider.mode not in (None, "json_schema")):
        yield Problem((*here, "kind"), "has neither address nor mode where it is distilled", "remove them")
    elif provider.batch and provider.kind != "openai":
        yield Problem((*here, "batch"), f"means nothing for kind: {provider.kind}", "remove it, or write kind: openai")
    elif provider.kind == "litellm" and not slash:
        remedy = "begin it with litellm's name for the server, such as openai/ or ollama/"
        yield Problem((*here, "model"), "does not say what speaks there", remedy)
    elif provider.kind == "litellm" and not provider.external and prefix not in SELF_HOSTED:
        remedy = f"write external: true, or begin it with one of {', '.join(SELF_HOSTED)}"
        yield Problem((*here, "model"), "is a vendor's, whose calls may leave whatever the address", remedy)
    elif provider.kind == "litellm" and prefix not in ADDRESSED:
        remedy = "use kind: openai with the address of its OpenAI-compatible API, or openai/ in place of the prefix"
        yield Problem((*here, "model"), f"cannot be held to one address as {prefix}/", remedy)


def _rule_problems(rule: RuleForm, loaded: "Loaded", here: Location) -> Iterator[Problem]:
    providers = loaded.providers
    yield from _match_problems(rule.match, (*here, "match"))
    if (rule.providers is None) == (rule.refuse is None):
        said = "names neither providers nor a refusal" if rule.refuse is None else "names providers and a refusal"
        yield Problem(here, said, "write either providers: [NAME], or refuse: REASON")
    if rule.profile is not None and rule.profile not in loaded.profiles:
        yield unknown((*here, "profile"), "profile", list(loaded.profiles), rule.profile)
        return
    named = rule.providers or []
    for index, name in enumerate(named):
        if name not in providers:
            yield unknown((*here, "providers", index), "provider", list(providers), name)
        elif name in named[:index]:
            yield Problem((*here, "providers", index), "stands twice", "name each provider once")
    external = [name for name in named if name in providers and providers[name].external]
    whole = settings_of(rule, loaded.profiles)
    found = list(_setting_problems(whole, external, loaded, here))
    found += _asking_problems(whole, {name: providers[name] for name in named if name in providers}, here)
    if rule.providers and not set(rule.providers) - set(external):
        found += _local_problems(whole, (*here, "operators"))
    told = set()
    if rule.profile is not None:  # what is wrong with a profile by itself is said there
        alone = settings_of(_bare(rule.profile), loaded.profiles)
        told = {(p.where, p.what) for p in _setting_problems(alone, [], loaded, here)}
    yield from (_at_profile(problem, rule, here) for problem in found if (problem.where, problem.what) not in told)


def _asking_problems(whole: RuleForm, named: Mapping[str, ProviderForm], here: Location) -> Iterator[Problem]:
    """Find settings that no provider of a rule, or not each of them, can be asked by."""
    if whole.batch and not any(provider.has_batches for provider in named.values()):
        remedy = "name a provider with kind: openai, and batch: true if it is not OpenAI itself; or remove the line"
        yield Problem((*here, "batch"), "cannot be true: no provider of the rule has a Batch API", remedy)
    distilled = next((name for name, provider in named.items() if provider.kind == "distilled"), None)
    if whole.labels and distilled:
        what = f"cannot be: provider {distilled} is distilled, and answers with any label that it has learned"
        yield Problem((*here, "labels"), what, "remove the line, or ask the others by a rule of their own")


def _setting_problems(whole: RuleForm, external: Sequence[str], loaded: "Loaded", here: Location) -> Iterator[Problem]:
    """Find what is wrong with a rule's settings, those of its profile included."""
    if not whole.redact and external:
        remedy = "remove the line, or the external providers from this rule"
        yield Problem((*here, "redact"), f"cannot be false: provider {external[0]} is external", remedy)
    if whole.prompt is not None and not whole.prompt.endswith((".txt", ".jinja", ".jinja2", ".j2")):
        yield Problem((*here, "prompt"), "is neither a .txt nor a .jinja file", "rename it for the language it is in")
    if whole.always_redact is not None and not whole.redact:
        remedy = "write redact: true, or remove the line"
        yield Problem((*here, "always_redact"), "cannot hold: with redact: false nothing is replaced", remedy)
    if whole.retention.keep_sent is not None and not whole.redact:
        remedy = "write redact: true, or remove keep_sent"
        what = "cannot have keep_sent: with redact: false the text would be kept as it is"
        yield Problem((*here, "retention"), what, remedy)
    for name in ("examples", "marks", "nearest"):
        if getattr(whole.learn, name) not in (None, False) and whole.learn.annotations != "keep":
            remedy = "write annotations: keep beside it, or remove the line"
            yield Problem((*here, "learn"), f"has {name}, which needs annotations that are kept", remedy)
    languages = whole.detection.languages
    for code, package in languages.items() if isinstance(languages, dict) else ():
        if package and not package.places:
            remedy = "write {spacy: NAME}, {transformers: FOLDER} or {gliner: FOLDER}"
            yield Problem((*here, "detection", "languages", code), "names no model", remedy)
    yield from _guard_problems(whole.detection.model, loaded, (*here, "detection", "model"))
    yield from _operator_problems(whole, external, (*here, "operators"))


def _guard_problems(name: str | None, loaded: "Loaded", where: Location) -> Iterator[Problem]:
    """Find a guard that is no provider, or to which no text may go before it is redacted."""
    if name is None:
        return
    if name not in loaded.providers:
        yield unknown(where, "provider", list(loaded.providers), name)
    elif loaded.providers[name].external:
        remedy = "name one with external: false: it gets the text before it is redacted"
        yield Problem(where, f"cannot be {name}, which is external", remedy)
    elif loaded.providers[name].kind == "distilled":
        yield Problem(where, f"cannot be {name}, which finds nothing", "name a language model")


def _bare(profile: str) -> RuleForm:
    """Return a rule that has nothing but a profile."""
    return RuleForm.model_construct({"profile"}, name="", match=MatchForm(), profile=profile)


def _at_profile(problem: Problem, form: RuleForm | ProfileForm, here: Location) -> Problem:
    """Report a setting at the line that names the profile, or the one above it, where it is not the form's own."""
    setting = problem.where[len(here) :]
    own = form.model_fields_set
    if setting[0] in own and (setting[0] != "operators" or setting[1] in form.operators):
        return problem
    key = "profile" if isinstance(form, RuleForm) else "extends"
    return Problem((*here, key), f"brings {dotted(setting)}, which {problem.what}", problem.remedy)


def _match_problems(form: MatchForm, here: Location) -> Iterator[Problem]:
    """Find conditions that say nothing, or two things at once."""
    for name in ("control_tags", "object_tags", "language"):
        part = getattr(form, name)
        if part is not None and (part.each is None) == (part.any is None):
            yield Problem((*here, name), "must say one thing", "write a list, which each must fit, or {any: LIST}")
    for name in ("fields", "meta"):
        for key, field in (getattr(form, name) or {}).items():
            yield from _field_problems(field, (*here, name, key))
    size = form.characters
    if size is not None and (size.min is None if size.max is None else (size.min or 0) > size.max):
        yield Problem((*here, "characters"), "fits no text, or says nothing", "write {min: 1, max: 5000}")


def _field_problems(field: FieldForm, here: Location) -> Iterator[Problem]:
    said = [name for name in FieldForm.model_fields if getattr(field, name) is not None]
    if len(said) != 1:
        remedy = "write a value, a list of values, {glob: ...}, {pattern: ...} or {missing: true}"
        yield Problem(here, "must say one thing", remedy)
    if field.pattern is not None:
        try:
            compile_bounded(field.pattern)
        except ExpressionError as error:
            yield Problem((*here, "pattern"), str(error), "write a simpler one, as Python's re reads it")


def _local_problems(rule: RuleForm, here: Location) -> Iterator[Problem]:
    for entity_type, form in rule.operators.items():
        if form.local:
            remedy = "name a provider with external: false in the rule, or write block"
            yield Problem((*here, entity_type), "cannot be local: no provider of the rule is self-hosted", remedy)


def _operator_problems(rule: RuleForm, external: Sequence[str], here: Location) -> Iterator[Problem]:
    for entity_type, form in rule.operators.items():
        where = (*here, entity_type)
        yield from _place_of_key_problems(form.key, where)
        if form.operator == "hash" and form.key is None:
            remedy = "write {operator: hash, key: {env: NAME}}, the name of its salt and not the salt itself"
            yield Problem(where, "has no key: who knows the salt can try out values", remedy)
        if form.operator != "hash" and form.key is not None:
            yield Problem((*where, "key"), f"means nothing for {form.operator}", "remove it, or write operator: hash")
        if form.operator != "keep" and entity_type in rule.keep:
            remedy = f"remove it there, or take {entity_type} out of keep"
            yield Problem(where, f"cannot be {form.operator}: the rule keeps {entity_type}", remedy)
        yield from _looking_problems(rule, form, where)
        if form.operator == "keep" and entity_type == "*" and external:
            remedy = "write placeholder, and keep for each type that may leave"
            yield Problem(where, f"cannot be keep: provider {external[0]} is external", remedy)


def _looking_problems(rule: RuleForm, form: OperatorForm, where: Location) -> Iterator[Problem]:
    if form.local and form.operator == "block":
        yield Problem((*where, "local"), "means nothing for block", "remove it: what is blocked goes nowhere")
    if (form.local or form.operator == "block") and not rule.redact:
        said = "block" if form.operator == "block" else "local"
        yield Problem(where, f"cannot be {said}: with redact: false nothing is looked for", "write redact: true")


def is_vendor(host: str) -> bool:
    """Say whether a host is a well-known vendor's."""
    name = host.rstrip(".").lower()
    return any(name == domain or name.endswith("." + domain) for domain in VENDORS)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
