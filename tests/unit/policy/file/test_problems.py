"""A bad policy file gets an error that names file, line and key, says what is wrong and what to do."""

import traceback
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import PolicyFileError
from backend.policy import Policy
from backend.policy.file.source import MAX_BYTES, read_source

GOOD = """\
version: 1
providers:
  cloud:
    kind: openai
    model: gpt-4o-mini
    external: true
    key: {env: OPENAI_API_KEY}
  ours:
    kind: litellm
    model: openai/qwen
    address: http://model:8080/v1
    external: false
rules:
  - name: outward
    match: {project: ["12"]}
    providers: [cloud, ours]
  - name: inward
    match: everything
    providers:
      - ours
    keep: [DATE_TIME]
    limits: {max_characters: 10}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "policy.yaml"


def failure(file: Path, content: str | bytes) -> PolicyFileError:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(PolicyFileError) as caught:
        Policy.load(file)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert caught.value.reason.startswith(f"{file}")
    return caught.value


def test_the_base_of_these_tests_is_good(file):
    file.write_text(GOOD)
    assert [rule.decision.rule for rule in Policy.load(file).rules] == ["outward", "inward"]


SAID = [
    # what is changed in GOOD, into what, and what is said: line, key, problem, how the remedy begins
    ("version: 1", "version: 2", "1: version: must be 1 - write version: 1"),
    ("version: 1\n", "", "1: version: is missing - write version: 1"),
    ("version: 1", "version: 1\nrulez: []", "2: rulez: unknown key - there are: "),
    ("    model: gpt", "    modle: x\n    model: gpt", "5: providers.cloud.modle: unknown key - did you mean mode?"),
    ("    external: true\n", "", "3: providers.cloud.external: is missing - write external: true if text that goes th"),
    ("external: true", "external: yes", "6: providers.cloud.external: must be true or false - write external: true if"),
    ("external: true", "external: 1", "6: providers.cloud.external: must be true or false - write external: true if t"),
    ("external: true", "external:", "6: providers.cloud.external: has no value - write one, or remove the line"),
    (
        "external: true",
        "external: true\n    external: false",
        "7: providers.cloud.external: stands twice, first in line 6 - remove one",
    ),
    (
        "kind: openai",
        "kind: opnai",
        "4: providers.cloud.kind: must be 'openai', 'litellm', 'embedded' or 'distilled' - openai for",
    ),
    (
        "external: true",
        "external: true\n    concurrency: 0",
        "7: providers.cloud.concurrency: must be greater than or equal to 1 - calls at o",
    ),
    (
        "external: true",
        'external: true\n    timeout_s: "5"',
        "7: providers.cloud.timeout_s: must be a number - seconds th",
    ),
    (
        "external: true",
        "external: true\n    attempts: 1.5",
        "7: providers.cloud.attempts: must be a whole number - how often",
    ),
    ("{env: OPENAI_API_KEY}", "OPENAI_API_KEY", "7: providers.cloud.key: must be a block of keys - write {env: NAME}"),
    ("    key: {env: OPENAI_API_KEY}\n", "", "3: providers.cloud.key: is missing - write key: {env: OPENAI_API_KEY}"),
    ("{env: OPENAI_API_KEY}", "{}", "7: providers.cloud.key: must name one place - write either {env: NAME} or {file:"),
    ("{env: OPENAI_API_KEY}", "{env: A, file: b}", "7: providers.cloud.key: must name one place - write either {env:"),
    ("{env: OPENAI_API_KEY}", "{evn: A}", "7: providers.cloud.key.evn: unknown key - did you mean env?"),
    ("{env: OPENAI_API_KEY}", "{env: 'a b'}", "7: providers.cloud.key.env: does not have the right form - write the n"),
    ("external: true", "external: false", "3: providers.cloud.address: is missing - write the address of your own ser"),
    ("openai/qwen", "qwen", "10: providers.ours.model: does not say what speaks there - begin it with litellm's name"),
    (
        "openai/qwen",
        "gemini/pro",
        "10: providers.ours.model: is a vendor's, whose calls may leave whatever the address - write exte",
    ),
    ("http://model:8080", "model:8080", "11: providers.ours.address: is no http or https URL - write it as http://HOS"),
    ("http://model:8080", "http://model:port", "11: providers.ours.address: is no http or https URL - write it as htt"),
    (
        "http://model:8080",
        "http://user@model",
        "11: providers.ours.address: has a user name, a query or a fragment - write it a",
    ),
    (
        "http://model:8080",
        "https://api.openai.com",
        "11: providers.ours.address: is a vendor's, outside your network - write exte",
    ),
    (
        "http://model:8080",
        "https://us.API.OpenAI.com.",
        "11: providers.ours.address: is a vendor's, outside your network - write exte",
    ),
    ("kind: litellm", "kind: embedded", "11: providers.ours.address: is not this machine - write 127.0.0.1, or use ki"),
    ("match: everything", "match: all", "18: rules[1].match: must be a block of keys - write match: everything, or co"),
    ("match: everything", "match: {}", "18: rules[1].match: says nothing - write match: everything, or conditions suc"),
    ("    match: everything\n", "", "17: rules[1].match: is missing - write match: everything, or conditions such as"),
    ("{project:", "{projekt:", "15: rules[0].match.projekt: unknown key - did you mean project?"),
    ('{project: ["12"]}', "{project: []}", '15: rules[0].match.project: is empty - write project ids, such as ["12'),
    ('{project: ["12"]}', '{project: [""]}', "15: rules[0].match.project[0]: is empty - write project ids, such a"),
    ('{project: ["12"]}', "{path: 1.5}", "15: rules[0].match.path[0]: must be text - write path prefixes of t"),
    ("[cloud, ours]", "[cloud, oours]", "16: rules[0].providers[1]: unknown provider - did you mean ours?"),
    ("[cloud, ours]", "[cloud, zzz]", "16: rules[0].providers[1]: unknown provider - there are: cloud, ours"),
    ("[cloud, ours]", "[cloud, cloud]", "16: rules[0].providers[1]: stands twice - name each provider once"),
    ("[cloud, ours]", "[]", "16: rules[0].providers: is empty - list the names of providers, in the order to be tried"),
    ("[cloud, ours]", "cloud", "16: rules[0].providers: must be a list, such as [a, b] - list the names of providers,"),
    (
        "[cloud, ours]",
        "[cloud]\n    redact: false",
        "17: rules[0].redact: cannot be false: provider cloud is external - remove the",
    ),
    ("name: inward", "name: outward", "17: rules[1].name: is another rule's name too - give each rule a name of its o"),
    ("[DATE_TIME]", "[date]", "21: rules[1].keep[0]: does not have the right form - entity types that are not replace"),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    threshold: 1.1",
        "22: rules[1].threshold: must be less than or equal to 1 - detections",
    ),
    ("{max_characters: 10}", "{max_chars: 10}", "22: rules[1].limits.max_chars: unknown key - did you mean max_charac"),
    (
        "{max_characters: 10}",
        "{max_characters: many}",
        "22: rules[1].limits.max_characters: must be a whole number - characters",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    prompt: gone.txt",
        "22: rules[1].prompt: the file gone.txt cannot be read (no such file or directory) - its path b",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    prompt: policy.yaml",
        "22: rules[1].prompt: is neither a .txt nor a .jinja file - rename it",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    detection: {profile: quick}",
        "22: rules[1].detection.profile: must be 'fast', 'default' or 'thorough' - fast for patter",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    detection: {langauges: [en]}",
        "22: rules[1].detection.langauges: unknown key - did you mean languages?",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    detection: {languages: [english]}",
        "22: rules[1].detection.languages[0]: does not have the right form - codes of the tex",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    detection: {languages: []}",
        "22: rules[1].detection.languages: is empty - codes of the texts' languages, such as [en",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    detection: {unknown_language: allow}",
        "22: rules[1].detection.unknown_language: must be 'refuse', 'patterns' or 'hide' - re",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    detection: {recognizers: gone.yaml}",
        "22: rules[1].detection.recognizers: the file gone.yaml cannot be read (no such file or direc",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    operators: {PERSON: surogate}",
        "22: rules[1].operators.PERSON.operator: must be 'placeholder', 'surrogate', 'mask', 'hash', 'ge",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    operators: {PERSON: {operator: mask, kye: {}}}",
        "22: rules[1].operators.PERSON.kye: unknown key - did you mean key?",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    operators: {person: mask}",
        "22: rules[1].operators.person: does not have the right form - an operator for each entity type, su",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    operators:\n      PERSON: mask\n      US_SSN: hash",
        "24: rules[1].operators.US_SSN: has no key: who knows the salt can try out values - write {op",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    operators: {US_SSN: {operator: hash, key: {}}}",
        "22: rules[1].operators.US_SSN.key: must name one place - write either {env: NAME} or {fil",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    operators: {US_SSN: {operator: mask, key: {env: A}}}",
        "22: rules[1].operators.US_SSN.key: means nothing for mask - remove it, or write operator:",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    operators: {DATE_TIME: generalize}",
        "22: rules[1].operators.DATE_TIME: cannot be generalize: the rule keeps DATE_TIME - remove it th",
    ),
    (
        "[DATE_TIME]",
        "[DATE_TIME]\n    answers: mark",
        "22: rules[1].answers: must be 'flag', 'drop' or 'keep' - flag, drop or keep what a model writes w",
    ),
    (
        "[cloud, ours]",
        '[cloud]\n    operators: {"*": keep}',
        "17: rules[0].operators.*: cannot be keep: provider cloud is external - write placeholder, and keep for each",
    ),
    (
        "external: false",
        "external: false\n    batch: true",
        "13: providers.ours.batch: means nothing for kind: litellm - remove it, or write kind: openai",
    ),
    (
        "    limits: {",
        "    batch: true\n    limits: {",
        "22: rules[1].batch: cannot be true: no provider of the rule has a Batch API - name a provider with kind: op",
    ),
    ("- ours", "- *ours", "20: rules[1].providers[0]: anchors and aliases (& and *) are not allowed - write it out, o"),
    ("- ours", "- !!str ours", "20: rules[1].providers[0]: YAML tags (!) are not allowed - remove it, or quote it"),
    ("- ours", "- ours\n  bad", "22: could not find expected ':' - check the indentation and the quotes there and abo"),
    ("- ours", "- 'ours", "23: found unexpected end of stream - check the indentation and the quotes there and above"),
    ("rules:", "---\nrules:", "13: a second document begins - a file holds one policy: remove the line ---"),
    (
        "  - name: outward",
        "  - ? [a]\n    : 1\n    name: outward",
        "14: rules[0]: has a key that is no plain word - write  key",
    ),
]


@pytest.mark.parametrize(("old", "new", "said"), SAID, ids=[new[:40] for _, new, _ in SAID])
def test_an_error_says_line_key_problem_and_remedy(file, old, new, said):
    assert old in GOOD
    error = failure(file, GOOD.replace(old, new))
    assert error.reason.startswith(f"{file}:{said}")
    assert error.others == ()


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (b"", None, "is empty"),
        (b"# nothing\n", None, "is empty"),
        (b"just words", 1, "must be a block of keys"),
        (b"- a\n- b", 1, "must be a block of keys"),
        (b"version: 1\nname: caf\xe9\n", 2, "is not UTF-8"),
        (b"version: 1\nname: a\x00b\n", 2, "has a control character"),
        (b"a: " + b"[" * 30 + b"]" * 30, 1, "is nested too deeply"),
        (b"[" * 900_000, 1, "is nested too deeply"),
        (b"#" * (MAX_BYTES + 1), None, "is larger than 1000000 bytes"),
    ],
)
def test_a_file_that_is_no_policy_at_all(file, content, line, problem):
    error = failure(file, content)
    assert error.line == line
    assert problem in error.problem


def test_a_folder_is_no_policy(tmp_path):
    with pytest.raises(PolicyFileError, match="is a directory"):
        Policy.load(tmp_path)


def test_a_prompt_that_is_not_utf8(file):
    (file.parent / "my.txt").write_bytes(b"\xff")
    error = failure(file, GOOD.replace("[DATE_TIME]", "[DATE_TIME]\n    prompt: my.txt"))
    assert (error.line, error.problem) == (22, "the file my.txt is not UTF-8")


@pytest.mark.parametrize("salt", ["{env: SALT}", "{file: salt.txt}"])
def test_a_salt_is_named_and_not_read(file, salt):
    operators = f"operators: {{US_SSN: {{operator: hash, key: {salt}}}}}"
    file.write_text(GOOD.replace("[DATE_TIME]", f"[DATE_TIME]\n    {operators}"))
    operator = Policy.load(file).rules[1].decision.operators["US_SSN"]
    place = (operator.key_env, operator.key_file)
    assert place == (("SALT", None) if "env" in salt else (None, str(file.parent / "salt.txt")))


def test_all_problems_are_found_at_once_in_the_files_order(file):
    error = failure(file, GOOD.replace("model: gpt", "modle: gpt").replace("redact", "x").replace("[DATE_TIME]", "[x]"))
    assert [(e.line, e.key) for e in (error, *error.others)] == [
        (3, "providers.cloud.model"),
        (5, "providers.cloud.modle"),
        (21, "rules[1].keep[0]"),
    ]
    assert error.others[0].remedy == "did you mean model?"


SECRET = "abcdefghij0123456789"
KEYS = [  # put together here, so that no scanner takes them for real ones
    "sk-" + SECRET,
    "sk-" + "proj-" + SECRET,
    "gsk" + "_" + SECRET,
    "hf" + "_" + SECRET,
    "AK" + "IA" + "ABCDEFGHIJKLMNOP",
    "AI" + "za" + SECRET * 2,
    SECRET * 2,
    "Bearer " + SECRET,
    "http://admin:" + SECRET + "@model:8080/v1",
    "ey" + "J" + SECRET + "." + SECRET + ".x",
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("place", ["    region: '{}'", "    key: {{env: '{}'}}", "    # {}", "    {}: 1"])
def test_what_looks_like_a_key_is_refused_and_not_shown(file, key, place):
    content = "version: 1\nproviders:\n  cloud:\n" + place.format(key) + "\n"
    error = failure(file, content)
    assert (error.line, error.problem) == (4, "holds what looks like a key")
    assert key not in "".join(traceback.format_exception(error))


def test_names_that_are_no_keys(file):
    file.write_text(GOOD.replace("gpt-4o-mini", "Qwen2.5-Coder-1.5B-Instruct-Q4_K_M-00001-of-00003.gguf"))
    assert Policy.load(file)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.1.2.3", "model", "llm.hospital.example"])
def test_addresses_of_ones_own(file, host):
    file.write_text(GOOD.replace("http://model:8080", f"http://{host}:8080"))
    assert Policy.load(file).providers[1].address == f"http://{host}:8080/v1"


def test_an_embedded_model_is_never_external(file):
    cloud = "kind: embedded\n    address: http://127.0.0.1:9091/v1"
    error = failure(file, GOOD.replace("kind: openai", cloud))
    assert (error.key, error.remedy) == ("providers.cloud.external", "write external: false")


def test_values_are_read_as_they_stand(file):
    file.write_text("a: no\nb: 012\nc: 2026-01-02\nd: 1e3\ne: 'true'\nf: [1, -2, 0.5, true]\n8: x\n")
    assert read_source(file).data == {
        "a": "no", "b": "012", "c": "2026-01-02", "d": "1e3", "e": "true", "f": [1, -2, 0.5, True], "8": "x",
    }  # fmt: skip


scalars = (
    st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))
)
blocks = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
)


@given(data=st.dictionaries(st.text("abcxyz", min_size=1), blocks, max_size=4))
def test_reading_gives_what_yaml_says_and_a_line_for_every_place(tmp_path_factory, data):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    source = read_source(file)
    assert source.data == data
    assert {(key,) for key in data} <= source.lines.keys()


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_a_policy_or_an_error_of_ours(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    with pytest.raises(PolicyFileError):
        Policy.load(file)
