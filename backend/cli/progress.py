"""How far a command is with its tasks, on standard error: a bar on a terminal, else a line now and then."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 10.0
"""Seconds from one line to the next where no terminal shows a bar."""


class TaskProgress:
    """Says how far a command is, such as `57 of 200, 2 failed`. A context.

    Args:
        every: seconds from one line to the next where no terminal shows a bar.

    Attributes:
        console: where it is said, and what else the command says.
    """

    def __init__(self, every: float = LINE_EVERY_S) -> None:
        self.console = Console(stderr=True)
        self._every, self._last, self._said = every, time.monotonic(), ""
        columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
        self._bar = Progress(*columns, console=self.console, disable=not self.console.is_terminal)
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def update(self, done: int, total: int, failed: int) -> None:
        """Say how many tasks of how many are done with, and how many of these failed."""
        words = f"{done:,} of {total:,}" + (f", {failed:,} failed" if failed else "")
        self._bar.update(self._task, completed=done, total=total, description=words)
        now = time.monotonic()
        if not self.console.is_terminal and now - self._last >= self._every and words != self._said:
            self._last, self._said = now, words
            self.console.print(words, soft_wrap=True)

    def stop(self) -> None:
        """Leave the bar as it is."""
        self._bar.stop()
