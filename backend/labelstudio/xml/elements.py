"""The tags of a label config, as all that read them see them."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from lxml.etree import tostring

HINT_ATTRIBUTES = ("hint", "description", "placeholder")


def elements(tree: Element) -> Iterator[Element]:
    """Yield a tag and all within it, without comments."""
    return (node for node in tree.iter() if isinstance(node.tag, str))


def children(node: Element) -> Iterator[Element]:
    """Yield the tags right within a tag."""
    return (child for child in node if isinstance(child.tag, str) and child.tag != "Style")


def before(node: Any) -> Iterator[Element]:
    """Yield the tags before a tag within its parent, the last first."""
    return (each for each in node.itersiblings(preceding=True) if isinstance(each.tag, str) and each.tag != "Style")


def attributes(node: Element) -> dict[str, str]:
    """Return a tag's attributes; Label Studio does not tell `toName` from `toname`."""
    return {str(key).lower(): str(value) for key, value in node.attrib.items()}


def inner_html(node: Any) -> str:
    """Return what stands within a tag, markup and all: the editor takes it for the value of a tag that shows words."""
    return "".join([node.text or "", *(tostring(child, encoding="unicode") for child in node)]).strip()
