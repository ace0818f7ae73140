"""How `labelguard predict --batch` goes on until no batch is under way, and shows how far it is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from backend.cli.progress import TaskProgress
    from backend.engine.engine import Engine
    from backend.model.batch.api import BatchStatus
    from backend.model.batch.tables import BatchRow

UNDER_WAY = 75
"""Exit status of what is to be asked for again later, as sysexits.h has it."""


@dataclass(frozen=True, slots=True)
class BatchWay:
    """How batches are gone by.

    Attributes:
        waits: whether until they are over.
    """

    waits: bool


async def in_rounds(
    engine: "Engine", predict: Callable[[], Awaitable[None]], batch: BatchWay | None, progress: "TaskProgress"
) -> None:
    """Predict, again and again while batches bring answers.

    Args:
        engine: predicts.
        predict: predicts what has no prediction yet.
        batch: how batches are gone by; None if there are none.
        progress: where it is shown.

    Raises:
        typer.Exit: batches are under way, and are not waited for.
    """
    lines, told = engine.gateway.lines, progress.console
    if lines is None or batch is None:
        await predict()
        return
    bars: dict[str, tuple[str, object]] = {}

    def show(row: "BatchRow", status: "BatchStatus | None", problem: str) -> None:
        said = f"batch {row.number}: {status.status if status else problem}"
        if status is None and bars.get(row.number) != (said, None):
            bars[row.number] = said, None
            told.print(said, soft_wrap=True)
        elif status and bars.get(row.number) != (said, (status.done, status.failed)):
            bars[row.number] = said, (status.done, status.failed)
            told.print(f"{said}, {status.done + status.failed} of {row.lines} done, {status.failed} failed")

    lines.sent.on_progress = show
    try:
        is_done = await lines.rounds(predict, waits=batch.waits)
    finally:
        for number in lines.under_way:
            told.print(f"batch {number} goes on by itself; labelguard batches --cancel {number} ends it")
        if lines.unused:
            said = "answers that came are of other tasks, or of texts or a policy that were changed: they are not used"
            told.print(f"{lines.unused} {said}")
    if not is_done:
        told.print("the same command goes on")
        raise typer.Exit(UNDER_WAY)
