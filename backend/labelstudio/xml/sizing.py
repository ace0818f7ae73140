"""How large a label config may be: asked in one pass, before anything is built of it."""

from collections.abc import Iterable
from typing import Any
from xml.parsers import expat

from backend.errors import ConfigError
from backend.labelstudio.xml.markup import broken, holds_type

MAX_CHARACTERS = 1_000_000
MAX_TAGS = 20_000
MAX_CONTROLS = 1_000
MAX_DEPTH = 100
MAX_ATTRIBUTES = 100
MAX_NAME = 500
MAX_LABEL_CHARACTERS = 5_000_000
"""Of all labels together, each with those that it stands below."""
LABEL_TAGS = frozenset({"Label", "Choice", "Relation", "Bucket"})
NAMES = frozenset({"name", "toname", "whentagname"})
_LABEL_TAGS = frozenset(tag.lower() for tag in LABEL_TAGS)


def check_size(label_config: str, linkless: Iterable[str] = ()) -> None:
    """Pass a label config that can be planned in a second or two.

    Args:
        label_config: the project's XML.
        linkless: control tags that need no toName, and are counted as those that have one.

    Raises:
        ConfigError: not well-formed XML, a document type (entities could name files), or larger than is planned.
    """
    if len(label_config) > MAX_CHARACTERS:
        raise ConfigError(f"label config is longer than {MAX_CHARACTERS} characters - split the project")
    sizes = _Sizes(frozenset(tag.lower() for tag in linkless))
    parser = expat.ParserCreate("utf-8")
    parser.StartDoctypeDeclHandler = _refuse_type
    parser.StartElementHandler, parser.EndElementHandler = sizes.start, sizes.end
    refusal = None
    try:
        parser.Parse(label_config.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        refusal = _typed() if holds_type(label_config) else broken(label_config, error)
    if refusal:
        raise refusal


def _refuse_type(*_: Any) -> None:
    raise _typed()


def _typed() -> ConfigError:
    return ConfigError("label config holds a DOCTYPE or ENTITY - remove it, Label Studio does not need one")


class _Sizes:
    """Counts as a config is read, and ends the reading at the first that is too much."""

    def __init__(self, linkless: frozenset[str]) -> None:
        self._linkless = linkless
        self.tags = self.controls = self.characters = 0
        self.paths = [0]

    def start(self, tag: str, attributes: dict[str, Any]) -> None:
        """Count a tag."""
        self.tags += 1
        _ask(self.tags, MAX_TAGS, "tags")
        _ask(len(self.paths), MAX_DEPTH, "tags within each other")
        _ask(len(attributes), MAX_ATTRIBUTES, "attributes of a tag")
        _ask(len(tag), MAX_NAME, "characters of a name")
        attrs = {key.lower(): value for key, value in attributes.items()}
        for key in NAMES & attrs.keys():
            _ask(len(attrs[key]), MAX_NAME, "characters of a name")
        if "toname" in attrs or tag.lower() in self._linkless:
            self.controls += 1
            _ask(self.controls, MAX_CONTROLS, "control tags")
        self.paths.append(self.paths[-1])
        if tag.lower() in _LABEL_TAGS:
            self.paths[-1] += len(attrs.get("value", attrs.get("name", ""))) + len(attrs.get("alias", "")) + 3
            self.characters += self.paths[-1]
            _ask(self.characters, MAX_LABEL_CHARACTERS, "characters of labels and the labels above them")

    def end(self, _: str) -> None:
        """Leave a tag."""
        self.paths.pop()


def _ask(number: int, limit: int, what: str) -> None:
    if number > limit:
        raise _too_large(what, limit)


def _too_large(what: str, limit: int) -> ConfigError:
    return ConfigError(f"label config is too large: more than {limit:,} {what} - split the project")
