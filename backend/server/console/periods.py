"""A period's report, as `labelguard audit report` makes it, for a page of the console."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from starlette.responses import HTMLResponse, Response

from backend.errors import BusyError, RecordError, RequestError
from backend.record.chain import now
from backend.record.claims import ClaimForm
from backend.record.keys import Signer
from backend.record.period import Period, PeriodReport, report_period
from backend.record.period_page import period_page, period_style_hash
from backend.record.signed_report import period_json, signed_json
from backend.record.sources import stored
from backend.record.verify import Trust
from backend.server.console.forms import Fields, choice_field, day_field, name_field
from backend.server.console.recorded import check_entry_count
from backend.server.console.rendering import HEADERS
from backend.store import Store

REPORT_FORMS = ("page", "json")
_TYPE = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AskedReport:
    """What a form asks for.

    Attributes:
        period: of which.
        claims: sentences that are put to it.
        is_json: whether it is to be signed JSON in place of a page.
    """

    period: Period
    claims: tuple[ClaimForm, ...]
    is_json: bool

    @classmethod
    def read(cls, fields: Fields) -> "AskedReport":
        """Read a form's `from`, `until`, `provider`, `entity` and `form`.

        Raises:
            RequestError: a field is missing, or not what it should be.
        """
        since, until = day_field(fields, "from"), day_field(fields, "until")
        provider, entity = name_field(fields, "provider"), name_field(fields, "entity")
        is_json = choice_field(fields, "form", REPORT_FORMS) == "json"
        if since is None or until is None or until < since or until == date.max:
            raise RequestError("from and until are no period - give its first day and its last")
        if entity and not _TYPE.fullmatch(entity):
            raise RequestError("entity is no entity type - write one such as PERSON")
        claims = tuple(ClaimForm(entity, provider, held) for held in ("text", "value")) if entity else ()
        period = Period.between(_midnight(since), _midnight(until + timedelta(days=1)))
        return cls(period, claims, is_json)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class PeriodReports:
    """Makes reports, one at a time.

    Args:
        store: of the record.
        key_file: the key that signs its heads; None for none.
        heads_every: entries from one head to the next.
    """

    def __init__(self, store: Store, key_file: Path | None, heads_every: int) -> None:
        self._store, self._key_file, self._heads_every = store, key_file, heads_every
        self._turn = threading.Lock()

    def answer(self, asked: AskedReport) -> Response:
        """Return a report as it was asked for.

        Raises:
            BusyError: another one is being made.
            RecordError: the record cannot be read, is too long, or there is no key to sign by.
        """
        signer = Signer.read(self._key_file) if self._key_file else None
        if asked.is_json and signer is None:
            raise RecordError("no key signs the record, so no report can be signed - set LABELGUARD_RECORD_KEY_FILE")
        found, made = self._report(asked, signer), now()
        if asked.is_json and signer:
            name = f"labelguard-{asked.period.since[:10]}.json"
            kind = {"content-type": "application/json", "content-disposition": f'attachment; filename="{name}"'}
            return Response(signed_json(period_json(found, made), signer), headers={**HEADERS, **kind})
        return HTMLResponse(period_page(found, made), headers=dict(_page_headers()))

    def _report(self, asked: AskedReport, signer: Signer | None) -> PeriodReport:
        if not self._turn.acquire(blocking=False):
            raise BusyError("another report is being made")
        try:
            with stored(self._store) as source:
                check_entry_count(source, "labelguard audit report makes it")
                trust = Trust([signer.public] if signer else [], (), self._heads_every)
                return report_period(source, trust, asked.period, asked.claims)
        finally:
            self._turn.release()


def _page_headers() -> Mapping[str, str]:
    """Return the console's headers for a page that has its style in itself."""
    policy = HEADERS["content-security-policy"]
    return {**HEADERS, "content-security-policy": policy.replace("'self'", f"'sha256-{period_style_hash()}'", 1)}
