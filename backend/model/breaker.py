"""A circuit breaker: what fails again and again is left alone for a while, and then tried by one call."""

from typing import Literal

State = Literal["closed", "open", "half_open"]
FAILURES = 5
"""In a row, until it opens. Those of calls that were under way together count as one."""
OPEN_S = 10.0
"""Seconds until it is tried again; each further time twice as long."""
LONGEST_OPEN_S = 60.0


class Breaker:
    """Closed: all may call. Open: nobody may, for a while. Half open: one does, and how that ends closes or opens it.

    It has no clock: whoever asks says the time.

    Attributes:
        failures: how many there were in a row.
        until: when it may be tried, once it has opened.
    """

    def __init__(self) -> None:
        self.failures = 0
        self.until = 0.0
        self._openings = 0
        self._is_trying = False

    @property
    def state(self) -> State:
        """Open is also what may be tried by now, as long as nobody does."""
        return "half_open" if self._is_trying else "open" if self._openings else "closed"

    def try_(self) -> None:
        """Begin the call by which it is tried."""
        self._is_trying = True

    def give_up(self) -> None:
        """End that call without having learnt anything."""
        self._is_trying = False

    def failed(self, now: float) -> bool:
        """Count a failure; say whether it opened by it, or again."""
        self.failures += 1
        opens = self._is_trying or (self.failures >= FAILURES and not self._openings)
        if opens:
            self.until = now + min(OPEN_S * 2**self._openings, LONGEST_OPEN_S)
            self._openings += 1
            self._is_trying = False
        return opens

    def answered(self) -> bool:
        """Close; say whether it was open."""
        was_open = bool(self._openings)
        self.failures = self._openings = 0
        self._is_trying = False
        return was_open
