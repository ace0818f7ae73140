"""How the commands say what a policy does."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from backend.engine.previews.preview import TaskPreview


def table(*columns: str) -> "Table":
    """Return a table without lines."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def counted(counts: "Mapping[str, int]") -> str:
    """Write counts by type."""
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())) or "nothing"


def told(verdict: "TaskPreview") -> str:
    """Say in a line what came of a task, without a word of it."""
    rule = f"rule {verdict.rule!r}" if verdict.rule else "no rule"
    if verdict.refusal:
        return f"{rule}; nothing is sent: {verdict.refusal.reason}"
    where = "leaves" if verdict.leaves else "stays"
    return f"{rule}; asks {', then '.join(verdict.providers)}; {where}; replaced: {counted(verdict.replaced)}"
