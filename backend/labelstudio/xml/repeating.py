"""`<Repeater>`: a label config and a task → the config with its tags for each item, as Label Studio's editor has it."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from lxml import etree

from backend.errors import ConfigError, TaskError
from backend.labelstudio.paths import lookup
from backend.labelstudio.variables import field_of
from backend.labelstudio.xml.markup import respelled, without_declaration
from backend.labelstudio.xml.sizing import MAX_CHARACTERS, check_size

FLAG = "{{idx}}"
ITEMS = 2
"""So many items are planned where no task is known: what one of them cannot show, two can, such as equal names."""
_OWN = frozenset({"on", "indexflag", "mode"})
Replaces = Sequence[tuple[str, str]]
"""Flags, each with the index that stands in its place."""


def repeats(label_config: str) -> bool:
    """Say whether a label config may hold a Repeater."""
    return "<repeater" in label_config.lower()


def of_any_task(label_config: str) -> str:
    """Return a respelled config with the tags of its Repeaters for a few items.

    Raises:
        ConfigError: it would be larger than is planned, or a Repeater names no field.
    """
    return _Expansion(lambda _: ITEMS).of(label_config)


def of_task(label_config: str, data: Mapping[str, Any]) -> str:
    """Return a label config, of any spelling, as it is for a task.

    Args:
        label_config: that can be planned.
        data: the task's.

    Raises:
        TaskError: what a Repeater goes through is missing, no list, or empty where all that is asked is in it.
        ConfigError: it would be larger than is planned.
    """
    empty: list[str] = []

    def count(name: str) -> int:
        items = lookup(data, name)
        if not isinstance(items, list):
            problem = "is missing" if items is None else f"is a {type(items).__name__}, no list"
            raise TaskError(name, problem, "give the list that the Repeater goes through")
        empty.extend([] if items else [name])
        return len(items)

    expanded = _Expansion(count).of(respelled(without_declaration(label_config)))
    if empty and "toName=" not in expanded:
        raise TaskError(empty[0], "holds no items", "there is nothing to label")
    return expanded


class _Expansion:
    """Makes one config of another, bounded by how long it gets."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self._left = MAX_CHARACTERS

    def of(self, label_config: str) -> str:
        expanded = str(etree.tostring(self._expanded(etree.fromstring(label_config), ()), encoding="unicode"))
        check_size(expanded)
        return expanded

    def _expanded(self, node: Any, replaces: Replaces) -> Any:
        """Put tags for each item in the place of every Repeater at or below a tag."""
        for flag, index in replaces:
            _replace(node, flag, index)
        if node.tag == "Repeater":
            return self._repeated(node, replaces)
        for child in list(node) if node.tag != "HyperText" else ():  # what stands in that is HTML
            if isinstance(child.tag, str) and (made := self._expanded(child, ())) is not child:
                made.tail = child.tail
                node.replace(child, made)
        return node

    def _repeated(self, node: Any, replaces: Replaces) -> Any:
        attrs = {str(name).lower(): str(value) for name, value in node.attrib.items()}
        field, flag = field_of(attrs.get("on", "")), attrs.get("indexflag") or FLAG
        if not field:
            raise ConfigError('Config not supported: Repeater (it names no field - write on="$turns")')
        items = self._count(field)
        self._spend(items * len(etree.tostring(node)))
        view = etree.Element("View")
        view.attrib.update({name: value for name, value in node.attrib.items() if name.lower() not in _OWN})
        for index in map(str, range(items)):
            each = etree.Element("View")
            for child in node:
                if not isinstance(child.tag, str):
                    continue
                clone = deepcopy(child)
                for below in clone.iter():
                    _replace(below, flag, index)
                each.append(self._expanded(clone, (*replaces, (flag, index))))
            view.append(each)
        return view

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise ConfigError(
                f"label config with its Repeaters is longer than {MAX_CHARACTERS} characters - split the tasks"
            )


def _replace(node: Any, flag: str, index: str) -> None:
    """Put an index in the place of its flag, once in each attribute, as JavaScript's `replace` does."""
    for name, value in node.attrib.items():
        if flag in value:
            node.set(name, value.replace(flag, index, 1))
