"""How large a label config may be: the last that passes, and the first that does not."""

import pytest

from backend.errors import ConfigError
from backend.labelstudio.xml import sizing
from backend.labelstudio.xml.sizing import check_size


def view(inner: str) -> str:
    return f"<View>{inner}</View>"


def refused(config: str) -> str:
    """Return why a config is refused; "" if it is not."""
    try:
        check_size(config, ("Relations", "Chat"))
    except ConfigError as error:
        return error.reason
    return ""


def too_many(what: str, limit: int) -> str:
    return f"label config is too large: more than {limit:,} {what} - split the project"


def long_names(attribute: str, count: int) -> str:
    return view(f'<Text {attribute}="{"x" * count}"/>')


@pytest.mark.parametrize(
    ("make", "limit", "what"),
    [
        (lambda n: view("<A/>" * (n - 1)), sizing.MAX_TAGS, "tags"),
        (lambda n: "<A>" * n + "</A>" * n, sizing.MAX_DEPTH, "tags within each other"),
        (
            lambda n: "<A {}/>".format(" ".join(f"a{i}='x'" for i in range(n))),
            sizing.MAX_ATTRIBUTES,
            "attributes of a tag",
        ),
        (lambda n: long_names("name", n), sizing.MAX_NAME, "characters of a name"),
        (lambda n: long_names("toName", n), sizing.MAX_NAME, "characters of a name"),
        (lambda n: long_names("whenTagName", n), sizing.MAX_NAME, "characters of a name"),
        (lambda n: view('<Choices toName="t"/>' * n), sizing.MAX_CONTROLS, "control tags"),
        (
            lambda n: view("<Relations/><Chat/>" * (n // 2) + "<Relations/>" * (n % 2)),
            sizing.MAX_CONTROLS,
            "control tags",
        ),
    ],
)
def test_limits(make, limit, what):
    assert refused(make(limit)) == ""
    assert refused(make(limit + 1)) == too_many(what, limit)


def test_characters():
    config = view("")
    assert refused(config + " " * (sizing.MAX_CHARACTERS - len(config))) == ""
    longer = config + " " * (sizing.MAX_CHARACTERS - len(config) + 1)
    assert refused(longer) == "label config is longer than 1000000 characters - split the project"


def test_other_attributes_may_be_long():
    assert refused(long_names("value", 5 * sizing.MAX_NAME)) == ""


def test_tags_one_after_the_other_are_not_within_each_other():
    assert refused(view("<A><B/></A>" * sizing.MAX_DEPTH)) == ""


LABELS = [
    # each label, and the characters that it counts: its path's, with three for each step
    ('<Label value="abcd"/>', 7),
    ('<Choice value="abcd" alias="xy"/>', 9),
    ('<Relation value="abcd"/>', 7),
    ('<Bucket name="abc"/>', 6),
    ('<Bucket name="abc" value="a"/>', 4),
    ("<Choice/>", 3),
    ('<Choice value="a"><Choice value="bc"/></Choice>', 4 + 9),
    ('<Choice value="a"><View><Choice value="bc"/></View></Choice>', 4 + 9),
    ('<Choice value="a"/><Choice value="bc"/>', 4 + 5),
    ('<Choice value="a"><Choice value="bc"/><Choice value="d"/></Choice><Choice value="e"/>', 4 + 9 + 8 + 4),
    ('<Text value="abcd"/>', 0),
]


@pytest.mark.parametrize(("inner", "characters"), LABELS)
def test_characters_of_labels(inner, characters, monkeypatch):
    what = "characters of labels and the labels above them"
    monkeypatch.setattr(sizing, "MAX_LABEL_CHARACTERS", characters)
    assert refused(view(inner)) == ""
    monkeypatch.setattr(sizing, "MAX_LABEL_CHARACTERS", characters - 1)
    assert refused(view(inner)) == (too_many(what, characters - 1) if characters else "")


@pytest.mark.parametrize("word", ["<!DOCTYPE x>", "<!doctype x>", '<!DOCTYPE x [<!ENTITY a "b">]>', "<!eNtItY"])
def test_document_types(word):
    assert (
        refused(f"{word}<View/>")
        == "label config holds a DOCTYPE or ENTITY - remove it, Label Studio does not need one"
    )
    assert refused(view("a DOCTYPE, an ENTITY")) == ""


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ("", "at line 1, column 1: it is empty"),
        ("<View>\n <Text>", "at line 2, column 8: it ends before"),
        ("<View>\n</Viel>", "at line 2, column 3: a closing tag is not"),
        ("<View/><View/>", "at line 1, column 8: something stands behind the outermost tag"),
        ("<View>\ud800</View>", "at line 1, column 7: a sign may not stand there"),
        ("<View>&nothing;</View>", "at line 1, column 7: it names an entity that XML does not know"),
    ],
)
def test_what_is_no_xml_is_told_with_its_place(config, place):
    assert refused(config).startswith(f"label config is not valid XML {place}")
    if config:
        with pytest.raises(ConfigError) as caught:
            check_size(config)
        assert caught.value.__context__ is None


def test_other_encodings_are_not_read():
    assert refused('<?xml version="1.0" encoding="latin-1"?><View><A name="ä"/></View>') == ""
    assert refused(view('<A name="äöü€"/>')) == ""
