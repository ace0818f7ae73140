"""A label config as label-studio-sdk reads it, once it is spelled as the SDK knows it."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from backend.errors import ConfigError
from backend.labelstudio.handler import Handler
from backend.labelstudio.role import PLAIN, Role
from backend.labelstudio.xml.markup import respelled, without_declaration
from backend.labelstudio.xml.repeating import of_any_task, repeats
from backend.labelstudio.xml.sizing import check_size
from backend.system.imports import class_put_off

_NONE: Mapping[str, Handler] = MappingProxyType({})


@cache
def _label_interface() -> Any:
    """Return the SDK's class, without what makes examples of label configs, and with it Faker and clients of clouds."""
    with class_put_off("jsf", "JSF"):
        from label_studio_sdk.label_interface import LabelInterface
    return LabelInterface


def parse_config(label_config: str, handlers: Mapping[str, Handler] = _NONE) -> Any:
    """Parse a label config with the SDK, its tags and attributes spelled as Label Studio documents them.

    What a Repeater makes of each task's data is there for a few items.

    Args:
        label_config: the project's XML.
        handlers: by control tag, which they spell.

    Returns:
        A `label_studio_sdk.label_interface.LabelInterface`.

    Raises:
        ConfigError: not well-formed XML, a document type (entities could name files), or larger than is planned.
    """
    label_config = without_declaration(label_config)
    roles = {tag: handler.role for tag, handler in handlers.items()}
    check_size(label_config, [tag for tag, role in roles.items() if role.relates or role.converses])
    try:
        config = respelled(label_config, roles)
        return _amended(_label_interface()(of_any_task(config) if repeats(config) else config), roles)
    except ConfigError:
        raise
    except Exception as error:  # the SDK raises lxml's, its own and bare errors, whose texts quote the config
        found = re.search(r"line (\d+), column (\d+)", str(error))
    problem = (
        f"is not valid XML at line {found[1]}, column {found[2]}" if found else "cannot be read by label-studio-sdk"
    )
    raise ConfigError(f"label config {problem} - save it again in the project's Labeling Interface")


def _amended(interface: Any, roles: Mapping[str, Role]) -> Any:
    """Let the SDK take what the editor takes: labels where none are offered count for nothing, nor do odd numbers."""
    for name, control in interface._controls.items():
        role = roles.get(control.tag, PLAIN)
        if not role.offers_labels:
            control.set_labels([])
        control.to_name = [name] if role.converses else [one.strip() for one in control.to_name]
        if not str(control.attr.get("maxRating", "5")).isdecimal():
            control.attr.pop("maxRating")
    return interface
