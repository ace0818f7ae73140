"""What a config asks in words of the task's: questions and labels with variables in them."""

from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import TaskError
from backend.labelstudio.config import build_plan
from backend.policy.types import Decision
from backend.privacy.redact import RedactOptions, Redactor
from backend.prompting.answer_form import any_schema, compose_answer
from backend.prompting.calls import plan_calls
from backend.prompting.task_texts import BoundTask, read_task
from backend.prompting.templates import Prompts
from tests.parts import HANDLERS, asked
from tests.unit.privacy.test_redact import detector

TEXT = '<Text name="text" value="$text"/>'
CHOICES = '<Choices name="c" toName="text"><Choice value="Yes"/><Choice value="No"/></Choices>'
DATA = {"text": "The rolls.", "q": "Is it about\n  rolls?", "title": "Late", "n": 3, "o": {"x": "deep"}, "empty": " "}
PROMPTS = Prompts()
WHOLE = "Is it about rolls?"


def plan(inner):
    return build_plan(f"<View>{inner}</View>", HANDLERS)


def messages(inner, data=DATA, **more):
    """Return what a model would be sent: the question of each control, and the user message."""
    found = asked(f"<View>{inner}</View>", data, **more)
    texts = [Prompts().compose(call.question, HANDLERS, Decision("", ()), call.texts) for call in found.calls]
    return "\n".join(system for system, _ in texts), "\n".join(user for _, user in texts)


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ('<Header value="$q"/>', WHOLE),
        ('<header value="$q"/>', WHOLE),
        ("<Header>$q</Header>", WHOLE),
        ('<Header value="Question:"/><Header value="$q"/>', f"Question: {WHOLE}"),
        ('<Header value="About $title ($n, $o.x): costs $5?"/>', "About Late (3, deep): costs $5?"),
        ('<Markdown value="$q"/>', WHOLE),
        ("<Markdown>\n## $q\n\n*now*\n</Markdown>", f"## {WHOLE} *now*"),
        ("<Markdown><![CDATA[# $q]]></Markdown>", f"# {WHOLE}"),
        ('<Text name="h" value="Fixed words"/>', "Fixed words"),
        ('<Text name="h" value="It costs $5"/>', "It costs $5"),
        ("<Text>$q</Text>", WHOLE),
        ('<HyperText name="h" value="&lt;h2&gt;Is it?&lt;/h2&gt;"/>', "Is it?"),
        ('<HyperText name="h" value="h"><h2>R&amp;D, <b>$title</b>?</h2><style>b {}</style></HyperText>', "R&D, Late?"),
        ('<View><Header value="Q:"/><Header value="$q"/></View>', f"Q: {WHOLE}"),
        ('<View style="a"><View><Markdown value="$q"/></View></View>', WHOLE),
        ('<Header value="$missing, is it $title?"/>', ", is it Late?"),
        ('<Header value="$вопрос"/>', "О чём?"),
    ],
)
def test_headers_are_asked_with_the_tasks_values(before, question):
    system, user = messages(TEXT + before + CHOICES, DATA | {"вопрос": "О чём?"})
    assert f'"Yes", "No". {question}\n' in system
    assert user == "<text>\nThe rolls.\n</text>"


@pytest.mark.parametrize("attribute", ["hint", "description", "placeholder"])
def test_hints_are_asked_with_the_tasks_values(attribute):
    system, _ = messages(f'{TEXT}<TextArea name="c" toName="text" {attribute}="$q"/>')
    assert WHOLE in system
    assert "$q" not in system


def test_a_panels_title_asks_what_stands_in_it():
    assert WHOLE in messages(f'{TEXT}<Collapse><Panel value="$q">{CHOICES}</Panel></Collapse>')[0]
    assert "Is it?" in messages(f'{TEXT}<Collapse><Panel value="Is it?">{CHOICES}</Panel></Collapse>')[0]


def test_a_label_may_have_a_hint_of_the_tasks():
    system, _ = messages(TEXT + CHOICES.replace('"Yes"', '"Yes" hint="if $title"'))
    assert '("Yes": if Late)' in system


def test_an_address_is_no_words():
    assert plan(f'{TEXT}<Text value="$u" valueType="url"/>{CHOICES}').controls[0].question == ""


def test_a_header_that_asks_nothing_is_context():
    system, user = messages(f'<Header value="Question:"/><Header value="$q"/>{TEXT}<Header value="Yours"/>{CHOICES}')
    assert '"No". Yours' in system
    assert user.split() == [
        "<text",
        'name="header">',
        *f"Question: {WHOLE}".split(),
        "</text>",
        "<text",
        'name="text">',
        "The",
        "rolls.",
        "</text>",
    ]
    _, user = messages(f'<Header value="$missing"/>{TEXT}<Header value="Yours"/>{CHOICES}')
    assert user == "<text>\nThe rolls.\n</text>"
    found = plan(f'<Header value="$q"/>{TEXT}<Header value="Yours"/>{CHOICES}')
    assert found.tags == {"Text", "Choices"}
    assert [obj.name for obj in found.objects] == ["text"]


@pytest.mark.parametrize("last", ['<Magic name="m" toName="text"/>', "<Relations/>"])
def test_a_header_of_what_is_put_to_no_model_is_context(last):
    labels = '<Labels name="c" toName="text"><Label value="PER"/></Labels>'
    _, user = messages(f'{TEXT}{labels}<Header value="$q"/>{last}')
    assert WHOLE in " ".join(user.split())


def test_what_is_withheld_is_not_asked():
    decision = Decision("", (), withhold=frozenset({"q", "o"}))
    for inner in (
        TEXT + '<Header value="$q"/>' + CHOICES,
        f'<Header value="$q"/>{TEXT}<Header value="Yours"/>{CHOICES}',
    ):
        reading = read_task(plan(inner), decision, (), DATA)
        assert not any("rolls?" in text for text in reading.texts().values())
        assert not reading.unasked
    reading = read_task(plan(TEXT + '<Header value="$title $o.x?"/>' + CHOICES), decision, (), DATA)
    assert reading.texts()["wording:c"] == "Late ?"


def test_a_missing_header_costs_what_it_asks_and_no_more():
    rating = '<Rating name="r" toName="text"/>'
    for name in ("missing", "empty"):
        inner = f'{TEXT}<Header value="${name}"/>{CHOICES}'
        with pytest.raises(TaskError, match=f"field '{name}' is missing or empty, and it says what is asked"):
            messages(inner)
        found = asked(f"<View>{inner}{rating}</View>", DATA)
        assert [control.from_name for call in found.calls for control in call.question.controls] == ["r"]
        found.results({"r": 3})
        assert found.drops == {"the field that asks for it is missing in the task, or empty": 1}
        for other in (
            f'<Header value="${name}"/>{TEXT}{CHOICES}',
            f'{TEXT}<Header value="${name} - good?"/>{CHOICES}',
            f'{TEXT}<Header value="Is it?"/>{CHOICES.replace("<Choices", f"""<Choices hint="${name}" """)}',
        ):
            assert '"Yes", "No"' in messages(other)[0]


def test_spans_are_marked_whatever_the_header_says():
    labels = '<Labels name="c" toName="text"><Label value="PER"/></Labels>'
    assert '"PER"' in messages(f'{TEXT}<Header value="$missing"/>{labels}')[0]


def test_what_asks_itself_needs_no_header():
    two = '<Text name="a" value="$text"/><Text name="b" value="$title"/><Header value="$missing"/>'
    assert '"left" for the text "a"' in messages(f'{two}<Pairwise name="p" toName="a,b"/>')[0]


def test_a_long_text_is_asked_in_pieces_beside_its_header():
    labels = '<Labels name="c" toName="text"><Label value="PER"/></Labels>'
    inner = f'<View><Header value="$title"/>{TEXT}<Header value="Who?"/>{labels}</View>'
    found = asked(inner, {"text": "Ann sat. " * 20, "title": "Late"}, size=60)
    assert len(found.calls) > 2
    assert {call.texts.documents["header"] for call in found.calls} == {"Late"}
    regions = found.results(*({"c": [{"label": "PER", "text": "Ann"}]} for _ in found.calls))
    assert len(regions) == 20


def choose(choices, answer, data=DATA, attributes="", **more):
    found = asked(f'<View>{TEXT}<Choices name="c" toName="text" {attributes}>{choices}</Choices></View>', data, **more)
    (result,) = found.results({"c": answer})
    return result["value"]["choices"]


def test_choices_are_what_the_editor_shows():
    assert choose('<Choice value="$title"/><Choice value="$o.x"/>', "deep") == ["deep"]
    assert choose('<Choice value="More than $n"/><Choice value="Less"/>', "More than 3") == ["More than 3"]
    assert choose('<Choice value="$title" alias="first"/><Choice value="$n"/>', "Late") == ["first"]
    assert choose('<Choice value="$q"/><Choice value="$n"/>', WHOLE) == [DATA["q"]]
    assert choose('<Choice value="$10-$20"/><Choice value="$5"/>', "$10-$20") == ["$10-$20"]
    nested = '<Choice value="$title"><Choice value="$n"/><Choice value="B" alias="b"/></Choice>'
    assert choose(nested, "Late > B", attributes='allowNested="true"') == [["Late", "b"]]
    assert choose(nested, "Late > 3", attributes='allowNested="true"') == [["Late", "3"]]


def test_a_choice_for_which_the_task_has_nothing_is_not_offered():
    two = '<Choice value="$missing"/><Choice value="$title"/><Choice value="Late"/><Choice value="$n"/>'
    system, _ = messages(f'{TEXT}<Choices name="c" toName="text">{two}</Choices>')
    assert 'for the text: "Late", "3".' in system  # the config's own Late, not twice
    with pytest.raises(TaskError, match="field 'missing' is missing or empty"):
        messages(f'{TEXT}<Choices name="c" toName="text"><Choice value="$missing"/></Choices>')


def test_labels_of_spans_are_offered_as_shown_and_stored_as_written():
    labels = '<Labels name="c" toName="text"><Label value="$title"/><Label value="$GME"/></Labels>'
    found = asked(f"<View>{TEXT}{labels}</View>", DATA)
    (result,) = found.results({"c": [{"label": "Late", "text": "rolls"}]})
    assert result["value"]["labels"] == ["$title"]
    assert '"$GME"' in messages(TEXT + labels)[0]


def test_values_are_hidden_in_questions_and_choices():
    detect = detector(PERSON="Ann Lee")
    data = {"text": "Ann Lee left.", "who": "Ann Lee", "other": "Ann Lee (staff)"}
    inner = f'{TEXT}<Header value="Does it name $who?"/><Choices name="c" toName="text"><Choice value="$who"/>' + (
        '<Choice value="$other"/><Choice value="Nobody"/></Choices>'
    )
    system, user = messages(inner, data, detect=detect)
    assert "Ann" not in system + user
    assert "Does it name [PERSON_1]?" in system
    assert '"[PERSON_1]", "[PERSON_1] (staff)", "Nobody"' in system
    found = asked(f"<View>{inner}</View>", data, detect=detect)
    (result,) = found.results({"c": "[PERSON_1] (staff)"})
    assert result["value"]["choices"] == ["Ann Lee (staff)"]


def test_two_choices_that_read_the_same_are_told_apart():
    choices = '<Choice value="$a"/><Choice value="$b"/>'
    data = {"text": "x", "a": "to  go", "b": "to go"}
    assert choose(choices, "to go (2)", data) == ["to go"]
    assert choose(choices, "to go", data) == ["to  go"]


def test_length_and_unicode_are_bounded():
    limits = Decision("", ()).limits
    inner = TEXT + '<Header value="$q $q $q"/>' + CHOICES
    with pytest.raises(TaskError, match="makes the task"):
        messages(inner, {"text": "x", "q": "y" * (limits.max_characters // 2)})
    with pytest.raises(TaskError, match="field 'q' has half a surrogate pair"):
        messages(inner, {"text": "x", "q": "y\ud800"})


def test_no_repr_shows_the_words():
    reading = read_task(plan(TEXT + '<Header value="$q"/>' + CHOICES), Decision("", ()), (), DATA)
    assert "rolls" not in repr(reading) + repr(reading.wordings)


def test_the_form_of_an_answer_is_the_same_for_any_task():
    one, other = (plan(TEXT + before + CHOICES) for before in ("", '<Header value="$q"/>'))
    assert any_schema(one, HANDLERS) == any_schema(other, HANDLERS)


WORDS = st.lists(
    st.sampled_from(["$q", "$w", "$w.x", '$w["x"]', "$l[0]", "$l", "$none", "$5", "$n", "Is", "?", ".", "]", "é", "-"]),
    max_size=4,
).map("".join)
TAGS = st.sampled_from(["Header", "markdown", "Text", "HyperText", "View", "Panel"])


@given(st.lists(st.tuples(TAGS, WORDS), max_size=4), WORDS, WORDS, WORDS)
def test_p04_whatever_a_config_shows_what_is_withheld_is_not_read(before, hint, choice, label):
    headers = "".join(f"<{tag} value={quoteattr(words)}/>" for tag, words in before)
    inner = (
        f'{headers}{TEXT}<Choices name="c" toName="text" hint={quoteattr(hint)}><Choice value={quoteattr(choice)}/>'
        f"<Choice value='B' hint={quoteattr(hint)}/></Choices>{headers}"
        f'<Labels name="l" toName="text"><Label value={quoteattr(label)}/><Label value="PER"/></Labels>{headers}'
    )
    data = {"text": "It rains.", "q": "Does it?", "w": {"x": "canary-7731"}, "l": ["a", 2], "n": None}
    decision = Decision("", (), withhold=frozenset({"w"}))
    found = plan(inner)
    reading = read_task(found, decision, (), data)
    task = Redactor(lambda text: []).redact(reading.texts(), RedactOptions(borders=reading.borders()))
    prepared = BoundTask.of(found, reading, task)
    for call in plan_calls(prepared, HANDLERS, 1_000):
        messages = PROMPTS.compose(call.question, HANDLERS, decision, call.texts)
        compose_answer(call.question, HANDLERS).model_json_schema()
        assert "canary" not in "".join(messages)
