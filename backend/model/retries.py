"""When what passes by itself is tried again: a busy or failing provider, a connection that was cut."""

import asyncio
import math
import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from backend.errors import GatewayError, LabelguardError, ProviderBusyError, ProviderQuotaError, ProviderRefusalError
from backend.model.clients import WireAttempt

TRIES = 4
"""How often a provider is asked at most until it answers at all."""
FIRST_S = 0.5
"""Seconds until the second try, about; each further one waits twice as long."""
LONGEST_S = 60.0
"""A provider that asks to wait longer is given up at once."""

_PASSING = frozenset({429, 500, 502, 503, 504, 529})
_chance: random.Random = random.SystemRandom()
"""So that many do not come back at the same moment."""


def pause(failure: LabelguardError, sending: WireAttempt | None, tries: int, deadline: float | None) -> float | None:
    """Return the seconds to wait before a failed attempt is made again; None if it is not.

    Args:
        failure: what it was.
        sending: the attempt; None if it did not come to one.
        tries: how many there were.
        deadline: by the event loop's clock, when nothing more is to begin; None for never.
    """
    passes = isinstance(failure, GatewayError) and not isinstance(failure, ProviderQuotaError | ProviderRefusalError)
    if sending is None or tries >= TRIES or not passes:
        return None
    is_busy = sending.status in _PASSING or isinstance(failure, ProviderBusyError)
    if sending.fault != "cut" and (sending.fault or not is_busy):
        return None
    asked = _asked(sending.retry_after)
    seconds = FIRST_S * 2 ** (tries - 1) * (0.5 + _chance.random() / 2) if asked is None else asked
    if seconds > LONGEST_S:
        return None
    late = deadline is not None and asyncio.get_running_loop().time() + seconds >= deadline
    return None if late else seconds


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
