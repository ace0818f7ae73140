"""Label config (XML) → `Plan`: which controls we serve, with their labels and hints, and which we do not, and why."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from backend.errors import ConfigError
from backend.types import Control, Handler, Label, ObjectTag, Plan, Unserved

MAX_CONFIG_CHARACTERS = 1_000_000
HINT_ATTRIBUTES = ("hint", "description", "placeholder")


def parse_config(label_config: str) -> Any:
    """Parse a label config with the SDK.

    Returns:
        A `label_studio_sdk.label_interface.LabelInterface`.

    Raises:
        ConfigError: not well-formed XML, a document type (entities could name files), or far too large.
    """
    from label_studio_sdk.label_interface import LabelInterface  # noqa: PLC0415 - takes two seconds

    if len(label_config) > MAX_CONFIG_CHARACTERS:
        raise ConfigError(f"label config is longer than {MAX_CONFIG_CHARACTERS} characters")
    if re.search(r"<!(DOCTYPE|ENTITY)", label_config, re.IGNORECASE):
        raise ConfigError("label config holds a DOCTYPE or ENTITY - remove it, Label Studio does not need one")
    place = ""
    try:
        return LabelInterface(label_config)
    except Exception as error:  # the SDK raises lxml's, its own and bare errors, whose texts quote the config
        found = re.search(r"line (\d+), column (\d+)", str(error))
        place = f" at line {found[1]}, column {found[2]}" if found else ""
    raise ConfigError(f"label config is not valid XML{place} - save it again in the project's Labeling Interface")


def build_plan(label_config: str, handlers: Mapping[str, Handler]) -> Plan:
    """Read what a label config asks.

    Args:
        label_config: the project's XML.
        handlers: by control tag.

    Raises:
        ConfigError: broken XML, no object tag, or nothing in it that we label; the reason names the tags.
    """
    interface = parse_config(label_config)
    objects = {name: _object(tag) for name, tag in interface._objects.items()}
    if not objects:
        raise ConfigError('label config has no object tag - add one, such as <Text name="text" value="$text"/>')
    served: list[Control] = []
    unserved: list[Unserved] = []
    tree = interface._tree
    nodes = {node.get("name"): node for node in tree.iter() if isinstance(node.tag, str) and node.get("toName")}
    parents = {child: parent for parent in tree.iter() for child in parent}
    for name, tag in interface._controls.items():
        obj = objects.get(tag.to_name[0]) if tag.to_name else None
        control = _control(tag, obj, nodes[name], parents)
        reason = _refusal(control, obj, nodes[name], parents, handlers)
        if reason is None:
            served.append(control)
        else:
            unserved.append(Unserved(tag.tag, name, reason))
    if not served:
        found = ", ".join(sorted({f"<{u.tag}> ({u.reason})" for u in unserved})) or "no control tags"
        raise ConfigError(f"Config not supported: {found} - add Choices, Labels or TextArea on a Text")
    used = {control.to_name for control in served}
    return Plan(
        objects=tuple(obj for obj in objects.values() if obj.name in used),
        controls=tuple(served),
        unserved=tuple(unserved),
        digest=hashlib.sha256(label_config.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _object(tag: Any) -> ObjectTag:
    is_url = tag.attr.get("valueType", "").lower() == "url"
    variable = tag.value_name if tag.value_is_variable and not is_url else ""
    return ObjectTag(tag=tag.tag, name=tag.name, field=variable or "")


def _control(tag: Any, obj: ObjectTag | None, node: Element, parents: Mapping[Element, Element]) -> Control:
    attrs = {str(key): str(value) for key, value in tag.attr.items()}
    labels: dict[str, Label] = {}
    for result, label in (tag.labels_attrs or {}).items():
        shown = label.attr.get("value") or result
        hint = next((label.attr[key] for key in HINT_ATTRIBUTES if label.attr.get(key)), "")
        labels.setdefault(shown, Label(name=shown, result=result, hint=hint))
    return Control(
        tag=tag.tag,
        from_name=tag.name,
        to_name=obj.name if obj else "",
        field=obj.field if obj else "",
        labels=tuple(labels.values()),
        attrs=attrs,
        question=_question(attrs, node, parents),
    )


def _question(attrs: Mapping[str, str], node: Element, parents: Mapping[Element, Element]) -> str:
    """Return what the config says about a control: its own hint, or the Header that stands right before it."""
    for key in HINT_ATTRIBUTES:
        if attrs.get(key):
            return attrs[key]
    siblings = [child for child in parents.get(node, ()) if isinstance(child.tag, str)]
    before = siblings[siblings.index(node) - 1] if node in siblings and siblings.index(node) else None
    if before is not None and before.tag == "Header":
        return before.get("value", "")
    return ""


def _refusal(
    control: Control,
    obj: ObjectTag | None,
    node: Element,
    parents: Mapping[Element, Element],
    handlers: Mapping[str, Handler],
) -> str | None:
    handler = handlers.get(control.tag)
    if handler is None:
        return "no handler"
    if obj is None:
        return "its toName names no object tag"
    reasons = {
        "its object's value is no $field of text": not obj.field,
        "per region or item": control.flag("perRegion") or control.flag("perItem"),
        "labels from task data": control.attrs.get("value", "").startswith("$"),
        "nested labels": any(len(child) for child in node),
        "shown on a condition": any(top.get("visibleWhen") for top in _ancestry(node, parents)),
    }
    return next((reason for reason, holds in reasons.items() if holds), None) or handler.refusal(control, obj)


def _ancestry(node: Element, parents: Mapping[Element, Element]) -> Iterator[Element]:
    current: Element | None = node
    while current is not None:
        yield current
        current = parents.get(current)
