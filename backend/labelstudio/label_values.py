"""The labels in a result's value, for the handlers whose results hold such: what they are, and what is wrong."""

from collections.abc import Collection, Iterable
from typing import Any

from backend.labelstudio.types import Label


def wrong_labels(given: Any, allowed: Collection[str], most: int) -> str:
    """Say what is wrong with a list of labels, "" if nothing.

    Args:
        given: what stands in the value.
        allowed: the labels' results.
        most: how many there may be.
    """
    if not is_list_of_texts(given) or not set(given) <= set(allowed):
        return "has a label that the config does not have"
    return _wrong_count(given, most)


def wrong_paths(given: Any, allowed: Collection[tuple[str, ...]], most: int) -> str:
    """Say what is wrong with a list of paths, "" if nothing.

    Args:
        given: what stands in the value.
        allowed: the labels' paths.
        most: how many there may be.
    """
    if not isinstance(given, list) or not given or not all(isinstance(path, list) for path in given):
        return "is no list of paths"
    found = [tuple(map(str, path)) for path in given]
    if not set(found) <= set(allowed):
        return "has a path that the tree does not have"
    return _wrong_count(found, most)


def label_names(given: Any, labels: Iterable[Label]) -> list[str] | None:
    """Return the names, as a model is offered them, of labels that a result holds, in the config's order.

    Args:
        given: what stands in the value: labels, or paths of them.
        labels: those that are offered.

    Returns:
        None if one of them is not offered, or might be one of several that are.
    """
    offered = list(labels)
    found: set[str] = set()
    for part in given if isinstance(given, list) else [given]:
        path = tuple(part) if isinstance(part, list) else (part,)
        meant = {label.name for label in offered if label.path == path}
        meant = meant or {label.name for label in offered if (label.result,) == path}
        if len(meant) != 1:
            return None
        found |= meant
    return [label.name for label in offered if label.name in found]


def is_list_of_texts(value: Any) -> bool:
    """Say whether a part of a value is a list of texts, one at least."""
    return isinstance(value, list) and bool(value) and all(isinstance(text, str) for text in value)


def _wrong_count(given: Collection[Any], most: int) -> str:
    if len(set(given)) < len(given):
        return "has a label twice"
    return "has too many labels" if len(given) > most else ""
