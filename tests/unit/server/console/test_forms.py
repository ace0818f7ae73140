"""What a form says, within bounds."""

from datetime import date

import pytest

from backend.errors import RequestError
from backend.server.console.forms import day_field, name_field, number_field, read_form, text_field


def test_a_form_is_read_as_browsers_send_it():
    assert read_form(b"text=a%0D%0Ab+c&title=%D1%8F&text2=") == {"text": "a\r\nb c", "title": "я", "text2": ""}


@pytest.mark.parametrize("body", [b"\xff=1", b"text=%ff", b"&".join(b"a%d=1" % n for n in range(21))])
def test_what_is_no_form_is_refused(body):
    with pytest.raises(RequestError):
        read_form(body)


def test_lines_end_as_they_were_typed():
    assert text_field({"text": "a\r\nb\nc"}, "text") == "a\nb\nc"


@pytest.mark.parametrize("said", ["a\nb", "\x00", "\x7f", "\u202e", "x" * 201])
def test_a_name_is_one_line_that_can_be_printed(said):
    with pytest.raises(RequestError):
        name_field({"title": said}, "title")


def test_days_and_numbers():
    assert day_field({"day": "2026-11-30"}, "day") == date(2026, 11, 30)
    assert day_field({}, "day") is None
    assert number_field({"before": "17"}, "before") == 17
    for said in ("0", "-1", "1e3", "٣", "1" * 16):
        with pytest.raises(RequestError):
            number_field({"before": said}, "before")
    for said in ("20261130", "2026-W49-1", "2026-02-30"):
        with pytest.raises(RequestError):
            day_field({"day": said}, "day")
