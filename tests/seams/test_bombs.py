"""What an administrator's own files may hold by a slip: expressions, templates and YAML that would take for ever."""

import pytest
import yaml

from backend.detect import bounded
from backend.detect.names import NerEngine
from backend.detect.recognizers import load_recognizers
from backend.errors import DetectionError, PolicyFileError
from backend.expressions import ExpressionError, SlowError, compile_bounded, whole
from backend.types import Scan
from tests.parts import provider, write_policy

RUNAWAY = [r"(a|aa)+$", r"(?:a{1,5000}){1,5000}b", r"(?:(?:a{1,99}){1,99}){1,99}b", r"([a-z]|\w)+\d"]
LARGE = [r"((a{99}){99}){99}", r"(a{999}){999}", r"a{1000000}", r"(?:[a-z]{200}\d){999}"]


@pytest.mark.parametrize("pattern", RUNAWAY)
def test_an_expression_that_runs_away_is_not_taken(pattern):
    with pytest.raises(ExpressionError, match="takes too long on some texts"):
        compile_bounded(pattern)


@pytest.mark.parametrize("pattern", LARGE)
def test_an_expression_that_repeats_itself_without_measure_is_not_compiled(pattern):
    with pytest.raises(ExpressionError, match="repeats itself"):
        compile_bounded(pattern)


@pytest.mark.parametrize("pattern", ["(", "[", "a" * 20_001, "(?P<a>x)(?P<a>y", "*"])
def test_what_is_no_expression_is_told_as_one(pattern):
    with pytest.raises(ExpressionError, match=r"is no regular expression|is longer"):
        compile_bounded(pattern)


@pytest.mark.parametrize(
    ("pattern", "fits", "other"),
    [
        (r"(?i)[a-z]+[.-]?\d{3}", "ward-123", "ward-12"),
        (r"\d{3}-\d{2}-\d{4}|\d{9}", "123-45-6789", "123-45"),
        (r"(\w+\s?)*", "many words in a row", "!"),
        ("|".join(f"name{n}" for n in range(2000)), "name1999", "name2000"),
        (r"\(\{2\}[)\]{3}]", "({2}]", "({2}a"),
    ],
)
def test_what_is_in_use_is_taken(pattern, fits, other):
    test = whole(compile_bounded(pattern))
    assert test(fits)
    assert not test(other)


def test_a_text_that_no_probe_foresaw_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr("backend.expressions._probes", lambda _: iter(()))
    monkeypatch.setattr("backend.expressions.SECONDS", 0.05)
    with pytest.raises(SlowError):
        whole(compile_bounded(r"(\u03b1|\u03b1\u03b1)+$"))("\u03b1" * 60 + "!")


def test_a_policy_with_such_an_expression_is_refused_with_its_place(tmp_path):
    rules = [{"name": "r", "match": {"fields": {"kind": {"pattern": RUNAWAY[0]}}}, "providers": ["own"]}]
    with pytest.raises(PolicyFileError, match=r"rules\[0\]\.match\.fields\.kind\.pattern: takes too long"):
        write_policy(tmp_path, {"own": provider("http://127.0.0.1:9/v1")}, rules)


def recognizers(pattern: str, **more: object) -> Scan:
    patterns = [{"name": "badge", "regex": pattern, "score": 0.9}]
    conf = {"name": "Badges", "supported_entity": "BADGE", "supported_languages": ["en"], "patterns": patterns}
    return Scan("fast", recognizers="x", recognizers_text=yaml.safe_dump({"recognizers": [conf], **more}))


@pytest.mark.parametrize("pattern", [RUNAWAY[0], LARGE[0], "("])
def test_p03_a_recognizer_with_such_an_expression_is_not_loaded(pattern):
    with pytest.raises(DetectionError, match="badge"):
        load_recognizers(recognizers(pattern), NerEngine())


def test_p03_a_recognizers_pattern_that_takes_too_long_lets_nothing_pass(monkeypatch):
    monkeypatch.setattr("backend.expressions._probes", lambda _: iter(()))
    monkeypatch.setattr(bounded, "SECONDS", 0.05)
    provided = bounded._Bounded(compile_bounded(RUNAWAY[0]), "pattern 'badge' of recognizer Badges")
    with pytest.raises(DetectionError, match="takes too long on this text"):
        list(provided.finditer("a" * 60 + "!", timeout=60))


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text", [BOMB + "recognizers: *i\n", "recognizers: " + "[" * 100 + "]" * 100, "- a list", "a: &a [*a]"]
)
def test_a_file_of_recognizers_that_unfolds_without_measure_is_refused(text):
    with pytest.raises(DetectionError, match="file of recognizers"):
        bounded.read_recognizers(text)
