"""A date or a number that is redacted is answered by its placeholder, and read from the original."""

from datetime import datetime

import pytest

from backend.privacy.types import Detection, Operator
from tests.parts import asked

TEXT = '<Text name="text" value="$text"/>'
WHEN = f'<View>{TEXT}<DateTime name="when" toName="text" only="date" format="%d.%m.%Y"/></View>'
AGE = f'<View>{TEXT}<Number name="age" toName="text" min="0" max="120"/></View>'


def answer(config, hidden):
    """Return the value that comes of an answer by the placeholder of some words, and what was left out."""
    text = f"Ann said {hidden}, then left."

    def detect(text):
        start = text.index(hidden)
        return [Detection(start, start + len(hidden), "DATE_TIME", 0.9)]

    task = asked(config, {"text": text}, detect)
    (control,) = task.prepared.plan.controls
    results = task.results({control.from_name: "[DATE_TIME_1]"})
    return [next(iter(result["value"].values())) for result in results], sum(task.drops.values())


@pytest.mark.parametrize(
    ("hidden", "value"),
    [
        ("3 May 2024", "03.05.2024"),
        ("May 3, 2024", "03.05.2024"),
        ("2024-05-03", "03.05.2024"),
        ("31/12/2024", "31.12.2024"),
        ("12/31/2024", "31.12.2024"),
        ("05/05/2024", "05.05.2024"),
        ("3 мая 2024 г.", "03.05.2024"),
        ("3 мая 2024 года", "03.05.2024"),
    ],
)
def test_a_date_is_read_from_the_original(hidden, value):
    assert answer(WHEN, hidden) == ([value], 0)


@pytest.mark.parametrize("hidden", ["03/04/2024", "May 2024", "Monday", "tomorrow", "last year", "2024", "10:30"])
def test_a_date_that_could_be_another_is_left_out_and_counted(hidden):
    assert answer(WHEN, hidden) == ([], 1)


@pytest.mark.parametrize(("hidden", "value"), [("45 years old", 45), ("aged 7", 7), ("7.5", 7.5), ("7,5", 7.5)])
def test_a_number_is_read_from_the_original(hidden, value):
    assert answer(AGE, hidden) == ([value], 0)


@pytest.mark.parametrize("hidden", ["between 7 and 9", "old", "121", "3 May 2024", "+1 212"])
def test_words_that_are_no_number_in_the_bounds_are_left_out_and_counted(hidden):
    assert answer(AGE, hidden) == ([], 1)


def answer_of_surrogate(config, hidden, kind, said):
    """Return the value that comes of an answer about a text in which a surrogate stands, and what was left out.

    Args:
        config: with one control.
        hidden: the words.
        kind: their entity type.
        said: makes the answer of what stands in their place.
    """
    text = f"Ann said {hidden}, then left."

    def detect(text):
        start = text.index(hidden)
        return [Detection(start, start + len(hidden), kind, 0.9)]

    task = asked(config, {"text": text}, detect, operators={"*": Operator("surrogate")})
    (control,) = task.prepared.plan.controls
    ((place,),) = [text.placeholders for text in task.prepared.task.fields.values()]
    assert place.operator == "surrogate"
    results = task.results({control.from_name: said(place.token)})
    return [next(iter(result["value"].values())) for result in results], sum(task.drops.values())


def iso(words):
    return datetime.strptime(words, "%d %B %Y").date().isoformat()


def test_a_date_for_which_another_stands_is_read_from_the_original():
    assert answer_of_surrogate(WHEN, "3 May 2024", "DATE_TIME", iso) == (["03.05.2024"], 0)


def test_a_date_that_is_reckoned_from_another_is_left_out_and_counted():
    assert answer_of_surrogate(WHEN, "3 May 2024", "DATE_TIME", lambda _: "1990-01-01") == ([], 1)


def test_a_number_for_which_another_stands_is_read_from_the_original():
    assert answer_of_surrogate(AGE, "45 years old", "AGE", lambda words: int(words.split()[0])) == ([45], 0)
    assert answer_of_surrogate(AGE, "45 years old", "AGE", lambda _: 7) == ([7], 0)
