"""What a redacted task tells of itself, and what is asked of it before anything is sent."""

import pytest

from backend.errors import LastLookError
from backend.privacy.last_look import strings_in
from backend.privacy.redact import ClearedPrompt, Message, RedactedTask, RedactedText, RedactOptions, Redactor
from backend.privacy.replace.restore import Restorer
from backend.privacy.types import Detection, Operator


def detect(text):
    """Take a name for a person, and digits for a date."""
    found = []
    for word, kind in (("Ann Zimmermann", "PERSON"), ("Zimmermann", "PERSON"), ("1999", "DATE_TIME")):
        start = text.find(word)
        if start >= 0:
            found.append(Detection(start, start + len(word), kind, 0.5))
    return found


def redacted(**fields):
    return Redactor(detect).redact(fields)


def looked(request, *values):
    """Return where a request holds a withheld value; "" for nowhere."""
    task = Redactor(lambda text: []).redact(
        {"a": "x"}, RedactOptions(withheld={str(n): value for n, value in enumerate(values)})
    )
    try:
        task.clear([Message("user", "x")]).last_look(request)
    except LastLookError as error:
        return error.reason
    return ""


@pytest.mark.parametrize(
    ("request_", "where"),
    [
        ({"a": "Zimmermann"}, "a"),
        ({"xa": "Zimmermann"}, "xa"),
        ({"a": {"b": {"c": "Zimmermann"}}}, "a.b.c"),
        ({"a": {"b": {"c": {"d": "Zimmermann"}}}}, "a.b.c"),
        ({"a": ["x", {"b": "Zimmermann"}]}, "a[1].b"),
        ({"a": ("x", "y", "Zimmermann")}, "a[2]"),
        ({"Zimmermann": 1}, "the body"),
        ({"a": {"Zimmermann": 1}}, "a"),
        ({"a": {"b": {"Zimmermann": 1}}}, "a.b"),
    ],
)
def test_the_last_look_names_the_place(request_, where):
    assert f"stands in {where} of the request" in looked(request_, "Zimmermann")
    assert "Zimmermann" not in looked(request_, "Zimmermann")


@pytest.mark.parametrize("request_", [{}, {"a": "x", "b": [1, None, True, b"Zimmermann"]}, {"a": {"b": 5}}])
def test_and_passes_the_rest(request_):
    assert looked(request_, "Zimmermann") == ""
    assert looked({"a": "Zimmermann"}) == looked({"a": "Zimmermann"}, " ", "") == ""


def test_strings_stand_with_their_places():
    value = {"a": ["b", {"c": "d"}], "e": {"f": {"g": {"h": ["i"]}}}}
    assert list(strings_in(value, "")) == [
        ("the body", "a"),
        ("a[0]", "b"),
        ("a[1]", "c"),
        ("a[1].c", "d"),
        ("the body", "e"),
        ("e", "f"),
        ("e.f", "g"),
        ("e.f.g", "h"),
        ("e.f.g[0]", "i"),
    ]
    assert list(strings_in("x", "")) == [("the body", "x")]
    assert list(strings_in(b"x", "")) == list(strings_in(5, "")) == []


@pytest.mark.parametrize("seal", [None, object(), True])
def test_nobody_else_makes_one(seal):
    for make, name in (
        (lambda: RedactedText("a", "a", (), seal), "RedactedText"),
        (lambda: ClearedPrompt((), True, None, seal), "ClearedPrompt"),
        (lambda: RedactedTask({}, True, Restorer({}), frozenset(), seal), "RedactedTask"),
    ):
        with pytest.raises(TypeError, match=f"^{name} is made by backend.privacy.redact alone$"):
            make()


def test_a_prompt_is_what_was_cleared():
    task = redacted(a="Ann Zimmermann, 1999")
    messages = [Message("system", "s"), Message("user", task.fields["a"].text)]
    prompt = task.clear(messages)
    assert prompt.messages == tuple(messages)
    assert prompt.redacted is True
    assert task.clear(messages).guarded is prompt.guarded
    assert redacted(a="Ann Zimmermann").clear(messages).guarded is not prompt.guarded
    plain = Redactor(detect).pass_through({"a": "Ann Zimmermann"}, withheld={"b": "Baker", "c": " "})
    assert plain.redacted is False
    assert plain.fields["a"].text == plain.fields["a"].source == "Ann Zimmermann"
    assert plain.guarded == {"Baker"}
    assert plain.clear(messages).redacted is False
    assert plain.restore("[PERSON_1]") == "[PERSON_1]"
    assert not plain.has_placeholders
    assert plain.originals == {}


def test_what_a_task_tells_of_itself():
    task = redacted(a="Ann Zimmermann, 1999", b="Zimmermann")
    assert task.fields["a"].text == "[PERSON_1], [DATE_TIME_1]"
    assert task.entity_counts() == {"PERSON": 2, "DATE_TIME": 1}
    assert task.has_placeholders
    assert task.originals["[PERSON_1]"] == "Ann Zimmermann"
    assert task.placeholder("Person_1") == "[PERSON_1]"
    assert task.placeholder("nobody") is None
    assert {"Ann Zimmermann", "1999"} <= task.guarded
    other = task.fields["b"].text
    assert set(task.forms("[PERSON_1]")) == {"[PERSON_1]", other}
    assert set(task.forms(other)) == {"[PERSON_1]", other}
    assert task.forms("[DATE_TIME_1]") == ("[DATE_TIME_1]",)
    assert task.forms("[PERSON_9]") == task.forms("PERSON_1") == task.forms("x") == ()
    assert not redacted(a="nothing").has_placeholders
    assert redacted(a="nothing").redacted is True


def test_forms_are_told_where_another_operator_leaves_something_else(monkeypatch):
    monkeypatch.setenv("HASH_KEY", "0123456789abcdef")
    operators = {"DATE_TIME": Operator("hash", key_env="HASH_KEY")}
    task = Redactor(detect).redact({"a": "Ann Zimmermann, 1999"}, RedactOptions(operators=operators))
    assert task.fields["a"].text.startswith("[PERSON_1], <DATE_TIME:")
    assert "[PERSON_1]" in task.forms("[PERSON_1]")


def test_surrogates_are_the_same_ones_where_no_seed_is_given():
    def invented(**seed):
        task = Redactor(detect).redact(
            {"a": "Ann Zimmermann"}, RedactOptions(operators={"*": Operator("surrogate")}, **seed)
        )
        return task.fields["a"].text

    assert invented() == invented(seed="") != invented(seed="~x")


def test_surrogates_are_no_placeholders():
    task = Redactor(detect).redact(
        {"a": "Ann Zimmermann"}, RedactOptions(operators={"*": Operator("surrogate")}, seed="s")
    )
    assert not task.has_placeholders
    assert task.entity_counts() == {"PERSON": 1}
    shown = task.fields["a"].text
    assert shown in task.forms(shown)
    assert task.restore(shown) == "Ann Zimmermann"


@pytest.mark.parametrize(("threshold", "hides"), [(0.0, True), (0.5, True), (0.51, False)])
def test_a_score_at_the_threshold_counts(threshold, hides):
    task = Redactor(detect).redact({"a": "Ann Zimmermann"}, RedactOptions(threshold=threshold))
    assert task.has_placeholders is hides


def test_what_was_found_already_is_not_looked_for_again():
    asked = []

    def watched(text):
        asked.append(text)
        return detect(text)

    redactor = Redactor(watched)
    fields = {"a": "Ann Zimmermann", "b": "1999"}
    found = redactor.find(fields)
    assert set(found) == {"a", "b"}
    assert redactor.redact(fields, detected=found).fields["a"].text == "[PERSON_1]"
    assert len(asked) == 2
    assert redactor.redact(fields, detected={"a": [], "b": []}).fields["a"].text == "Ann Zimmermann"
    own = redactor.remembering()
    for _ in range(3):
        own.redact(fields)
    assert len(asked) == 4
    assert Redactor(detect, close=lambda: asked.append("closed")).remembering().close() is None
    assert asked[-1] == "closed"


@pytest.mark.parametrize(
    ("text", "is_literal"),
    [
        ("[PERSON_1]", True),
        ("[PERSON_999]", True),
        ("[PERSON_1000]", False),
        ("[PERSON_1BC]", True),
        ("[PERSON_1BCD]", False),
        ("[OTHER_1]", False),
        ("[OWN_KIND_1]", True),
    ],
)
def test_what_is_taken_for_a_placeholder_that_was_there(text, is_literal):
    redactor = Redactor(lambda text: [], ["OWN_KIND"])
    for one in (redactor, redactor.remembering()):
        assert bool(one.redact({"a": text}).fields["a"].placeholders) is is_literal


def test_borders_cut_a_value():
    redactor = Redactor(lambda text: [Detection(0, 14, "PERSON", 1.0)])
    whole = redactor.redact({"a": "Ann Zimmermann"})
    cut = redactor.redact({"a": "Ann Zimmermann"}, RedactOptions(borders={"a": [4]}))
    assert len(whole.fields["a"].placeholders) == 1
    assert len(cut.fields["a"].placeholders) == 2


def test_kinds_that_are_kept():
    for settings in ({"keep": frozenset({"PERSON"})}, {"operators": {"PERSON": Operator("keep")}}):
        task = Redactor(detect).redact({"a": "Ann Zimmermann, 1999"}, RedactOptions(**settings))
        assert task.fields["a"].text == "Ann Zimmermann, [DATE_TIME_1]"


def test_withheld_values_are_hidden_and_guarded():
    task = Redactor(lambda text: []).redact({"a": "for Baker"}, RedactOptions(withheld={"b": "Baker", "c": "  "}))
    assert "Baker" not in task.fields["a"].text
    assert task.guarded == {"Baker"}


def test_offsets_are_mapped_both_ways():
    text = redacted(a="x Ann Zimmermann, 1999 y").fields["a"]
    assert text.text == "x [PERSON_1], [DATE_TIME_1] y"
    for shown, own in (
        ((0, 1), (0, 1)),
        ((2, 12), (2, 16)),
        ((5, 7), (2, 16)),
        ((12, 14), (16, 18)),
        ((28, 29), (23, 24)),
    ):
        assert text.to_source(*shown) == own
    for own, shown in (
        ((0, 1), (0, 1)),
        ((3, 5), (2, 12)),
        ((2, 16), (2, 12)),
        ((16, 18), (12, 14)),
        ((23, 24), (28, 29)),
    ):
        assert text.to_redacted(*own) == shown
    assert text.to_source(0, 29) == (0, 24)
    assert text.to_source(2, 2) == (2, 2)
