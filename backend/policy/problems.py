"""What is wrong with a policy: first its form, by pydantic, then what its parts mean together."""

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from operator import getitem
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from backend.policy.schema import KeyForm, PolicyForm, ProviderForm, RuleForm, form_at
from backend.policy.source import Location

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

SELF_HOSTED = (
    "custom_openai",
    "hosted_vllm",
    "litellm_proxy",
    "llamafile",
    "lm_studio",
    "ollama",
    "ollama_chat",
    "openai",
    "text-completion-openai",
)
"""litellm's names for servers of one's own: with these it calls the address, and no vendor's."""

_SIMPLE = {
    "missing": "is missing",
    "too_short": "is empty",
    "string_too_short": "is empty",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "list_type": "must be a list, such as [a, b]",
    "dict_type": "must be a block of keys",
    "model_type": "must be a block of keys",
    "string_pattern_mismatch": "does not have the right form",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a place, and what to do about it."""

    where: Location
    what: str
    remedy: str


def form_problems(error: ValidationError, data: Any) -> Iterator[Problem]:
    """Put pydantic's errors on a file's data in an administrator's words. No value of the file is in them."""
    for detail in error.errors(include_url=False, include_input=False):
        where = tuple(step for step in detail["loc"] if step != "[key]")  # pydantic's word for a key that is wrong
        if detail["type"] == "extra_forbidden":
            yield unknown(where, "key", _candidates(where, data))
        else:
            yield Problem(where, _words(detail), _remedy(where))


def _candidates(where: Location, data: Any) -> list[str]:
    """Return the keys that an unknown one may stand for: a required one that is near and missing, or all missing."""
    block = reduce(getitem, where[:-1], data)
    missing = {key: field for key, field in form_at(where[:-1]).model_fields.items() if key not in block}
    required = [key for key, field in missing.items() if field.is_required()]
    return required if get_close_matches(str(where[-1]), required) else list(missing)


def unknown(where: Location, kind: str, known: list[str], name: str | None = None) -> Problem:
    """Report a word that is not known, with the nearest that is."""
    near = get_close_matches(str(where[-1]) if name is None else name, known, n=1)
    known_ones = ", ".join(sorted(known))
    return Problem(where, f"unknown {kind}", f"did you mean {near[0]}?" if near else f"there are: {known_ones}")


def _words(detail: ErrorDetails) -> str:
    if detail["type"] in _SIMPLE:
        return _SIMPLE[detail["type"]]
    return detail["msg"].replace("Input should be", "must be").removeprefix("Value error, ")


def _remedy(where: Location) -> str:
    """Return the description of the nearest field around a place."""
    for length in range(len(where), 0, -1):
        field = form_at(where[: length - 1]).model_fields.get(str(where[length - 1]))
        if field is not None and field.description:
            return field.description
    return "write  version: 1, then providers and rules"


def meaning_problems(form: PolicyForm) -> Iterator[Problem]:
    """Find what no single value shows: providers that cannot be where they are said to be, rules that contradict."""
    for name, provider in form.providers.items():
        here: Location = ("providers", name)
        yield from _key_problems(provider, here)
        yield from _address_problems(provider, here)
        yield from _place_problems(provider, here)
    names: dict[str, int] = {}
    for index, rule in enumerate(form.rules):
        if names.setdefault(rule.name, index) != index:
            yield Problem(("rules", index, "name"), "is another rule's name too", "give each rule a name of its own")
        yield from _rule_problems(rule, form.providers, ("rules", index))


def _place_of_key_problems(key: KeyForm | None, here: Location) -> Iterator[Problem]:
    if key and (key.env is None) == (key.file is None):
        yield Problem((*here, "key"), "must name one place", "write either {env: NAME} or {file: PATH}")


def _key_problems(provider: ProviderForm, here: Location) -> Iterator[Problem]:
    yield from _place_of_key_problems(provider.key, here)
    if provider.key is None and provider.kind == "openai" and provider.address is None:
        yield Problem((*here, "key"), "is missing", "write key: {env: OPENAI_API_KEY}, the name and not the key itself")


def _address_problems(provider: ProviderForm, here: Location) -> Iterator[Problem]:
    if provider.address is None:
        if not provider.external:
            remedy = "write the address of your own server; without one it is the vendor's, which is external: true"
            yield Problem((*here, "address"), "is missing", remedy)
        return
    where = (*here, "address")
    try:
        url = urlsplit(provider.address)
        host, _ = url.hostname, url.port
    except ValueError:
        host, url = None, urlsplit("")
    if url.scheme not in ("http", "https") or not host or any(char <= " " for char in provider.address):
        yield Problem(where, "is no http or https URL", "write it as http://HOST:PORT/v1")
    elif url.query or url.fragment or url.username is not None:
        yield Problem(where, "has a user name, a query or a fragment", "write it as http://HOST:PORT/v1")
    elif provider.kind == "embedded" and not _is_loopback(host):
        yield Problem(where, "is not this machine", "write 127.0.0.1, or use kind: litellm for a server elsewhere")
    elif not provider.external and is_vendor(host):
        yield Problem(where, "is a vendor's, outside your network", "write external: true, or your own address")


def _place_problems(provider: ProviderForm, here: Location) -> Iterator[Problem]:
    prefix, slash, _ = provider.model.partition("/")
    if provider.kind == "embedded" and provider.external:
        yield Problem((*here, "external"), "is false for an embedded model, which runs here", "write external: false")
    elif provider.kind == "litellm" and not slash:
        remedy = "begin it with litellm's name for the server, such as openai/ or ollama/"
        yield Problem((*here, "model"), "does not say what speaks there", remedy)
    elif provider.kind == "litellm" and not provider.external and prefix not in SELF_HOSTED:
        remedy = f"write external: true, or begin it with one of {', '.join(SELF_HOSTED)}"
        yield Problem((*here, "model"), "is a vendor's, whose calls may leave whatever the address", remedy)


def _rule_problems(rule: RuleForm, providers: Mapping[str, Any], here: Location) -> Iterator[Problem]:
    for index, name in enumerate(rule.providers):
        if name not in providers:
            yield unknown((*here, "providers", index), "provider", list(providers), name)
        elif name in rule.providers[:index]:
            yield Problem((*here, "providers", index), "stands twice", "name each provider once")
    external = [name for name in rule.providers if name in providers and providers[name].external]
    if not rule.redact and external:
        remedy = "remove the line, or the external providers from this rule"
        yield Problem((*here, "redact"), f"cannot be false: provider {external[0]} is external", remedy)
    if rule.prompt is not None and not rule.prompt.endswith((".txt", ".jinja", ".jinja2", ".j2")):
        yield Problem((*here, "prompt"), "is neither a .txt nor a .jinja file", "rename it for the language it is in")
    yield from _operator_problems(rule, external, (*here, "operators"))


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
        if form.operator == "keep" and entity_type == "*" and external:
            remedy = "write placeholder, and keep for each type that may leave"
            yield Problem(where, f"cannot be keep: provider {external[0]} is external", remedy)


def is_vendor(host: str) -> bool:
    """Say whether a host is a well-known vendor's."""
    name = host.rstrip(".").lower()
    return any(name == domain or name.endswith("." + domain) for domain in VENDORS)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
