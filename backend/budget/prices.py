"""What a model costs: as the policy says, or else as litellm's table does. The table is read without litellm."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from re import sub
from typing import Any
from urllib.parse import urlsplit

from backend.providers import Price, Provider

TABLE = "model_prices_and_context_window_backup.json"
OPENAI = "api.openai.com"
MILLION = 10**6
HALF = 0.5

# Prefixes whose vendor has several names in the table, such as bedrock_converse.
_FAMILIES = frozenset({"bedrock", "cohere", "fireworks_ai", "vertex_ai"})


def price_of(provider: Provider) -> Price | None:
    """Return what a provider's model costs; None where nobody knows.

    What the policy says goes first. Without that a model of one's own costs nothing, and one outside what litellm's
    table says: by its name as it is written, without its prefix, and without a date at its end.
    """
    if provider.price is not None:
        return provider.price
    if not provider.external:
        return Price(0, 0)
    prefix, _, rest = provider.model.partition("/")
    if provider.kind == "openai":
        prefix, rest = "openai", provider.model
    elif not rest:
        prefix, rest = "", provider.model
    entry = next((found for name in _names(prefix, rest) if (found := _entry(name, prefix))), None)
    if entry is None or (entry["litellm_provider"] == "openai" and not is_openai(provider.address)):
        return None
    return _price(entry)


def batch_price_of(provider: Provider) -> Price | None:
    """Return what a provider's model costs by the line of a batch; None where nobody knows.

    OpenAI takes half. Of others the policy must say what they take, or else it is the full price.
    """
    price = price_of(provider)
    return price and price.of_batch(HALF if is_openai(provider.address) else 1.0)


def is_openai(address: str | None) -> bool:
    """Say whether an address is OpenAI's own; others that speak its API have prices of their own."""
    return not address or urlsplit(address).hostname == OPENAI


def _names(prefix: str, rest: str) -> Iterator[str]:
    """Yield the names under which a model may stand in the table, the closest first."""
    undated = sub(r"-\d{4}-\d{2}-\d{2}$|-\d{8}$|@\d{8}$|-\d{3}$", "", rest)
    if rest.startswith("ft:"):
        undated = sub(r"(:[^:]*){3}$", "", rest)
    for name in dict.fromkeys((rest, undated)):
        if prefix:
            yield f"{prefix}/{name}"
        yield name


def _entry(name: str, prefix: str) -> Mapping[str, Any] | None:
    """Return a model's entry, if it is the vendor's that is asked: others sell the same model at their own price."""
    entry = _table().get(name)
    vendor = str(entry.get("litellm_provider") or "") if entry else ""
    fits = not prefix or vendor == prefix or (prefix in _FAMILIES and vendor.startswith(prefix))
    return entry if entry and fits else None


def _price(entry: Mapping[str, Any]) -> Price | None:
    """Return an entry's price; None where it is not by the token, or only in part."""
    one_in, one_out = entry.get("input_cost_per_token"), entry.get("output_cost_per_token")
    if not isinstance(one_in, int | float) or not isinstance(one_out, int | float):
        return None
    return Price(round(one_in * MILLION, 9), round(one_out * MILLION, 9))


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    """Read the table that litellm comes with. Importing litellm would take four seconds."""
    spec = find_spec("litellm")
    for folder in (spec.submodule_search_locations if spec else None) or ():
        file = Path(folder, TABLE)
        if file.is_file():
            found: Mapping[str, Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
            return found
    return {}
