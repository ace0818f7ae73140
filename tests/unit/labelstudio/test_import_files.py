"""Files as Label Studio imports them, by their ending."""

import pytest

from backend.errors import RequestError
from backend.labelstudio.import_files import first_field, read_entries

CONFIG = '<View><Header value="$title"/><Text name="t" value="$body"/><Text name="u" value="$more"/></View>'


def read(tmp_path, name, content, label_config=""):
    (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return read_entries(tmp_path / name, label_config)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "id,text\n007,One\n8,\n"),
        ("a.csv", "\ufeffid;text\r\n007;One\r\n\r\n8\r\n"),
        ("a.CSV", '"id","text"\n"007","One"\n"8",""\n'),
        ("a.tsv", "id\ttext\n007\tOne\n8\t\n"),
    ],
)
def test_rows_by_the_names_of_the_first(tmp_path, name, content):
    cells = [{"id": "007", "text": "One"}, {"id": "8", "text": ""}]
    assert read(tmp_path, name, content) == [{"data": row} for row in cells]


def test_a_quoted_cell_may_hold_anything(tmp_path):
    (entry,) = read(tmp_path, "a.csv", 'text,n\n"One; ""two"",\nthree",1\n')
    assert entry == {"data": {"text": 'One; "two",\nthree', "n": "1"}}


def test_a_long_cell(tmp_path):
    assert read(tmp_path, "a.csv", "text\n" + 500_000 * "a") == [{"data": {"text": 500_000 * "a"}}]


def test_lines_of_text_stand_under_the_first_key_of_the_config(tmp_path):
    assert read(tmp_path, "a.txt", "One\n \nTwo\r\n", CONFIG) == [{"data": {"body": "One"}}, {"data": {"body": "Two"}}]
    assert read(tmp_path, "a.txt", "One") == [{"data": {"text": "One"}}]


@pytest.mark.parametrize("config", ["", "<View>", "<View/>", '<View><Text name="t" value="words"/></View>'])
def test_a_config_that_names_no_key(config):
    assert first_field(config) == "text"


def test_json_lines(tmp_path):
    assert read(tmp_path, "a.jsonl", '{"text": "a"}\n\n{"data": {"text": "b"}}') == [
        {"text": "a"},
        {"data": {"text": "b"}},
    ]


def test_json_is_a_list_or_one_task(tmp_path):
    assert read(tmp_path, "a.json", '\ufeff[{"text": "a"}]') == read(tmp_path, "a", '{"text": "a"}') == [{"text": "a"}]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", '[{"text": "canary}]', "is no valid JSON (line 1)"),
        ("a.json", 200_000 * "[", "is nested too deeply"),
        ("a.jsonl", '{"text": "a"}\n{"text": "canary}\n', "is no valid JSON (line 2)"),
        ("a.csv", "text,text\ncanary,b\n", "each column needs a name of its own"),
        ("a.csv", "", "each column needs a name of its own"),
        ("a.csv", "text,\ncanary,b\n", "each column needs a name of its own"),
        ("a.csv", "text,n\na,1\ncanary,1,2\n", "line 3 has more cells than the first"),
        ("a.csv", 'text,n\n"canary,1\n', "a quote without an end"),
        ("a.txt", b"canary \xff", "is no text in UTF-8"),
    ],
)
def test_a_broken_file_is_told_without_what_stands_there(tmp_path, name, content, words):
    with pytest.raises(RequestError) as caught:
        read(tmp_path, name, content)
    assert words in caught.value.reason
    assert "canary" not in caught.value.reason
