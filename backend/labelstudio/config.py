"""Label config (XML) → `Plan`: which controls we serve, with their labels, hints and conditions; which not, and why."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from xml.etree.ElementTree import Element

from backend.errors import ConfigError
from backend.labelstudio.handler import Handler
from backend.labelstudio.role import PLAIN, Role
from backend.labelstudio.types import Condition, Control, Label, ObjectTag, Plan, Unserved
from backend.labelstudio.variables import field_of, holds_variables, is_bare_variable
from backend.labelstudio.xml.elements import HINT_ATTRIBUTES, attributes, children, elements
from backend.labelstudio.xml.headers import HEADERS, Headers
from backend.labelstudio.xml.interface import parse_config
from backend.labelstudio.xml.sizing import LABEL_TAGS

OBJECT_TAGS = frozenset({"Text", "HyperText", "Paragraphs", "List", "Table", "Chat"})
"""The object tags whose data is text."""
STRUCTURED = frozenset({"Paragraphs", "List", "Table", "Chat"})
"""The object tags whose data is no plain text."""
NO_OBJECTS = HEADERS | {"panel"}  # have a name and a value as objects do
LISTED = 20
MAX_PER_REGION = 2_000
LINKLESS = "it has no toName"
ASTRAY = "its toName names no object tag"
WORDED = "its object's value is no $field of text"
RELINKED = "its object has a toName itself, as a control has"
ADVICE = {
    RELINKED: "take toName out of the object tag",
    LINKLESS: 'write which object it is about, such as toName="text"',
    ASTRAY: 'write the name of an object tag, such as toName="text"',
    WORDED: 'show text of the task in that object, such as value="$text"',
}
"""What mends a config in which everything is refused, by the reason."""
MORE = "add Choices, Labels or TextArea on a Text"
"""What mends it where no reason has an advice of its own."""
UNANSWERED = "add a TextArea, Choices or Labels"
"""What mends it where a prompt box is all that there is."""
STEP = " > "
"""Stands between the parts of a path in the name that the model is offered."""


def build_plan(label_config: str, handlers: Mapping[str, Handler], interface: Any = None) -> Plan:
    """Read what a label config asks.

    Args:
        label_config: the project's XML.
        handlers: by control tag.
        interface: what `parse_config` made of it, in which nothing is changed; None if that is still to be done.

    Raises:
        ConfigError: broken XML, no object tag, or nothing in it that we label; the reason names the tags.
    """
    interface = parse_config(label_config, handlers) if interface is None else interface
    config = _Config(interface._tree, handlers)
    if not config.objects:
        raise ConfigError('label config has no object tag - add one, such as Text with name="text" and value="$text"')
    served: list[Control] = []
    unserved: list[Unserved] = []
    nodes: dict[str, Element] = {}
    for node in config.controls:
        control = config.control(node)
        nodes[control.from_name] = node
        reason = config.refusal(control)
        if reason is None:
            served.append(control)
        else:
            unserved.append(Unserved(control.tag, control.from_name, reason))
    served.sort(key=lambda control: control.role.relates)  # entities are named before they are related
    served, orphans = _with_regions(served)
    served, hidden = _with_choices(served)
    unserved += orphans + hidden
    if not served:
        found = _listed(sorted({f"{u.tag} ({u.reason})" for u in unserved})) or "no control tags"
        advice = ", ".join(dict.fromkeys(ADVICE[u.reason] for u in unserved if u.reason in ADVICE)) or MORE
        raise ConfigError(f"Config not supported: {found} - {advice}")
    _ask_regions(served)
    labeled = {name for control in served for name in control.to_names}
    return Plan(
        objects=tuple(replace(obj, is_labeled=obj.name in labeled) for obj in config.shown()),
        headers=tuple(config.headers(nodes[c.from_name] for c in served if not c.role.relates)),
        controls=tuple(served),
        unserved=tuple(unserved),
        digest=hashlib.sha256(label_config.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _with_regions(served: list[Control]) -> tuple[list[Control], list[Unserved]]:
    """Leave out what is asked for each region, or relates regions, where nothing gives regions."""
    marked = {name for c in served if c.role.gives_regions and not c.per_region for name in c.to_names}
    chats = {name for c in served if c.role.converses for name in c.to_names}
    kept, left = [], []
    for control in served:
        needed = marked if control.role.relates else marked | chats
        if (control.per_region or control.role.relates) and not needed & set(control.to_names):
            left.append(Unserved(control.tag, control.from_name, "asks about regions, and nothing marks any"))
        else:
            kept.append(control)
    return kept, left


def _with_choices(served: list[Control]) -> tuple[list[Control], list[Unserved]]:
    """Leave out what a choice shows that is never made: of a control that is not there, or not served."""
    left: list[Unserved] = []
    while True:
        names = {"", *(control.from_name for control in served)}
        hidden = {
            control.from_name: control
            for control in served
            if any(c.kind == "choice-selected" and c.tag not in names for c in control.conditions)
        }
        if not hidden:
            return served, left
        left += [Unserved(c.tag, name, "a choice shows it that gets no predictions") for name, c in hidden.items()]
        served = [control for control in served if control.from_name not in hidden]


@dataclass(frozen=True)
class _Config:
    """A label config's tree, read."""

    tree: Element
    handlers: Mapping[str, Handler]

    @cached_property
    def parents(self) -> Mapping[Element, Element]:
        return {child: parent for parent in self.tree.iter() for child in parent}

    @cached_property
    def tags(self) -> Mapping[Element, Mapping[str, str]]:
        """All tags with their attributes."""
        return {node: attributes(node) for node in elements(self.tree)}

    @cached_property
    def objects(self) -> Mapping[str, ObjectTag]:
        """All object tags by name, of any kind of data."""
        return {obj.name: obj for obj in self._objects}

    @cached_property
    def _objects(self) -> tuple[ObjectTag, ...]:
        return tuple(self._found_objects())

    def _found_objects(self) -> Iterator[ObjectTag]:
        for node, attrs in self.tags.items():
            tag = node.tag
            name = attrs.get("name", "")
            value = attrs.get("value") or attrs.get("valuelist") or ""
            is_labeled = tag not in self.handlers and name in self._pointed  # ReactCode has no value
            is_linked = attrs.get("toname", name) != name or (tag in self.handlers and "toname" in attrs)
            is_other = (is_linked and tag not in OBJECT_TAGS) or tag in LABEL_TAGS or tag.lower() in NO_OBJECTS
            if name and not is_other and (value or is_labeled or tag == "Chat"):
                yield ObjectTag(tag=tag, name=name, value=value, attrs=attrs)

    @cached_property
    def _pointed(self) -> frozenset[str]:
        """The names that a toName gives."""
        return frozenset(name for attrs in self.tags.values() for name in _names(attrs.get("toname", "")))

    @cached_property
    def _twice(self) -> tuple[frozenset[str], frozenset[str]]:
        """The names that objects of other data share, and those that several controls have."""
        objects = Counter(name for name, _, _ in {(obj.name, obj.tag, obj.value) for obj in self._objects})
        controls = Counter(self.tags[node].get("name", "") for node in self.controls)
        return _several(objects), _several(controls) - {""}

    def shown(self) -> Iterator[ObjectTag]:
        """Yield the objects whose data is text of the task; a text of the config's own is a header."""
        yield from (o for o in self.objects.values() if o.tag in OBJECT_TAGS and o.is_of_task)

    @cached_property
    def _headers(self) -> Headers:
        relating = frozenset(tag for tag, handler in self.handlers.items() if handler.role.relates)
        return Headers(self.tags, self.parents, frozenset(obj.name for obj in self.shown()), relating)

    def headers(self, asked: Iterable[Element]) -> Iterator[ObjectTag]:
        """Yield the headers with data of the task that ask none of the controls that are put to a model."""
        for words in self._headers.others(asked):
            yield ObjectTag("Header", self._free_name("header"), words, is_labeled=False)

    @cached_property
    def controls(self) -> tuple[Element, ...]:
        return tuple(self._found_controls())

    def _found_controls(self) -> Iterator[Element]:
        for node, attrs in self.tags.items():
            is_control = attrs.get("name") and attrs.get("toname") and node.tag not in OBJECT_TAGS | {"Filter"}
            # Rating and the like without a toName are shown by the editor, but can hold no prediction.
            is_lost = attrs.get("name") and node.tag in self.handlers and attrs["name"] not in self.objects
            if is_control or is_lost or self._role(node).relates or self._role(node).converses:
                yield node

    def control(self, node: Element) -> Control:
        attrs, role = self.tags[node], self._role(node)
        question, is_near = self._headers.question(node)
        return Control(
            tag=node.tag,
            from_name=attrs.get("name") or self._free_name(node.tag.lower()),
            to_names=self._to_names(attrs, role),
            labels=tuple(self._labels(node)),
            attrs=attrs,
            question=question,
            is_open=is_near and is_bare_variable(question) and not (role.asks_itself or role.gives_regions),
            conditions=tuple(self._conditions(node)),
            per_region=attrs.get("perregion", "").lower() == "true",
            labels_field=field_of(attrs.get("value", "")) if role.offers_labels else "",
            role=role,
        )

    def _to_names(self, attrs: Mapping[str, str], role: Role) -> tuple[str, ...]:
        if role.converses:
            return (attrs.get("name", ""),)
        return self._marked if role.relates else _names(attrs.get("toname", ""))

    def _labels(self, node: Element) -> Iterator[Label]:
        """Yield a control's labels; into those of some tags the editor puts the task's values."""
        role = self._role(node)
        is_filled = role.fills_results or role.gives_regions
        for label in _unique(self._labels_below(node, (), ())):
            yield replace(label, is_variable=True) if is_filled and holds_variables(label.name) else label

    def _labels_below(self, node: Element, names: tuple[str, ...], path: tuple[str, ...]) -> Iterator[Label]:
        """Yield the labels below a tag, each before those below it. Views around them count for nothing."""
        for child in children(node):
            if child.tag not in LABEL_TAGS:
                yield from self._labels_below(child, names, path)
                continue
            attrs = self.tags[child]
            shown = attrs.get("title") or attrs.get("name") if child.tag == "Bucket" else attrs.get("value")
            result = attrs.get("name") if child.tag == "Bucket" else attrs.get("alias") or shown
            if not result:
                continue
            below = list(self._labels_below(child, (*names, shown or result), (*path, result)))
            yield Label(
                name=STEP.join((*names, shown or result)),
                result=result,
                hint=next((attrs[key] for key in HINT_ATTRIBUTES if attrs.get(key)), ""),
                path=(*path, result),
                is_leaf=not below,
                attrs=attrs,
            )
            yield from below

    def refusal(self, control: Control) -> str | None:
        """Say why a control is not served, or None."""
        handler = self.handlers.get(control.tag)
        reasons = {
            "no handler": handler is None,
            "its labels come from apiUrl": bool(control.attrs.get("apiurl")),
            "per item, of which an object of text has none": control.flag("perItem"),
            LINKLESS: not control.to_names and not control.role.relates,
            "no control marks spans": not control.to_names,
            "another control has its name": control.from_name in self._twice[1],
        }
        found = [reason for reason, holds in reasons.items() if holds]
        found += [reason for name in control.to_names if handler and (reason := self._unfit(control, name, handler))]
        return next(iter(found), None)

    def _unfit(self, control: Control, name: str, handler: Handler) -> str | None:
        """Say why a control cannot be served on an object, or None."""
        obj = self.objects.get(name)
        if obj is None:
            return ASTRAY
        reasons = {
            f"on {obj.tag}": obj.tag not in OBJECT_TAGS,
            "its toName names several objects": name in self._twice[0],
            RELINKED: "toname" in obj.attrs and not obj.is_conversation,  # label-studio-sdk takes it for no object
            WORDED: not obj.is_of_task,
            "its object's address is not one field alone": obj.is_url and not obj.field,
            f"its {obj.tag}'s value is more than one $field": obj.tag in STRUCTURED and not obj.field,
        }
        return next((reason for reason, holds in reasons.items() if holds), None) or handler.refusal(control, obj)

    @cached_property
    def _marked(self) -> tuple[str, ...]:
        """The first object in which spans are marked."""
        spans = (attrs.get("toname", "") for node, attrs in self.tags.items() if self._role(node).gives_regions)
        return tuple(name for name in (next(filter(None, spans), ""),) if name)

    def _role(self, node: Element) -> Role:
        handler = self.handlers.get(node.tag)
        return handler.role if handler else PLAIN

    @cached_property
    def _taken(self) -> frozenset[str | None]:
        return frozenset(node.get("name") for node in self.tags)

    @cached_property
    def _numbers(self) -> Counter[str]:
        """How many numbers were tried for each name that tags without one get."""
        return Counter()

    def _free_name(self, wanted: str) -> str:
        """Return a name that no tag has, and none got before."""
        while True:
            self._numbers[wanted] += 1
            number = self._numbers[wanted]
            name = wanted if number == 1 else f"{wanted} {number}"
            if name not in self._taken:
                return name

    def _conditions(self, node: Element) -> Iterator[Condition]:
        condition = _condition(self.tags[node], is_control=True)
        yield from (condition,) if condition else ()
        yield from self._around(self.parents.get(node))

    def _around(self, place: Element | None) -> tuple[Condition, ...]:
        """Return the conditions of a tag that stands around controls, and of those around it."""
        if place is None:
            return ()
        if place not in self._kept:
            condition = _condition(self.tags[place], is_control=False)
            self._kept[place] = (*((condition,) if condition else ()), *self._around(self.parents.get(place)))
        return self._kept[place]

    @cached_property
    def _kept(self) -> dict[Element, tuple[Condition, ...]]:
        return {}


def _several(names: Counter[str]) -> frozenset[str]:
    return frozenset(name for name, count in names.items() if count > 1)


def _names(to_name: str) -> tuple[str, ...]:
    """Return the names in a toName."""
    return tuple(name.strip() for name in to_name.split(",") if name.strip())


def _listed(found: Sequence[str]) -> str:
    """Return the first of what was found, and how many more there are."""
    more = [f"{len(found) - LISTED} more"] if len(found) > LISTED else []
    return ", ".join([*found[:LISTED], *more])


def _ask_regions(served: Sequence[Control]) -> None:
    """Refuse to ask more about each region than a model could be told.

    Raises:
        ConfigError: too many controls for each region, of too many that mark regions.
    """
    inner = Counter(name for c in served if c.per_region for name in c.to_names)
    asked = sum(inner[c.to_name] for c in served if c.role.gives_regions and not c.per_region)
    if asked > MAX_PER_REGION:
        raise ConfigError(
            f"label config is too large: {asked:,} questions about regions, and {MAX_PER_REGION:,} are taken"
            " - use fewer controls with perRegion, or fewer that mark regions"
        )


def _condition(attrs: Mapping[str, str], *, is_control: bool) -> Condition | None:
    def split(name: str) -> tuple[str, ...]:
        return tuple(attrs[name].split(",")) if attrs.get(name) else ()

    labels, choices = split("whenlabelvalue"), split("whenchoicevalue")
    match attrs.get("visiblewhen", ""):
        case ("choice-selected" | "choice-unselected") as kind:
            return Condition(kind, attrs.get("whentagname", ""), choices=choices)
        case "region-selected":
            return Condition("region-selected", attrs.get("whentagname", ""), (), labels, attrs.get("whenrole", ""))
        case "no-region-selected":
            return Condition("no-region-selected")
        case "" if labels and is_control and attrs.get("perregion", "").lower() == "true":
            return Condition("region-selected", "", (), labels)
        case "" if choices:
            return Condition("choice-selected", "", choices=choices)
    return None


def _unique(labels: Iterator[Label]) -> Iterator[Label]:
    """Leave out a label whose name came before: the model could not say which it means."""
    seen = set()
    for label in labels:
        if label.name not in seen:
            seen.add(label.name)
            yield label
