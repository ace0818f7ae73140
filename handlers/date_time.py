"""Dates and times: `<DateTime>`, written in the tag's `format`."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any

from dateutil import parser
from pydantic import AfterValidator, StringConstraints
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, ObjectTag, Region
from backend.system.writing import JSON

PLACEHOLDER = r"\[[A-Z][A-Z0-9_]*_[0-9]+\]"
PATTERNS = {
    "%Y-%m-%dT%H:%M": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}",
    "%Y-%m-%d": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "%Y-%m": r"[0-9]{4}-[0-9]{2}",
    "%Y": r"[0-9]{4}",
    "%H:%M": r"[0-9]{2}:[0-9]{2}",
}
"""How a model writes each of ISO 8601's forms."""
SHOWN = {"%Y": "YYYY", "%m": "MM", "%d": "DD", "%H": "HH", "%M": "MM"}
ONLY_JAVASCRIPT = re.compile(r"%[LQqs]")
# Two moments that agree in nothing: what a date does not say itself, would differ.
FILLED = (datetime(2001, 1, 1, 0, 0), datetime(2004, 3, 3, 3, 3))
BOUND = re.compile(r"[0-9]{4}|current$|$")
LEAST_YEAR = 1000
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])")


class DateTimeHandler(Handler):
    """A date, a time, or both; or the placeholder that hides it, whose original is read."""

    tags = frozenset({"DateTime"})
    template = "date_time"
    role = Role(offers_labels=False, words=())

    @override
    def refusal(self, control: Control, obj: ObjectTag) -> str | None:
        """Refuse formats that JavaScript alone knows, and bounds that no date is within."""
        found = ONLY_JAVASCRIPT.search(control.attrs.get("format", ""))
        if found:
            return f"its format has {found[0]}"
        least, most = control.attrs.get("min", ""), control.attrs.get("max", "")
        wrong = [name for name, bound in (("min", least), ("max", most)) if not BOUND.match(bound)]
        if wrong and _iso(control) != "%H:%M":
            return f"its {wrong[0]} is no date"
        return "its min is after its max" if most[:1].isdigit() and least > most else None

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return an ISO 8601 date or time, or a placeholder."""
        pattern = rf"^({PATTERNS[_iso(control)]}|{PLACEHOLDER})$"
        text: Any = Annotated[str, StringConstraints(pattern=pattern), AfterValidator(lambda s: _checked(control, s))]
        return text

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `form`, and `wanted`: which date, by the config's own words or by the control's name."""
        form = _iso(control)
        for code, shown in SHOWN.items():
            form = form.replace(code, shown)
        return {"form": form, "wanted": control.question or control.spoken}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the moment in the tag's format."""
        if answer.startswith("["):
            moment = _read(document.restore(answer), _iso(control))
        else:
            own = document.restore_date(answer)
            moment = datetime.strptime(own, _iso(control)) if own is not None else None
        if moment is None or not _is_within(control, moment):
            document.drop("a value stands for it that is no date, or out of bounds, or can be read in two ways")
            return []
        return [Region("datetime", {"datetime": moment.strftime(_format(control))})]

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the moment by ISO 8601; or the placeholder that hides it."""
        given = results[-1]["value"].get("datetime") if results else None
        if not isinstance(given, str):
            document.refuse("it leaves out what is asked")
        form, iso = _format(control), _iso(control)
        read = {token: _read(value, iso) for token, value in document.hidden}
        hiding = {token for token, moment in read.items() if moment and moment.strftime(form) == given}
        if len(hiding) == 1:
            token = hiding.pop()
            if token.startswith("["):
                return token
            shown = _read(token, iso)
            return shown.strftime(iso) if shown else document.refuse("a date stands in its place that cannot be read")
        if hiding or not _is_read(given, form):
            document.refuse("several hidden values may stand for it" if hiding else "its date cannot be read")
        return datetime.strptime(given, form).strftime(iso)

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for a moment in the tag's format.

        What strftime writes, strptime need not read, such as `%-d` or `%e`: then the shape is all that can be asked.
        """
        moment, form = value.get("datetime"), _format(control)
        good = isinstance(moment, str) and moment and (not _can_be_read(form) or _is_read(moment, form))
        return "" if good else "is not in the tag's format"


def _iso(control: Control) -> str:
    """Return ISO 8601's form of what the tag asks for."""
    only = control.attrs.get("only", "date,time")
    if "date" in only:
        return "%Y-%m-%dT%H:%M" if "time" in only else "%Y-%m-%d"
    if "month" in only:
        return "%Y-%m"
    return "%Y" if "year" in only else "%H:%M"


def _format(control: Control) -> str:
    """Return the form in which Label Studio reads the value."""
    only = control.attrs.get("only")
    if only == "time":
        return "%H:%M"
    default = "%Y-%m-%dT%H:%M" if not only or "time" in only else "%Y-%m-%d"
    return control.attrs.get("format") or default


@lru_cache(maxsize=256)
def _can_be_read(form: str) -> bool:
    return "%-" not in form and _is_read(datetime(2001, 2, 3, 4, 5).strftime(form), form)


def _is_read(moment: str, form: str) -> bool:
    with suppress(ValueError):
        datetime.strptime(moment, form)
        return True
    return False


def _checked(control: Control, answer: str) -> str:
    if not answer.startswith("[") and not _is_within(control, datetime.strptime(answer, _iso(control))):
        raise ValueError("is out of bounds")
    return answer


def _is_within(control: Control, moment: datetime) -> bool:
    """Say whether a moment is one that Label Studio's editor takes, by the tag's `min` and `max`."""
    if _iso(control) == "%H:%M":
        return True
    shown = moment.strftime("%Y" if "year" in control.attrs.get("only", "") else "%Y-%m-%d")
    least, most = control.attrs.get("min") or shown, control.attrs.get("max") or shown
    return moment.year >= LEAST_YEAR and least[: len(shown)] <= shown and (shown <= most or most == "current")


class _Words(parser.parserinfo):
    """English and Russian months."""

    MONTHS = [  # noqa: RUF012 - as in the base class
        (*english, *russian)
        for english, russian in zip(
            parser.parserinfo.MONTHS,
            [
                *[("янв", "января", "январь"), ("фев", "февраля", "февраль"), ("мар", "марта", "март")],
                *[("апр", "апреля", "апрель"), ("мая", "май"), ("июн", "июня", "июнь"), ("июл", "июля", "июль")],
                *[("авг", "августа", "август"), ("сен", "сентября", "сентябрь"), ("окт", "октября", "октябрь")],
                *[("ноя", "ноября", "ноябрь"), ("дек", "декабря", "декабрь")],
            ],
            strict=True,
        )
    ]
    JUMP = [  # noqa: RUF012
        *parser.parserinfo.JUMP,
        "г",
        "г.",
        "года",
        "году",
        "в",
    ]


_READERS = [_Words(dayfirst=False), _Words(dayfirst=True)]


def _read(words: str, iso: str) -> datetime | None:
    """Return the moment that some words name, if they name all that is asked and can be read in one way alone."""
    found = set()
    # ISO 8601 reads in one way, whatever the order of day and month elsewhere.
    for reader in _READERS[:1] if ISO_DATE.match(words.strip()) else _READERS:
        for filled in FILLED:
            try:
                moment = parser.parser(reader).parse(words, default=filled, ignoretz=True)
            except (ValueError, OverflowError):  # it quotes the words
                return None
            found.add(moment.strftime(iso))
    return datetime.strptime(found.pop(), iso) if len(found) == 1 else None


HANDLER = DateTimeHandler()

TEXT = '<Text name="text" value="$text"/>'
CASES = (
    Case(
        name="a date in the tag's format",
        config=f'<View>{TEXT}<DateTime name="when" toName="text" only="date" format="%d.%m.%Y"/></View>',
        data="Alice came on 3 May 2024.",
        answer="2024-05-03",
        regions=[Region("datetime", {"datetime": "03.05.2024"})],
        invalid=["03.05.2024", "2024-02-30", "2024-13-01", "2024-05-03T10:30", "", None, 2024],
    ),
    Case(
        name="date and time, in Label Studio's own form",
        config=f'<View>{TEXT}<DateTime name="when" toName="text"/></View>',
        data="Alice came on 3 May 2024 at half past ten.",
        answer="2024-05-03T10:30",
        regions=[Region("datetime", {"datetime": "2024-05-03T10:30"})],
        invalid=["2024-05-03", "2024-05-03T25:30"],
    ),
    Case(
        name="a year, within bounds",
        config=f'<View>{TEXT}<DateTime name="y" toName="text" only="year" format="%Y" min="2000" max="2030"/></View>',
        data="Alice came in 2024.",
        answer="2024",
        regions=[Region("datetime", {"datetime": "2024"})],
        invalid=["1999", "2031", "24"],
    ),
    Case(
        name="a time",
        config=f'<View>{TEXT}<DateTime name="when" toName="text" only="time"/></View>',
        data="Alice came at nine.",
        answer="09:00",
        regions=[Region("datetime", {"datetime": "09:00"})],
        invalid=["9:00", "24:01"],
    ),
)
