"""Label config → plan: what is served, what is not, and why."""

import pytest
from lxml.etree import tostring

from backend.errors import ConfigError
from backend.labelstudio.config import build_plan
from backend.labelstudio.xml.interface import parse_config
from handlers import load_handlers

HANDLERS = load_handlers()
TEXT = '<Text name="text" value="$text"/>'
CHOICES = '<Choices name="mood" toName="text"><Choice value="Good"/><Choice value="Bad"/></Choices>'


def plan(inner):
    return build_plan(f"<View>{inner}</View>", HANDLERS)


def test_all_kinds_in_one_config():
    found = plan(
        f'{TEXT}{CHOICES}<Labels name="ner" toName="text"><Label value="PER"/></Labels>'
        '<TextArea name="s" toName="text"/>'
    )
    assert [control.from_name for control in found.controls] == ["mood", "ner", "s"]
    assert {control.to_name for control in found.controls} == {"text"}
    assert found.tags == {"Text", "Choices", "Labels", "TextArea"}


def test_alias_hint_and_description():
    found = plan(
        f'{TEXT}<Choices name="c" toName="text"><Choice value="Good one" alias="g" hint="praise"/>'
        '<Choice value="Bad one" description="blame"/></Choices>'
    )
    assert [(label.name, label.result, label.hint) for label in found.controls[0].labels] == [
        ("Good one", "g", "praise"),
        ("Bad one", "Bad one", "blame"),
    ]


@pytest.mark.parametrize(
    "inner",
    [
        f'{TEXT}<Header value="What now?"/><TextArea name="s" toName="text"/>',
        f'{TEXT}<TextArea name="s" toName="text" placeholder="What now?"/>',
        f'{TEXT}<TextArea name="s" toName="text" hint="What now?"/>',
    ],
)
def test_question_of_a_control(inner):
    assert plan(inner).controls[0].question == "What now?"


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ('<Magic name="m" toName="text"/>', "no handler"),
        ('<Choices name="m" toName="nowhere"><Choice value="A"/></Choices>', "its toName names no object tag"),
        ('<TextArea name="m" toName="text" perRegion="true"/>', "asks about regions, and nothing marks any"),
        ('<TextArea name="m" toName="text" perItem="true"/>', "per item, of which an object of text has none"),
        ('<Rating name="m"/>', "it has no toName"),
        ('<Taxonomy name="m" toName="text" apiUrl="https://x.example"/>', "its labels come from apiUrl"),
        ('<ParagraphLabels name="m" toName="text"><Label value="A"/></ParagraphLabels>', "on Text"),
        ('<Ranker name="m" toName="text"/>', "on Text"),
        ('<Pairwise name="m" toName="text"/>', "its toName names 1 objects, not two"),
        ('<DateTime name="m" toName="text" format="%Q"/>', "its format has %Q"),
        ('<Choices name="m" toName="text"/>', "it has no Choice"),
        ('<Labels name="m" toName="text"/>', "it has no Label"),
        ('<Rating name="m" toName="text" maxRating="0"/>', "its maxRating is below 1"),
        ('<Number name="m" toName="text" min="2" max="1"/>', "its min is above its max"),
        ('<DateTime name="m" toName="text" min="2024-05-03" max="2023"/>', "its min is after its max"),
        ('<DateTime name="m" toName="text" min="soon"/>', "its min is no date"),
        (
            '<Rating name="m" toName="text" visibleWhen="choice-selected" whenTagName="nowhere"/>',
            "a choice shows it that gets no predictions",
        ),
        (
            '<List name="l" value="$a and $b"/><Rating name="m" toName="l"/>',
            "its List's value is more than one $field",
        ),
        (
            '<Text name="t" value="$t"/><Text name="t" value="$u"/><Rating name="m" toName="t"/>',
            "its toName names several objects",
        ),
    ],
)
def test_what_is_not_served_is_said_and_the_rest_is_served(tag, reason):
    found = plan(TEXT + CHOICES + tag)
    assert [control.from_name for control in found.controls] == ["mood"]
    assert [(unserved.name, unserved.reason) for unserved in found.unserved] == [("m", reason)]


def test_what_hangs_on_a_choice_that_is_not_served_is_not_served_either():
    shown = (
        '<Choices name="{}" toName="text" visibleWhen="choice-selected" whenTagName="{}"><Choice value="A"/></Choices>'
    )
    magic = '<Magic name="magic" toName="text"/>'
    found = plan(
        TEXT + CHOICES + shown.format("b", "a") + shown.format("a", "magic") + magic + shown.format("c", "mood")
    )
    assert [control.from_name for control in found.controls] == ["mood", "c"]
    assert [unserved.name for unserved in found.unserved] == ["magic", "a", "b"]


def test_controls_of_one_name_are_not_served():
    found = plan(TEXT + CHOICES + 2 * '<Rating name="m" toName="text"/>')
    assert [control.from_name for control in found.controls] == ["mood"]
    assert {unserved.reason for unserved in found.unserved} == {"another control has its name"}


def test_an_object_and_a_control_may_share_a_name():
    assert not plan('<Text name="a" value="$a"/><Rating name="a" toName="a"/>').unserved


@pytest.mark.parametrize(
    "obj",
    [
        '<Image name="h" value="$h"/>',
        '<Audio name="h" value="$h"/>',
        '<Text name="h" value="x"/>',
        '<Text name="h" value="US$ 5 or $5"/>',
        '<Markdown name="h" value="$h"/>',
        '<header name="h" value="$h"/>',
    ],
)
def test_other_objects_are_not_served(obj):
    found = plan(f'{TEXT}{CHOICES}{obj}<Choices name="m" toName="h"><Choice value="A"/></Choices>')
    assert [unserved.name for unserved in found.unserved] == ["m"]
    assert [obj.name for obj in found.objects] == ["text"]


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("<View>", "not valid XML at line 1"),
        ("", "not valid XML"),
        ("no xml", "not valid XML"),
        ("<View/>", "no object tag"),
        (f"<View>{TEXT}</View>", "add Choices, Labels or TextArea"),
        (f'<View>{TEXT}<Magic name="m" toName="text"/></View>', "Magic (no handler)"),
        (
            f'<View>{TEXT}<Rating name="r"/></View>',
            'Rating (it has no toName) - write which object it is about, such as toName="',
        ),
        (f'<View>{TEXT}<Rating name="r" toName="t"/></View>', "names no object tag) - write the name of an object tag"),
        (
            '<View><Text name="t" value="John went"/><Image name="i" value="$i"/><Rating name="q" toName="i"/>'
            '<Rating name="r" toName="t"/></View>',
            'Rating (on Image) - show text of the task in that object, such as value="$text"',
        ),
        ('<!DOCTYPE x [<!ENTITY a "b">]><View/>', "DOCTYPE"),
        ("<View>" + " " * 1_000_001 + "</View>", "longer"),
    ],
)
def test_a_config_that_cannot_be_served_says_why(config, words):
    with pytest.raises(ConfigError) as caught:
        build_plan(config, HANDLERS)
    assert words in str(caught.value)


def test_an_address_is_one_field():
    obj = '<Text name="u" value="$host/page" valueType="url"/>'
    found = plan(f'{TEXT}{CHOICES}{obj}<Choices name="m" toName="u"><Choice value="A"/></Choices>')
    assert [each.reason for each in found.unserved] == ["its object's address is not one field alone"]


def test_broken_xml_is_not_quoted():
    with pytest.raises(ConfigError) as caught:
        build_plan('<View><Text name="canary-7731"', HANDLERS)
    assert "canary" not in str(caught.value)


def test_digest_follows_the_config():
    assert plan(TEXT + CHOICES).digest == plan(TEXT + CHOICES).digest
    assert plan(TEXT + CHOICES).digest != plan(TEXT + CHOICES + " ").digest


@pytest.mark.parametrize("to_name", ["own", "text"])
def test_controls_of_a_text_with_a_to_name_are_left_out(to_name):
    """Label Studio takes it for a control, and refuses predictions on it; its text is context all the same."""
    own = f'<Text name="own" value="$own" toName="{to_name}"/><Rating name="r" toName="own"/>'
    found = plan(f"{TEXT}{CHOICES}{own}")
    assert [(unserved.name, unserved.reason[:23]) for unserved in found.unserved] == [("r", "its object has a toName")]
    assert [(obj.name, obj.is_labeled) for obj in found.objects] == [("text", True), ("own", False)]


def test_it_is_read_once_for_the_plan_and_the_check_and_stays_as_it_was_read():
    spans = '<Labels name="ner" toName="text"><Label value="PER" alias="p"/></Labels>'
    inner = f'{TEXT}<Header value="How is it?"/>{CHOICES}<!-- {CHOICES} -->{spans}'
    config = f"<view>{inner}</view>"
    interface = parse_config(config, HANDLERS)
    before = tostring(interface._tree)
    assert build_plan(config, HANDLERS, interface) == build_plan(config, HANDLERS)
    assert tostring(interface._tree) == before
