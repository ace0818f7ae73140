"""The record as the console shows it: a page of attempts, and whether the chain is as it was written."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from urllib.parse import urlencode

from backend.errors import BusyError, RecordError, RequestError
from backend.model.sent_samples import SentSample, sampled_attempts, stored_samples
from backend.record.chain import stamp
from backend.record.entries import View
from backend.record.keys import Signer
from backend.record.sendings import Sending, Wanted, sendings_page
from backend.record.sources import RecordSource, stored
from backend.record.verify import Report, Trust, verify_record
from backend.record.views import ViewBook
from backend.server.console.forms import Fields, choice_field, day_field, name_field, number_field
from backend.store import Store

SHOWN = 50
"""Attempts on a page."""
OUTCOMES = ("answered", "failed", "refused", "unknown")
MOST_CHECKED = 200_000
"""Entries that are checked while somebody waits: a second or two."""
FILTERS = ("project", "rule", "provider", "outcome", "day")


@dataclass(frozen=True, slots=True)
class SendingRow:
    """An attempt as it is shown."""

    seq: int
    time: str
    project: str
    task: str
    rule: str
    provider: str
    model: str
    where: str
    replaced: str
    tokens: Sequence[int | None]
    cost: float | None
    outcome: str
    code: str
    is_sampled: bool


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A page of the record.

    Attributes:
        given: the filters, as they were given.
        rows: the attempts.
        oldest: the oldest entry that is shown, 0 if there is none.
        older: the query of the page that follows, "" if there is none.
        newest: the query of the first page.
        problem: why attempts cannot be shown, "" if they can.
    """

    given: Mapping[str, str]
    rows: Sequence[SendingRow]
    oldest: int
    older: str
    newest: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class CheckedRecord:
    """What a check found, and when it was made."""

    when: datetime
    report: Report
    has_key: bool


def show_record(store: Store, fields: Fields) -> RecordShown:
    """Return a page of the record.

    Args:
        store: of the record.
        fields: those of FILTERS, and `before`, the number of an entry.

    Raises:
        RequestError: a field is not what it should be.
        StoreError: the database cannot be asked.
    """
    given = {name: name_field(fields, name) for name in FILTERS}
    choice_field(fields, "outcome", OUTCOMES)
    day, before = day_field(fields, "day"), number_field(fields, "before")
    wanted = Wanted(
        given["project"] or None,
        given["provider"] or None,
        given["outcome"] or None,
        _midnight(day) if day else None,
        _midnight(day + timedelta(days=1)) if day and day < date.max else None,
        given["rule"] or None,
    )
    query = {name: value for name, value in given.items() if value}
    try:
        page = sendings_page(store, wanted, before, SHOWN)
        sampled = sampled_attempts(store, [one.attempt["seq"] for one in page.shown])
        rows = [_row(one, sampled) for one in page.shown]
    except RecordError as error:  # whoever looks then wants to have it checked
        return RecordShown(given, (), 0, "", urlencode(query), error.reason)
    older = "" if page.is_end else urlencode({**query, "before": str(page.oldest)})
    return RecordShown(given, rows, page.oldest, older, urlencode(query))


def _midnight(day: date) -> str:
    return stamp(datetime.combine(day, time(), UTC))


def _row(sending: Sending, sampled: Set[int]) -> SendingRow:
    said, end = sending.attempt, sending.outcome or {}
    try:
        return SendingRow(
            seq=said["seq"],
            time=said["time"][:19].replace("T", " "),
            project=said["project"],
            task=said["task"],
            rule=said["rule"],
            provider=said["provider"],
            model=said["model"],
            where=("leaves" if said["external"] else "stays") if sending.was_begun else "not sent",
            replaced=", ".join(_counts(said["entities"])),
            tokens=(end.get("tokens_in"), end.get("tokens_out")),
            cost=end.get("cost_usd"),
            outcome=sending.ended,
            code=sending.code,
            is_sampled=said["seq"] in sampled,
        )
    except (KeyError, TypeError, AttributeError):
        raise RecordError("an entry cannot be read - see labelguard audit verify") from None


class SampleViews:
    """Shows what was sent, and writes each view down first.

    Args:
        book: where views are written down.
        secret: under which samples are kept.
    """

    def __init__(self, book: ViewBook, secret: bytes) -> None:
        self._book, self._secret = book, secret

    def show(self, entry: int | None, who: str) -> SentSample:
        """Return what was sent.

        Args:
            entry: the attempt's number in the record.
            who: sees it.

        Raises:
            RequestError: nothing is kept of it, or it cannot be read.
            RecordError: the view cannot be recorded, so nothing is shown.
            StoreError: the database cannot be used.
        """
        found = stored_samples(self._book.engine, self._secret, attempt=entry) if entry else []
        if not found or found[0].request is None:
            problem = "is kept under another key" if found else "is not kept, or not any more"
            raise RequestError(f"what was sent {problem} - see keep_sent in the policy")
        self._book.note([View(attempt=found[0].attempt, who=who, by="console", keep_days=found[0].keep_days)])
        return found[0]


def rest_of(sample: SentSample) -> str:
    """Return what a request says besides its messages, as JSON."""
    request = sample.request or {}
    return json.dumps({name: value for name, value in request.items() if name != "messages"}, indent=1)


def day_of(time_s: int) -> str:
    """Return the day (UTC) of a Unix time."""
    return datetime.fromtimestamp(time_s, UTC).date().isoformat()


def _counts(entities: Mapping[str, int]) -> Iterator[str]:
    yield from (f"{count} {kind}" for kind, count in sorted(entities.items()))


def check_entry_count(source: RecordSource, remedy: str) -> None:
    """Pass a record that can be read while somebody waits.

    Args:
        source: the record.
        remedy: what can be done with one that is too long.

    Raises:
        RecordError: it is.
    """
    last = source.tip[0] if source.tip else 0
    first = max((seal.seq for seal in source.seals if seal.kind == "checkpoint"), default=0)
    if last - first > MOST_CHECKED:
        problem = f"the record has more than {MOST_CHECKED:,} entries, too many to be checked here"
        raise RecordError(f"{problem} - {remedy}")


class RecordChecks:
    """Checks the record when it is asked to, once at a time, and remembers what it found for as long as it lives.

    Args:
        store: of the record.
        key_file: of the key that signs heads, if there is one.
        heads_every: entries from one signed head to the next.
    """

    def __init__(self, store: Store, key_file: Path | None, heads_every: int) -> None:
        self._store, self._key_file, self._heads_every = store, key_file, heads_every
        self._turn = threading.Lock()
        self.last: CheckedRecord | None = None

    def check(self) -> None:
        """Check the whole record.

        Raises:
            BusyError: it is being checked.
            RecordError: it is too long for that, or there is none.
            StoreError: the database cannot be asked.
        """
        if not self._turn.acquire(blocking=False):
            raise BusyError("the record is being checked")
        try:
            keys = [Signer.read(self._key_file).public] if self._key_file else []
            with stored(self._store) as source:
                check_entry_count(source, "labelguard audit verify does it")
                report = verify_record(source, Trust(keys, (), self._heads_every))
            self.last = CheckedRecord(datetime.now(UTC), report, bool(keys))
        finally:
            self._turn.release()
