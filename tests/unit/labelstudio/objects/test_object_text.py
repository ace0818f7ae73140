"""A task's data → each object's text, and what is refused."""

import pytest

from backend.errors import TaskError
from backend.labelstudio.objects.html import visible_text
from backend.labelstudio.objects.object_text import read_content
from backend.labelstudio.types import ObjectTag


def read(tag, value, **attrs):
    return read_content(ObjectTag(tag, "o", "$x", attrs), {"x": value})


@pytest.mark.parametrize(
    ("tag", "value", "attrs", "text"),
    [
        ("Text", "Hi", {}, "Hi"),
        ("Text", 7.0, {}, "7"),
        ("Text", ["a", 1], {}, "a,1"),
        ("Text", "SGkg8J+YgA==", {"encoding": "base64unicode"}, "Hi 😀"),
        ("HyperText", "<p>Hi <b>Ann</b></p><p>Bye</p>", {}, "Hi Ann\nBye\n"),
        ("HyperText", "a<br>b&amp;c<script>x</script><!-- y --><style>z</style>", {}, "a\nb&c"),
        ("HyperText", "<table><tr><td>1</td><td>2</td></tr></table>", {}, "1 2 \n"),
        ("HyperText", "a&#13;&#10;b&#13;c", {}, "a\nb\nc"),
        ("HyperText", "<html><head><title>x</title></head><body>a</body></html>", {"inline": "true"}, "a"),
        ("Paragraphs", [{"author": "Ann", "text": "Hi"}, {"text": "Bye", "audio": "x"}], {}, "Ann: Hi\nBye\n"),
        ("Paragraphs", [{"who": "Ann", "says": "Hi"}], {"namekey": "who", "textkey": "says"}, "Ann: Hi\n"),
        ("Chat", [{"role": "user", "content": "Hi"}], {}, "1. user: Hi\n"),
        ("List", [{"id": 1, "title": "A", "body": "b"}, {"id": "z", "html": "<i>c</i>"}], {}, "1. A: b\n2. c\n"),
        ("Table", {"Name": "Ann", "Age": 7}, {}, "Name: Ann\nAge: 7\n"),
        ("Table", [{"a": 1}, {"a": 2}], {}, "a: 1\n\na: 2\n\n"),
    ],
)
def test_what_a_reader_sees(tag, value, attrs, text):
    assert read(tag, value, **attrs).text == text


def test_what_stands_in_an_inline_texts_head_is_counted():
    html = "<html><head><title>Long</title></head><body>Ann</body></html>"
    assert read("HyperText", html).span(0, 3).start == 0
    assert read("HyperText", html, inline="true").span(0, 3).start == len("Long")


@pytest.mark.parametrize(
    ("html", "before"),
    [
        ("<p>x</p><noscript>no</noscript>Ann", "xno"),
        ("<p>x</p><noscript><iframe src=a></iframe></noscript>Ann", "x"),
        (
            "<p>x</p><noscript><img alt='' src=\"a?b&amp;c\" onload=x()></noscript>Ann",
            'x<img alt="" src="a?b&amp;c" />',
        ),
        ("<head><noscript><p>no</p></noscript></head>Ann", ""),
        ("<p>x</p><select><option>one</select><textarea>two</textarea>Ann", "xonetwo"),
        ("<p>x</p><script>no</script><template>no</template><!-- no -->Ann", "x"),
    ],
)
def test_what_is_not_seen_is_counted_as_the_editor_does(html, before):
    content = read("HyperText", html)
    start = content.text.index("Ann")
    assert content.originals[0] == before + "Ann"
    assert content.span(start, start + 3).start == len(before)
    assert "one" not in content.text
    assert "no" not in content.text


def test_turns_that_scroll_with_the_sound_are_sorted_by_their_start():
    starts = {"a": 2.5, "b": 0, "c": 1, "d": None, "e": 1, "f": "1"}
    turns = [{"text": name, "start": start, "end": 3 - (name == "e")} for name, start in starts.items()]
    assert read("Paragraphs", turns, contextscroll="true").originals == ("e", "c", "a", "b", "d", "f")
    assert read("Paragraphs", turns).originals == tuple(starts)


@pytest.mark.parametrize(
    ("tag", "value", "words"),
    [
        ("Text", {"a": 1}, "is a dict, no text"),
        ("Text", True, "is a bool, no text"),
        ("Text", None, "is null"),
        ("Text", " ", "is empty"),
        ("Text", "a\ud800", "half a surrogate pair"),
        ("HyperText", "<p></p>", "is empty"),
        ("Paragraphs", "canary", "no list of paragraphs"),
        ("Paragraphs", [{"author": "canary"}], "has a paragraph without 'text'"),
        ("Paragraphs", [], "is empty"),
        ("Chat", ["canary"], "has a message without 'content'"),
        ("List", [{"title": "canary"}], "has an item without an id"),
        ("List", [{"id": "canary"}, {"id": "canary"}], "has two items of one id"),
        ("List", [{"id": n} for n in range(1001)], "has 1001 items"),
        ("Table", "canary", "no list of rows"),
    ],
)
def test_what_is_refused_says_why_and_shows_no_text(tag, value, words):
    with pytest.raises(TaskError) as caught:
        read(tag, value)
    assert words in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_missing_field_and_bad_base64():
    with pytest.raises(TaskError, match="field 'x' is missing - the task has 1 other field"):
        read_content(ObjectTag("Text", "o", "$x"), {"y": 1})
    with pytest.raises(TaskError, match="no valid base64"):
        read("Text", "!", encoding="base64")


def test_a_text_with_variables_in_it():
    obj = ObjectTag("Text", "o", "Dear $name, $note.body")
    assert read_content(obj, {"name": "Ann", "note": {"body": "Hi"}}).text == "Dear Ann, Hi"


def test_deeply_nested_html_is_read():
    assert visible_text("<b>" * 5_000 + "x" + "</b>" * 5_000) == "x"


def test_no_repr_shows_the_text():
    assert "Ann" not in repr(read("Text", "Ann"))
