"""What a label config says about a control: its own hint, or the headers before it, or its placeholder."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from xml.etree.ElementTree import Element

from backend.labelstudio.objects.html import visible_text
from backend.labelstudio.variables import holds_variables, is_bare_variable
from backend.labelstudio.xml.elements import HINT_ATTRIBUTES, attributes, before, children, inner_html

HEADERS = frozenset({"header", "markdown"})
"""Tags that show words and nothing to label; in small letters, since the editor tells no case."""
TEXTS = frozenset({"text", "hypertext"})
LOOKED_AT = 100
"""So many tags before a control, or within a View, are looked at for a header."""
MAX_TOGETHER = 10_000
"""Characters of the headers in one View that are taken for one."""


@dataclass(frozen=True)
class Headers:
    """The headers of a label config.

    Attributes:
        tags: all of it, with their attributes.
        parents: of all tags.
        shown: names of the objects that show the task's data.
        relating: tags that ask about regions, and so name no object.
    """

    tags: Mapping[Element, Mapping[str, str]]
    parents: Mapping[Element, Element]
    shown: Collection[str]
    relating: Collection[str]
    _views: dict[Element, str] = field(default_factory=dict, init=False)
    _asked: dict[Element, list[Element]] = field(default_factory=dict, init=False)

    def question(self, node: Element) -> tuple[str, bool]:
        """Return what is said about a control, and whether that asks it, not something that stands between them.

        It holds the variables of the config.
        """
        attrs = self.tags[node]
        hint = next((attrs[key] for key in HINT_ATTRIBUTES[:2] if attrs.get(key)), "")
        if hint and not is_bare_variable(hint):
            return hint, True
        words, is_near = self._before(node)
        if hint:  # a task may have nothing for it
            return f"{words} {hint}".strip(), is_near or not words
        return (words, is_near) if words else (attrs.get("placeholder", ""), False)

    def others(self, controls: Iterable[Element]) -> Iterator[str]:
        """Yield the words of the other headers that show the task's data; those that stand together are one.

        Args:
            controls: that are asked, each with the headers that `question` found.
        """
        asked = {header for control in controls for header in self._asked.get(control, ())}
        for parent in filter(len, self.tags):
            run: list[str] = []
            for child in (*children(parent), None) if not self._words(parent) else ():
                words = self._words(child) if child is not None and child not in asked else ""
                if words:
                    run.append(words)
                    continue
                if any(map(holds_variables, run)):
                    yield " ".join(run)
                run = []

    def _before(self, node: Element) -> tuple[str, bool]:
        place: Element | None = node
        is_near = True
        while place is not None and place in self.parents:
            found = islice(before(place), LOOKED_AT)
            last = next(found, None)
            while last is not None and self._is_shown_only(last):
                last, is_near = next(found, None), False
            headers: list[Element] = []
            while last is not None and self._words(last):
                headers.append(last)
                last = next(found, None)
            if headers:
                self._asked[node] = headers
                return " ".join(map(self._words, reversed(headers))), is_near
            if last is not None:
                return "", False
            place = self.parents[place]  # first in its View: what stands before the View is about it
            if place.tag.lower() == "panel" and (title := self.tags[place].get("value")):
                return _line(title), False
        return "", False

    def _is_shown_only(self, node: Element) -> bool:
        """Say whether a tag shows the task's data and asks nothing: a header before it is about what follows."""
        shows, asks = self._inside[node]
        return shows and not asks

    @cached_property
    def _inside(self) -> Mapping[Element, tuple[bool, bool]]:
        """For each tag whether it, or what is in it, shows the task's data, and whether it asks something."""
        found: dict[Element, tuple[bool, bool]] = {}
        for node, attrs in reversed(tuple(self.tags.items())):  # children before their parents
            shows = attrs.get("name") in self.shown
            asks = bool(attrs.get("toname")) or node.tag in self.relating
            for child in node:
                below = found.get(child, (False, False))
                shows, asks = shows or below[0], asks or below[1]
            found[node] = (shows, asks)
        return found

    def _words(self, node: Element) -> str:
        """Return the words of a header, or of a text that is no object; "" for other tags."""
        tag = node.tag.lower()
        if tag == "view":
            if node not in self._views:
                self._views[node] = " ".join(self._together(node))
            return self._views[node]
        return _own_words(node, tag) if tag in HEADERS or self._is_own_text(node, tag) else ""

    def _together(self, node: Element) -> Iterator[str]:
        """Yield the words of a View that holds headers alone, as the gallery has them for their style."""
        words = [self._words(child) for child in islice(children(node), LOOKED_AT)]
        if all(words) and (len(words) == 1 or sum(map(len, words)) <= MAX_TOGETHER):
            yield from words

    def _is_own_text(self, node: Element, tag: str) -> bool:
        if tag not in TEXTS:
            return False
        attrs = self.tags[node]
        return attrs.get("name") not in self.shown and attrs.get("valuetype", "").lower() != "url"


def _own_words(node: Element, tag: str) -> str:
    """Return what a tag shows, in one line: what stands within it, or its value."""
    value = attributes(node).get("value", "")
    if tag == "hypertext":
        return visible_text(inner_html(node) or value)
    return _line("".join(node.itertext())) or _line(value)


def _line(words: str) -> str:
    return " ".join(words.split())
