"""The text of a label config, as people write and save it → XML as all that read it expect it, or what is wrong.

Label Studio's editor tells neither `<choices>` from `<Choices>` nor `toname` from `toName`; label-studio-sdk does.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.parsers import expat

from lxml import etree

from backend.errors import ConfigError

TAGS = frozenset(
    {
        *("View", "Style", "Header", "Markdown", "Filter", "Repeater"),
        *("Text", "HyperText", "Paragraphs", "List", "Table", "Chat"),
        *("Label", "Choice", "Relation", "Bucket"),
    }
)
"""Tags that are named here or in the SDK; the handlers name theirs."""
ATTRIBUTES = frozenset(
    {
        *("name", "toName", "value", "valueList", "valueType", "apiUrl", "alias", "choice", "required", "perRegion"),
        *("whenTagName", "whenLabelValue", "whenChoiceValue", "min", "max", "maxRating", "indexFlag"),
    }
)
"""Attributes that the SDK reads."""
# Atomic, so that comments without an end cost no more than one look.
_DECLARATION = re.compile(r"\A((?>\s+|<!--(?>.*?-->))*+)<\?xml(?=[\s?])[^>]*\?>", re.DOTALL)
_ENCODING = re.compile(rb"""\s*<\?xml[^>]{1,99}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_TYPED = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_LONE_AMPERSAND = re.compile(r"&[^;\s<>\"'&]*\s?\Z")
_LINE_END = re.compile(r"\r\n|\r|\n")
_ELSEWHERE = "save it again in the project's Labeling Interface"
_BREAKS = {
    "syntax error": "it does not begin with a tag - put all within one View",
    "unclosed token": "a tag or a comment has no end - close it",
    "mismatched tag": "a closing tag is not that of the tag that is open - close each tag where it ends",
    "duplicate attribute": "a tag has an attribute twice - remove one",
    "junk after document element": "something stands behind the outermost tag - put all within one View",
    "undefined entity": "it names an entity that XML does not know, such as nbsp - write the character itself",
    "reference to invalid character number": "it names a character by a number that none has - remove it",
    "XML or text declaration not at start of entity": "an XML declaration stands behind the beginning - remove it",
    "unclosed CDATA section": "a CDATA section has no end - close it",
}


def read_file(file: Path) -> str:
    """Read a label config from a file: UTF-8, UTF-16 with its mark, or the encoding that it declares.

    Raises:
        ConfigError: it is no text in any of them.
    """
    content = file.read_bytes()
    found = _ENCODING.match(content)
    declared = found[1].decode() if found else "utf-8"
    for code in ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", declared):
        with suppress(ValueError, LookupError):  # other bytes, or an encoding that nobody knows
            return content.decode(code)
    raise ConfigError(f"{file.name} is no text in UTF-8 - save it as UTF-8")


def without_declaration(label_config: str) -> str:
    """Return a label config without byte order mark and XML declaration: text has no encoding to declare."""
    return _DECLARATION.sub(r"\1", label_config.lstrip("\ufeff"), count=1)


def holds_type(label_config: str) -> bool:
    """Say whether a text that is no XML holds what looks like a document type, or an entity."""
    return bool(_TYPED.search(label_config))


def broken(label_config: str, error: expat.ExpatError) -> ConfigError:
    """Say what is wrong with a text that is no XML, and where; nothing of it is quoted.

    There are no angle brackets: Label Studio shows the words as HTML.
    """
    place = f"at line {error.lineno}, column {error.offset + 1}"
    return ConfigError(f"label config is not valid XML {place}: {_what(label_config, error)}")


def _what(label_config: str, error: expat.ExpatError) -> str:
    kind = expat.ErrorString(error.code)
    if kind == "no element found":
        return (
            f"it ends before its outermost tag is closed - {_ELSEWHERE}"
            if label_config.strip()
            else f"it is empty - {_ELSEWHERE}"
        )
    if kind in _BREAKS:
        return _BREAKS[kind]
    line = _LINE_END.split(label_config)[error.lineno - 1]
    sign = line[error.offset : error.offset + 1]
    if _LONE_AMPERSAND.search(line[: error.offset + (sign == "&")]):
        return "an ampersand stands alone - write it as the entity amp"
    if sign == "<":
        return "a less-than sign stands within a tag - close the tag before it, or write the entity lt"
    if sign and sign in "“”„‘’«»":
        return "a value is quoted with typographic quotes - use straight ones"
    return f"a sign may not stand there - {_ELSEWHERE}"


def respelled(label_config: str, tags: Iterable[str] = ()) -> str:
    """Return well-formed XML with tags and attributes spelled as Label Studio documents them.

    Processing instructions are left out, and names of labels: the SDK takes them for tags of other kinds. What stands
    in a HyperText is HTML.

    Args:
        label_config: without declaration and document type.
        tags: of the handlers, beside those that are known.
    """
    root = etree.fromstring(label_config)
    names = {tag.lower(): tag for tag in (*TAGS, *tags)}
    changes = _respell(root, names)
    if next(root.iter(etree.ProcessingInstruction), None) is not None:
        etree.strip_tags(root, etree.ProcessingInstruction)
        changes += 1
    return str(etree.tostring(root, encoding="unicode")) if changes else label_config


_LABELS = frozenset({"Label", "Choice", "Relation"})
_ATTRIBUTES = {attribute.lower(): attribute for attribute in ATTRIBUTES}


def _respell(node: Any, tags: dict[str, str]) -> int:
    """Respell a tag and all within it; returns how many spellings changed."""
    if not isinstance(node.tag, str):
        return 0
    spelled = tags.get(node.tag.lower(), node.tag)
    changes = 0
    if spelled != node.tag:
        node.tag, changes = spelled, 1
    found = node.attrib.items()
    attributes = {_ATTRIBUTES.get(name.lower(), name): value for name, value in found}  # the last wins
    if spelled in _LABELS:
        attributes.pop("name", None)
        attributes.pop("toName", None)
    if list(attributes) != [name for name, _ in found]:
        node.attrib.clear()
        node.attrib.update(attributes)
        changes += 1
    return changes + (0 if spelled == "HyperText" else sum(_respell(child, tags) for child in node))
