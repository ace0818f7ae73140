"""A period's report as one HTML page, to be read, printed and filed."""

from collections import Counter
from collections.abc import Sequence

from backend.record.period import PeriodReport, SentSum
from backend.system.html_page import page_style, render_page, style_hash

PACKAGE, NAME = "backend.record", "period"
SHOWN = 50
"""Entries that the page lists for a sentence; the JSON has more."""


def period_page(report: PeriodReport, made: str) -> str:
    """Write the page; all that comes from the record is escaped.

    Args:
        report: the report.
        made: when it was made, as the record writes times.
    """
    filters = {"count": "{:,}".format, "moment": _moment, "usd": "{:,.4f}".format}
    sums = [total for _, total in report.sent]
    return render_page(
        PACKAGE,
        NAME,
        filters,
        is_report=True,
        report=report,
        made=made,
        shown=SHOWN,
        attempts=sum(total.attempts for total in sums),
        leaving=sum(total.attempts for to, total in report.sent if to.external),
        types=sorted({kind for total in sums for kind in (*total.replaced, *total.kept, *total.beside)}),
        sums={name: _sum(sums, name) for name in ("replaced", "kept", "beside")},
    )


def period_style_hash() -> str:
    """Return what a Content-Security-Policy calls the page's style by, without `sha256-`."""
    return style_hash(page_style(PACKAGE, NAME, is_report=True))


def _sum(sums: Sequence[SentSum], name: str) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in sums:
        total.update(getattr(one, name))
    return total


def _moment(time: str) -> str:
    return time[: len("0001-01-01T00:00:00")].replace("T", " ")
