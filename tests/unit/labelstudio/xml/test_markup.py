"""Label configs as people write and save them: what is read, and how it is told what cannot be."""

import pytest

from backend.errors import ConfigError
from backend.labelstudio.config import build_plan
from backend.labelstudio.xml.interface import parse_config
from backend.labelstudio.xml.markup import read_file, respelled, without_declaration
from handlers import load_handlers

HANDLERS = load_handlers()
INNER = '<Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="Good"/></Choices>'
SENTIMENT = f"<View>{INNER}</View>"


def names(config):
    return [(control.tag, control.from_name) for control in build_plan(config, HANDLERS).controls]


@pytest.mark.parametrize(
    "before",
    [
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="utf-8"?>\n',
        "<?xml version='1.1' encoding='UTF-16' standalone='yes' ?>",
        '\ufeff<?xml version="1.0" encoding="UTF-8"?>\r\n',
        '\n\n  <?xml version="1.0" encoding="iso-8859-1"?>',
        '<!-- exported -->\n<!-- twice --><?xml version="1.0"?>',
        "\ufeff",
        "<?editor tab='2'?>",
        "<!-- <!DOCTYPE html> -->",
    ],
)
def test_what_may_stand_before_a_config(before):
    assert names(before + SENTIMENT) == [("Choices", "mood")]
    assert parse_config(before + SENTIMENT).get_control("mood").labels == ["Good"]


def test_lines_are_counted_as_in_the_text_that_was_given():
    with pytest.raises(ConfigError, match="at line 3, column 7"):
        build_plan('<?xml version="1.0"?>\n<View>\n<A/></Viel>', HANDLERS)


def test_many_comments_before_nothing_cost_one_look():
    assert without_declaration("<!-- a -->" * 50_000 + "<View/>").endswith("<View/>")
    assert without_declaration("<!--" * 50_000).startswith("<!--")


@pytest.mark.parametrize(
    "inner",
    [
        "<?php echo 1 ?>",
        '<?x name="a" toName="text"?>',
        "<Style><![CDATA[.a > .b { color: red } <!DOCTYPE html>]]></Style>",
        "<!-- <Magic/> & more -->",
        '<Header value="R&#38;D &amp; more"/>',
    ],
)
def test_what_xml_allows_within_a_config(inner):
    config = f"<View>{inner}{INNER}</View>"
    assert names(config) == [("Choices", "mood")]
    assert list(parse_config(config)._controls) == ["mood"]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("", "line 1, column 1: it is empty"),
        ("   \n", "it is empty"),
        ("Choices for text", "it does not begin with a tag"),
        ("<View><Text", "a tag or a comment has no end"),
        ("<View><!-- a", "a tag or a comment has no end"),
        ("<View>\n<Text>\n</View>", "line 3, column 3: a closing tag is not that of the tag that is open"),
        (INNER, "something stands behind the outermost tag - put all within one View"),
        ("<View/>text", "put all within one View"),
        ('<View>\n <Header value="R&D"/></View>', "line 2, column 20: an ampersand stands alone"),
        ('<View><Header value="this & that"/></View>', "an ampersand stands alone"),
        ("<View>this & that</View>", "an ampersand stands alone"),
        ("<View>&nbsp;</View>", "line 1, column 7: it names an entity that XML does not know, such as nbsp"),
        ("<View>&#0;</View>", "a character by a number that none has"),
        ('<View a="1" a="2"/>', "an attribute twice"),
        ('<View><Label value="a<b"/></View>', "a less-than sign stands within a tag"),
        ("<View><Text name=“text”/></View>", "typographic quotes"),
        ("<View>\x01</View>", "a sign may not stand there"),
        ("<View><Text name=text/></View>", "a sign may not stand there"),
        ("<View><?xml version='1.0'?></View>", "an XML declaration stands behind the beginning"),
        ("<View><![CDATA[x</View>", "a CDATA section has no end"),
    ],
)
def test_what_is_no_xml_says_what_is_wrong_and_where(config, words):
    with pytest.raises(ConfigError) as caught:
        build_plan(config, HANDLERS)
    assert words in caught.value.reason
    assert not set(caught.value.reason) & set("<>&")  # Label Studio's dialog shows it as HTML


LOWER = (
    '<view><text NAME="text" Value="$text"/><header value="Which?"/><choices name="mood" toname="text">'
    '<choice value="Good" alias="g"/><CHOICE VALUE="Bad"/></choices>'
    '<labels name="ner" toName="text"><label value="PER"/></labels><relations><relation value="of"/></relations>'
    '<chat name="talk" value="$talk"/><filter name="f" toName="ner"/></view>'
)


def test_tags_and_attributes_in_any_case():
    plan = build_plan(LOWER, HANDLERS)
    assert [(control.tag, control.from_name, control.question) for control in plan.controls] == [
        ("Choices", "mood", "Which?"),
        ("Labels", "ner", ""),
        ("Chat", "talk", ""),
        ("Relations", "relations", ""),
    ]
    assert [[label.result for label in control.labels] for control in plan.controls] == [
        ["g", "Bad"],
        ["PER"],
        [],
        ["of"],
    ]
    assert {obj.tag for obj in plan.objects} == {"Text", "Chat"}
    assert not plan.unserved


def test_the_sdk_gets_the_spelling_that_it_knows():
    interface = parse_config(LOWER)
    assert {name: control.labels for name, control in interface._controls.items()} == {
        "mood": ["g", "Bad"],
        "ner": ["PER"],
        "talk": [],
    }


@pytest.mark.parametrize(
    ("code", "declared"),
    [
        ("utf-8", ""),
        ("utf-8", '<?xml version="1.0" encoding="UTF-16"?>'),  # as editors leave it that save as UTF-8
        ("utf-8-sig", '<?xml version="1.0"?>'),
        ("utf-16", '<?xml version="1.0" encoding="utf-16"?>'),
        ("latin-1", '\n<?xml version="1.0" encoding="iso-8859-1"?>'),
        ("cp1251", "<?xml version='1.0' encoding='windows-1251'?>"),
    ],
)
def test_files_are_read_in_the_encoding_that_they_have(tmp_path, code, declared):
    hint = "Это хорошо?" if code == "cp1251" else "Gefällt es?"
    file = tmp_path / "config.xml"
    file.write_bytes((declared + SENTIMENT.replace("<Choices ", f'<Choices hint="{hint}" ')).encode(code))
    assert build_plan(read_file(file), HANDLERS).controls[0].question == hint


@pytest.mark.parametrize("content", [b"\xff<View/>", b'<?xml version="1.0" encoding="hex"?>\xff', b"\xff\xfe<"])
def test_a_file_in_no_encoding_says_so(tmp_path, content):
    file = tmp_path / "config.xml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.xml is no text in UTF-8"):
        read_file(file)


def test_what_stands_in_a_hypertext_is_html():
    config = f'<View><HyperText name="page" value="$html"><table><label value="x"/></table></HyperText>{INNER}</View>'
    assert respelled(config) == config


def test_a_third_partys_tag_is_spelled_as_its_handler_says():
    assert respelled('<View><verdict toname="text"/></View>', ["Verdict"]) == '<View><Verdict toName="text"/></View>'


def test_a_config_in_the_documented_spelling_is_left_as_it_is():
    config = f"<View>\n  <!-- a -->\t{INNER}</View>"
    assert respelled(config, HANDLERS) is config


def test_of_an_attribute_in_two_spellings_the_last_counts_as_in_the_editor():
    assert respelled('<view><choices toname="page" toName="text"/></view>') == ('<View><choices toName="text"/></View>')
