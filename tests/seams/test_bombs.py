"""What an administrator's own files may hold by a slip: expressions, templates and YAML that would take for ever."""

import pytest
import yaml

from backend.errors import DetectionError, PolicyFileError, PromptError
from backend.privacy.detect import bounded
from backend.privacy.detect.names import NerEngine
from backend.privacy.detect.recognizers import load_recognizers
from backend.privacy.types import Scan
from backend.prompting.template_language import Template
from backend.system.expressions import ExpressionError, SlowError, compile_bounded, whole
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
    monkeypatch.setattr("backend.system.expressions._probes", lambda _: iter(()))
    monkeypatch.setattr("backend.system.expressions.SECONDS", 0.05)
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
    monkeypatch.setattr("backend.system.expressions._probes", lambda _: iter(()))
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


ENDLESS = [
    "{% for i in range(10**9) %}x{% endfor %}",
    "{% for i in range(1000000000) %}x{% endfor %}",
    "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    "{{ 'a' * 10**9 }}",
    "{{ 'a' * 1000000000 }}",
    "{{ text * 1000000000 }}",
    "{{ [1] * 1000000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '{:>1000000000}'.format(1) }}",
    "{{ 'a'.ljust(1000000000) }}",
    "{{ 'a'.center(1000000000) }}",
    "{{ 'a'|center(1000000000) }}",
    "{{ 'a'|indent(1000000000, true) }}",
    "{{ 'a'|format(1) }}",
    "{{ range(20000)|join('x' * 9999) }}",
    "{{ (text * 1)|replace('a', text) }}",
    "{% set a = 'aaaaaaaa' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "{% set a = 'aaaaaaaa' %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
    "{% set a = 9 %}" + "{% set a = a * a %}" * 40 + "{{ a }}",
    "{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a }}",
    "{% set a = 'a' %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40,
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{% set ns = namespace(a='a') %}{% for i in range(60) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
    "{{ 2 ** 999999999 }}",
    "{% call x() %}{% endcall %}",
    "{% filter upper %}x{% endfilter %}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "(" * 5 + "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{% for a in text %}" * 40 + "{% endfor %}" * 40,
]
ESCAPES = [
    "{{ ''.__class__.__mro__ }}",
    "{{ ''['__class__'] }}",
    "{{ ''['__cl' ~ 'ass__'] }}",
    "{{ text|attr('__class__') }}",
    "{{ [text]|map(attribute='__class__')|list }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum }}",
    "{{ lipsum() }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ namespace() }}",
    "{{ joiner() }}",
    "{{ dict(a=1) }}",
    "{{ documents.__init__ }}",
    "{{ documents.update({'a': 1}) }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% from 'os' import path %}",
    "{% extends '/etc/passwd' %}",
    "{{ ''.format_map(documents) }}",
    "{{ ('{0.__class__}').format(text) }}",
    "{{ loop.__init__ }}",
    "{{ documents.items.__func__ }}",
    "{{ text.encode }}{{ text.encode() }}",
]


@pytest.mark.parametrize("source", [*ENDLESS, *ESCAPES], ids=lambda source: source[:40])
def test_a_template_has_an_end_and_stays_within_its_values(source):
    with pytest.raises(PromptError, match=r"a\.jinja ") as caught:
        Template("a.jinja", source).render({"text": "canary " * 1000 + "a" * 100_000, "documents": {"d": "canary"}})
    assert "canary" not in caught.value.reason


def test_a_text_template_has_an_end(monkeypatch):
    monkeypatch.setattr("backend.prompting.template_language.LONGEST", 1000)
    assert Template("a.txt", "{text}" * 10).render({"text": "a" * 100}) == "a" * 1000
    with pytest.raises(PromptError, match="grows beyond 1000 characters"):
        Template("a.txt", "{text}" * 11).render({"text": "a" * 100})


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("{% for name, text in documents.items() %}{{ loop.index }}{{ name }}={{ text }};{% endfor %}", "1d=x;2e=y;"),
        ("{{ text|upper ~ '-' ~ text|length }}", "HELLO-5"),
        ("{% set a = text ~ '!' %}{% if a is string and text in ['hello', 'bye'] %}{{ a }}{% endif %}", "hello!"),
        ("{{ documents.values()|join(', ') }} {{ documents|length }}", "x, y 2"),
        ("{% for i in range(3) %}{{ i + 1 }}{{ ',' if not loop.last }}{% endfor %}", "1,2,3"),
        ("{{ text|replace('l', 'L')|indent(2, true) }} {{ text[1:3] }} {{ 7 // 2 * 3 % 5 }}", "  heLLo el 4"),
        ("{{ 'a,b'.split(',')|map('upper')|join('+') }} {{ none|default('z', true) }}", "A+B z"),
        (
            "{% with b = text.title() %}{{ b }}{% endwith %}{# nothing #}{{ documents|tojson }}",
            'Hello{"d": "x", "e": "y"}',
        ),
        ("{% for x in ['b', 'a']|sort if x != 'b' %}{{ x }}{% else %}none{% endfor %}", "a"),
    ],
)
def test_what_a_prompt_needs_is_there(source, written):
    assert Template("a.jinja", source).render({"text": "hello", "documents": {"d": "x", "e": "y"}}) == written
