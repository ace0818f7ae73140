"""Random label configs and tasks, by a grammar: tags, served and others, attributes, conditions, odd characters."""

import random
from xml.sax.saxutils import quoteattr

from tests.fuzz.served import CANARY

OBJECTS = ("Text", "HyperText", "Paragraphs", "List", "Table", "Chat", "Image", "Audio", "Video", "TimeSeries", "PDF")
CONTROLS = (
    *("Choices", "Labels", "HyperTextLabels", "ParagraphLabels", "Taxonomy", "TextArea", "Rating", "Number"),
    *("DateTime", "Pairwise", "Ranker", "Relations", "Chat", "RectangleLabels", "BrushLabels", "Magic", "Filter"),
    *("Shortcut", "KeyPoint", "VideoRectangle", "MagicWand", "Collapse", "Repeater", "choices", "LABELS", "ReactCode"),
)
AROUND = ("View", "View", "View", "Style", "Collapse", "Panel", "Repeater", "Header", "Table")
INNER = {"Choices": "Choice", "Taxonomy": "Choice", "Ranker": "Bucket", "Relations": "Relation"}
VALUES = (
    *(
        "$text",
        "$text",
        "$text",
        "$items",
        "$turns",
        "$a.b",
        "$a[0]",
        "$items[9].x",
        "$",
        "$$text",
        "${text}",
        "{{text}}",
    ),
    *(
        "Is it $text or $a?",
        "plain",
        "",
        " ",
        "$text,$a",
        "$ümlaut",
        "$\ue000",
        "0",
        "-1",
        "1e999",
        "NaN",
        "true",
        "null",
    ),
    *(
        "a" * 600,
        "é\u0301\u202e\u200b",
        "👩‍❤️‍👨",
        "]]>",
        "<b>&amp;</b>",
        "%s%n",
        "../../etc/passwd",
        "http://127.0.0.1:1/x",
    ),
)
ATTRIBUTES = (
    *("value", "valueList", "valueType", "hint", "description", "placeholder", "alias", "selected", "required"),
    *("perRegion", "perItem", "visibleWhen", "whenTagName", "whenLabelValue", "whenChoiceValue", "whenRole", "choice"),
    *("maxUsages", "maxRating", "min", "max", "step", "only", "format", "defaultValue", "allowNested", "leafsOnly"),
    *(
        "encoding",
        "granularity",
        "nameKey",
        "textKey",
        "apiUrl",
        "smart",
        "maxSubmissions",
        "indexFlag",
        "toname",
        "NAME",
    ),
)
SAID = (
    *("true", "false", "multiple", "single", "single-radio", "choice-selected", "choice-unselected", "region-selected"),
    *("no-region-selected", "url", "base64", "base64unicode", "word", "symbol", "user", "date", "time", "date,time"),
    *("%Y-%m-%d", "%", "%Q%-d", "5", "0", "-3", "1e400", "0.1", "a,b,,c"),
)
BROKEN = (
    "<!DOCTYPE x [<!ENTITY a 'b'>]>",
    "<!-- $text -->",
    "<?xml version='1.0' encoding='utf-8'?>",
    "<?php x ?>",
    "<![CDATA[<Text/>]]>",
    "&unknown;",
    "&#0;",
    "&#xd800;",
    "&#x10ffff;",
    "<x:y xmlns:x='urn:z'/>",
    "<Text",
    "\x00",
    "\ud800",
    "text",
)


class Maker:
    """Makes label configs and tasks."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.names = ["text", "t2", "c1", "l1", "r1", "", "Ümlaut name", "regions", "a|b", "x" * 300]

    def config(self) -> str:
        """Return a label config, well-formed most of the time."""
        inside = "".join(self._node(0) for _ in range(self.chance.randint(0, 6)))
        usual = self._tag("Text", {"name": "text", "value": "$text"}) if self.chance.random() < 0.7 else ""
        config = f"<View>{usual}{inside}</View>"
        if self.chance.random() < 0.15:
            place = self.chance.randrange(len(config) + 1)
            config = config[:place] + self.chance.choice(BROKEN) + config[place:]
        if self.chance.random() < 0.03:
            config = config[: self.chance.randrange(len(config))]
        return config

    def task(self) -> object:
        """Return a task's data, of a right shape most of the time."""
        if self.chance.random() < 0.03:
            return self.chance.choice((None, [], "x", 3, {"\ud800": 1}))
        text = f"Ann met Bob. {CANARY} " + self.chance.choice(("", "é\u0301👩‍❤️‍👨\n", "<b>x</b>", "\ud800", "\x00"))
        shapes: tuple[object, ...] = (
            text,
            [{"id": "1", "title": text}, {"id": self.chance.choice(("2", "1", "\ud800", 3)), "body": text}],
            [{"author": "A", "text": text}, {"author": None, "text": text}],
            [{"role": "user", "content": text}],
            [
                {"value": "A"},
                {"value": "B", "alias": self.chance.choice(("b", "\udc00")), "children": [{"value": "C"}]},
            ],
            {"b": text, "k": 1.5, "n": None},
            *(1e999, -1, 0.1, True, None, "", [], {}, [text, [text]], [[[[]]]]),
        )
        return {name: self.chance.choice(shapes) for name in ("text", "items", "turns", "a")} | {"text": text}

    def _node(self, depth: int) -> str:
        kind = self.chance.random()
        if kind < 0.3 and depth < 6:
            inside = "".join(self._node(depth + 1) for _ in range(self.chance.randint(0, 3)))
            return self._tag(self.chance.choice(AROUND), self._more({}), inside)
        if kind < 0.5:
            attrs = {"name": self._name(), "value": self.chance.choice(VALUES)}
            return self._tag(self.chance.choice(OBJECTS), self._more(attrs))
        tag = self.chance.choice(CONTROLS[:13] if self.chance.random() < 0.8 else CONTROLS)
        attrs = {"name": self._name(), "toName": self.chance.choice(("text", "text", "text", self._name(), "text,t2"))}
        return self._tag(tag, self._more(attrs), self._labels(INNER.get(tag, "Label"), 0))

    def _labels(self, tag: str, depth: int) -> str:
        labels = []
        for _ in range(self.chance.choice((0, 1, 2, 2, 3, 8))):
            value = self.chance.choice((*"ABCD", *VALUES))
            below = self._labels(tag, depth + 1) if depth < 3 and self.chance.random() < 0.2 else ""
            labels.append(self._tag(tag, self._more({"value": value, "name": value}), below))
        return "".join(labels)

    def _more(self, attrs: dict[str, str]) -> dict[str, str]:
        for _ in range(self.chance.choice((0, 0, 1, 2, 4))):
            value = self.chance.choice((*SAID, *VALUES, *self.names))
            attrs[self.chance.choice(ATTRIBUTES)] = value
        if attrs and self.chance.random() < 0.1:
            attrs.pop(self.chance.choice(list(attrs)))
        return attrs

    def _name(self) -> str:
        return self.chance.choice((*self.names, f"n{self.chance.randrange(1000)}", f"n{self.chance.randrange(1000)}"))

    @staticmethod
    def _tag(tag: str, attrs: dict[str, str], inside: str = "") -> str:
        return f"<{tag} {' '.join(f'{key}={quoteattr(value)}' for key, value in attrs.items())}>{inside}</{tag}>"
