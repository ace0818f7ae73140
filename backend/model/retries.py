"""What ails a provider, and when an attempt that failed by it is made again: within the deadline, with jitter."""

import asyncio
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from backend.errors import (
    GatewayError,
    LabelguardError,
    ProviderBusyError,
    ProviderQuotaError,
    ProviderRefusalError,
    ProviderTimeoutError,
)
from backend.model.clients import Fault, WireAttempt

TRIES = 4
"""How often a provider is asked at most until it answers at all."""
SLOW_TRIES = 2
"""The same where it ran out of time: each such try may be charged, and takes long."""
FIRST_S = 0.5
"""Seconds until the second try, about; each further one waits twice as long."""
LONGEST_S = 60.0
"""A provider that asks to wait longer is given up at once."""

Kind = tuple[bool, bool]
_BUSY: Kind = (True, False)
_DOWN: Kind = (False, True)
_EITHER: Kind = (True, True)
_STATUSES: Mapping[int, Kind] = {
    429: _BUSY,
    529: _BUSY,
    **dict.fromkeys((408, 503, 504, 524), _EITHER),
    **dict.fromkeys((500, 502, 520, 521, 522, 523), _DOWN),  # from 520 on they are Cloudflare's
}
_FAULTS: Mapping[Fault, Kind] = {"cut": _DOWN, "unreachable": _DOWN, "unnamed": _DOWN, "slow": _EITHER}
_chance: random.Random = random.SystemRandom()
"""So that many do not come back at the same moment."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What ails a provider, by an attempt that failed through no fault of the request's. It may pass by itself.

    Attributes:
        reason: the failure's.
        is_overload: whether it may bear fewer calls at once.
        is_outage: whether it may be down; not if it says itself when to come back.
        is_slow: whether time ran out.
        retry_after: seconds for which it asks to be left alone; None if it does not.
    """

    reason: str
    is_overload: bool
    is_outage: bool
    is_slow: bool = False
    retry_after: float | None = None


def trouble(failure: LabelguardError | None, sending: WireAttempt | None) -> Trouble | None:
    """Return what ails a provider; None if nothing does, or what does not pass by itself.

    Args:
        failure: why the attempt failed, if it did.
        sending: the attempt; None if it did not come to one.
    """
    if sending is None or not isinstance(failure, GatewayError):
        return None
    kind = None if isinstance(failure, ProviderQuotaError | ProviderRefusalError) else _kind(failure, sending)
    if kind is None:
        return None
    asked = _asked(sending.retry_after)
    is_slow = isinstance(failure, ProviderTimeoutError)
    return Trouble(failure.reason, kind[0], kind[1] and asked is None, is_slow, asked)


def _kind(failure: GatewayError, sending: WireAttempt) -> Kind | None:
    """Say whether it is overload, or an outage, as far as it can be told; None if it is neither."""
    if sending.fault:
        return _FAULTS.get(sending.fault)
    if isinstance(failure, ProviderBusyError):
        return _BUSY
    if isinstance(failure, ProviderTimeoutError):
        return _EITHER
    was_cut = sending.is_sent and not sending.status
    return _DOWN if was_cut else _STATUSES.get(sending.status)


def pause(found: Trouble | None, tries: int, deadline: float | None, reserve_s: float = 0.0) -> float | None:
    """Return the seconds to wait before a failed attempt is made again; None if it is not.

    Args:
        found: what ails the provider.
        tries: how many there were.
        deadline: by the event loop's clock, when nothing more is to begin; None for never.
        reserve_s: seconds that must be left before it once time ran out, so that another provider can be asked.
    """
    if found is None or tries >= (min(SLOW_TRIES, TRIES) if found.is_slow else TRIES):
        return None
    if (found.retry_after or 0.0) > LONGEST_S:
        return None
    seconds = backoff(tries) if found.retry_after is None else found.retry_after + FIRST_S * _chance.random()
    needed = seconds + (reserve_s if found.is_slow else 0.0)
    late = deadline is not None and asyncio.get_running_loop().time() + needed >= deadline
    return None if late else seconds


def backoff(times: int) -> float:
    """Return the seconds to wait after so many failures: twice as long after each, less a random part of a half."""
    return FIRST_S * 2.0 ** (times - 1) * (0.5 + _chance.random() / 2)


def _asked(header: str) -> float | None:
    """Read Retry-After: seconds, or a date; None if there is none that can be read."""
    try:
        seconds = float(header)
    except ValueError:
        seconds = _until(header)
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _until(date: str) -> float:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()
