"""What makes others witnesses of the record: its end is signed now and then, and the heads are published.

One process of all that share a store does it at a time, on a thread that nobody waits for: who does not answer costs
no task anything, and is told in the log.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Engine

from backend.errors import InternalError, LabelguardError, SettingsError
from backend.record.keys import Signer
from backend.record.published import HeadsAddress, HeadsFile, HeadsReceiver, publish_heads
from backend.record.receivers import is_web_address
from backend.record.tables import PART, prepare, sign_end
from backend.record.timestamps import Stamp, TimestampRoots, stamp_last_head
from backend.settings import Settings, variable
from backend.store import alone, open_store, writing

log = logging.getLogger("labelguard.record")

CLOSE_S = 2.0
"""Seconds that what is under way may take once it is told to end; it is begun again at the next start."""


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What became of one round.

    Attributes:
        done: what was done, in words.
        problems: what could not be.
    """

    done: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Those who are to see the record's heads.

    Attributes:
        engine: the record's store.
        signer: signs its end.
        receivers: get the heads.
        stamping: has the last head stamped, if an authority is set; None if none is.
    """

    engine: Engine
    signer: Signer
    receivers: Sequence[HeadsReceiver] = ()
    stamping: Callable[[], Stamp | None] | None = None

    def show(self) -> Witnessed:
        """Sign the record's end and show the witnesses what they have not seen; each for itself.

        Another process that is at it does it alone.
        """
        with alone(self.engine, "record-witnesses") as is_ours:
            if not is_ours:
                return Witnessed(("another process is at it",))
            with writing(self.engine, PART) as connection:
                sign_end(connection, self.signer)
            done, problems = [], []
            for step in self._steps():
                try:
                    done.append(step())
                except LabelguardError as error:
                    problems.append(error.reason)
            return Witnessed(tuple(done), tuple(problems))

    def _steps(self) -> Iterator[Callable[[], str]]:
        for receiver in self.receivers:
            yield partial(self._publish, receiver)
        if self.stamping:
            yield partial(_stamp, self.stamping)

    def _publish(self, receiver: HeadsReceiver) -> str:
        return f"{receiver.name}: {publish_heads(self.engine, receiver):,} more"


def _stamp(stamping: Callable[[], Stamp | None]) -> str:
    stamp = stamping()
    if stamp is None:
        return "the last head has a time stamp"
    return f"{stamp.authority}: entry {stamp.seq:,} existed at {stamp.time:%Y-%m-%dT%H:%M:%SZ}"


def open_witnesses(settings: Settings) -> Witnesses | None:
    """Return the witnesses that the settings name; None if they name none.

    Raises:
        SettingsError: the record has no key, the authority no root certificate, or an address is none.
        RecordError: a key or certificate cannot be read, the extra `timestamps` is not there, or the record does not
            end as it was written.
        StoreError: the store cannot be used.
    """
    receivers: list[HeadsReceiver] = []
    if settings.record_heads_path:
        receivers.append(HeadsFile(settings.record_heads_path))
    if settings.record_heads_url:
        receivers.append(HeadsAddress(_web_address("record_heads_url", settings.record_heads_url.get_secret_value())))
    stamps_at = settings.record_timestamp_url
    if not receivers and stamps_at is None:
        return None
    if settings.record_key_file is None:
        remedy = "what is published must be signed: labelguard audit key makes one"
        raise SettingsError(variable("record_key_file"), "is missing", remedy)
    engine = open_store(settings.state_url.get_secret_value())
    stamping = None
    if stamps_at is not None:
        if settings.record_timestamp_root is None:
            remedy = "name the file of the authority's root certificate"
            raise SettingsError(variable("record_timestamp_root"), "is missing", remedy)
        url = _web_address("record_timestamp_url", stamps_at.get_secret_value())
        stamping = partial(stamp_last_head, engine, url, TimestampRoots.read(settings.record_timestamp_root))
    prepare(engine)
    return Witnesses(engine, Signer.read(settings.record_key_file), receivers, stamping)


def _web_address(field: str, url: str) -> str:
    if not is_web_address(url):
        raise SettingsError(variable(field), "is no address", "give one that begins with http:// or https://")
    return url


@contextmanager
def witnessing(settings: Settings) -> Iterator[None]:
    """Show the witnesses the record at once and every few minutes, while this lasts. Without any nothing is done.

    Raises:
        LabelguardError: as `open_witnesses` does.
    """
    witnesses = open_witnesses(settings)
    if witnesses is None:
        yield
        return
    showing = _Showing(witnesses.show, settings.record_witness_minutes * 60)
    thread = threading.Thread(target=showing.run, name="witnesses", daemon=True)
    thread.start()
    try:
        yield
    finally:
        showing.ending.set()
        thread.join(CLOSE_S)


class _Showing:
    """A thread's work.

    Args:
        show: a round.
        every_s: seconds from one to the next.
    """

    def __init__(self, show: Callable[[], Witnessed], every_s: float) -> None:
        self._show, self._every_s = show, every_s
        self._told: tuple[str, ...] = ()
        self.ending = threading.Event()

    def run(self) -> None:
        """Go on until it ends."""
        while not self.ending.is_set():
            try:
                problems = self._show().problems
            except Exception as error:  # whatever it is: the thread goes on
                problems = (error.reason if isinstance(error, LabelguardError) else InternalError(error).reason,)
            self._tell(problems)
            self.ending.wait(self._every_s)

    def _tell(self, problems: tuple[str, ...]) -> None:
        """Tell what is new."""
        for problem in problems:
            if problem not in self._told:
                log.warning("the record has a witness less: %s; it is tried again", problem)
        if self._told and not problems:
            log.info("all witnesses of the record have seen it again")
        self._told = problems
