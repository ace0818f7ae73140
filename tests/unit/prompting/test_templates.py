"""Templates: fields, errors that name them, the sandbox; and the messages they make."""

import pytest

from backend.errors import PromptError
from backend.labelstudio.config import build_plan
from backend.labelstudio.paths import lookup
from backend.policy.types import Decision
from backend.prompting.answer_form import Question
from backend.prompting.templates import Prompts, Template, Texts
from handlers import load_handlers

HANDLERS = load_handlers()
CONFIG = (
    '<View><Text name="text" value="$body"/><Header value="How does it sound?"/>'
    '<Choices name="mood" toName="text"><Choice value="Good" hint="praise"/><Choice value="Bad"/></Choices>'
    '<Labels name="ner" toName="text"><Label value="PER"/></Labels>'
    '<TextArea name="short_summary" toName="text"/></View>'
)
PLAN = build_plan(CONFIG, HANDLERS)


def own(source, name="own.txt"):
    return Decision(rule="r", providers=(), prompt=source, prompt_name=name)


def ask(plan):
    return Question(plan, plan.asked, {}, {})


def compose(decision, body, **fields):
    return Prompts().compose(ask(PLAN), HANDLERS, decision, Texts({"text": body}, fields))


def test_default_messages_ask_all_the_controls():
    system, user = compose(Decision(rule="r", providers=()), body="[PERSON_1] smiled.")
    for words in (
        '"mood": exactly one label',
        '"Good", "Bad"',
        "How does it sound?",
        '"Good": praise',
        '"ner"',
        '"PER"',
    ):
        assert words in system
    assert "a string: the short summary of the text" in system
    assert user == "<text>\n[PERSON_1] smiled.\n</text>"


def test_label_studio_names_and_any_field():
    _, user = compose(own("{title}: {text} -> {labels} {{}}"), body="B", title="T")
    assert user == "T: B -> Good, Bad, PER {}"


def test_fields_beside_those_of_objects():
    assert Prompts().fields(PLAN, own("{title} {text} {body}")) == ("title",)


def test_a_task_cannot_bring_template_code():
    _, user = compose(own("{text}"), body="{title} {{ 7*7 }}")
    assert user == "{title} {{ 7*7 }}"


@pytest.mark.parametrize(("name", "source"), [("a.txt", "{nope}"), ("a.jinja", "{{ nope }}")])
def test_missing_field_is_named(name, source):
    with pytest.raises(PromptError, match=r"a\.\w+ asks for \{nope\}, which is missing - there are: body"):
        compose(own(source, name), body="secret")


@pytest.mark.parametrize("source", ["{text.__class__}", "{text[0]}", "{text!r}", "{text:>10}", '{"a": 1}', "{", "{}"])
def test_txt_fields_are_plain_names(source):
    with pytest.raises(PromptError, match=r"a\.txt is no valid template"):
        Template("a.txt", source)


def test_jinja():
    _, user = compose(
        own("{% for label in labels.split(', ') %}<{{ label }}>{% endfor %}{{ text }}", "a.jinja"), body="B"
    )
    assert user == "<Good><Bad><PER>B"


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ text.__init__.__globals__ }}",
        "{% include '/etc/passwd' %}",
        "{{ text.nothing }}",
        "{{ 1/0 }}",
        "{{ [].append(1) }}",
    ],
)
def test_jinja_is_in_a_sandbox_and_its_errors_hold_no_text(source):
    with pytest.raises(PromptError) as caught:
        compose(own(source, "a.jinja"), body="canary-7731")
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_jinja_syntax_error_names_the_line():
    with pytest.raises(PromptError, match=r"a\.jinja is no valid template: line 2"):
        Template("a.jinja", "fine\n{% if %}")


def test_own_templates_replace_shipped_ones(tmp_path):
    (tmp_path / "user.txt").write_text("MY {text}")
    prompts = Prompts(tmp_path)
    assert prompts.compose(ask(PLAN), HANDLERS, Decision(rule="r", providers=()), Texts({"text": "B"}))[1] == "MY B"
    assert prompts.template("choices").name == "choices.txt"


def test_digest_follows_every_template(tmp_path):
    decision = Decision(rule="r", providers=())
    before = Prompts(tmp_path).digest(PLAN, HANDLERS, decision)
    assert before == Prompts().digest(PLAN, HANDLERS, decision)
    assert before != Prompts().digest(PLAN, HANDLERS, own("{text}"))
    (tmp_path / "choices.txt").write_text("{name} {labels}")
    assert Prompts(tmp_path).digest(PLAN, HANDLERS, decision) != before


def test_two_objects_are_told_apart():
    plan = build_plan(
        '<View><Text name="a" value="$x"/><Text name="b" value="$y"/>'
        '<TextArea name="s" toName="a"/><TextArea name="t" toName="b"/></View>',
        HANDLERS,
    )
    texts = Texts({"a": "X", "b": "Y"})
    system, user = Prompts().compose(ask(plan), HANDLERS, Decision(rule="r", providers=()), texts)
    assert '<text name="a">\nX\n</text>\n<text name="b">\nY\n</text>' in user
    assert 'the text "b"' in system


def test_a_condition_is_told_by_the_names_that_are_offered():
    when = '<View visibleWhen="choice-selected" whenTagName="mood" whenChoiceValue="g,Bad,Worse">'
    plan = build_plan(
        '<View><Text name="text" value="$x"/><Choices name="mood" toName="text"><Choice value="Good" alias="g"/>'
        f'<Choice value="Bad"/></Choices>{when}<TextArea name="why" toName="text"/></View></View>',
        HANDLERS,
    )
    assert 'Only if the answer of "mood" is "Good" or "Bad" or "Worse"; else null.' in Prompts().questions(
        ask(plan), HANDLERS
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("a", 1), ("b.c", "x"), ("d[1].e", "y"), ("f.g", "dotted"), ("no", None), ("d[7]", None), ("a.b", None)],
)
def test_lookup(field, value):
    assert lookup({"a": 1, "b": {"c": "x"}, "d": [0, {"e": "y"}], "f.g": "dotted"}, field) == value
