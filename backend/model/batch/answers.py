"""The results of a batch → what came of each of its lines, in the words that a call would have."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.budget.amounts import Use
from backend.errors import BatchError, BatchExpiredError, BatchResultError, GatewayError, NoCompletionError
from backend.model.answer.foreign import AnswerBody, read_object, tokens_of
from backend.model.attempts import failed
from backend.model.batch.api import BatchApi
from backend.model.batch.books import LineEnd
from backend.model.batch.results import LineResult, ResultFile
from backend.model.batch.tables import BatchRow, LineState
from backend.model.failures import failure, used

GONE = "gone"
"""The status of a batch that its provider knows no more."""
NOTHING = 0, 0
"""Tokens of what was certainly not done."""


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What came of a line.

    Attributes:
        content: the answer's JSON, ready to be read as a call's; empty if there is none.
        error: why there is none.
        body: what else is to be known of it.
        tokens: in and out; None where nobody knows.
    """

    content: bytes = field(default=b"", repr=False)
    error: GatewayError | None = None
    body: AnswerBody = field(default_factory=AnswerBody)
    tokens: tuple[int, int] | None = None


async def answers_of(
    results: ResultFile, lines: Mapping[str, tuple[LineState, Use]], row: BatchRow, api: BatchApi
) -> dict[str, LineAnswer]:
    """Return what came of each line of a batch.

    Args:
        results: its files.
        lines: all its lines.
        row: the batch, which is over.
        api: its provider's.
    """
    found: dict[str, LineAnswer] = {}
    for name, (_, use) in lines.items():
        result = results.found.get(name)
        if result is None:
            found[name] = _without(row, name in results.doubled)
        elif result.status:
            found[name] = await _of_call(result, use, api)
        else:
            found[name] = LineAnswer(error=_undone(row.provider, result.code), tokens=NOTHING)
    return found


def end_of(answer: LineAnswer) -> LineEnd:
    """Return what the books say of a line's end. Whether its answer fits is seen when its task is asked for."""
    if answer.error is None:
        return LineEnd("answered", "", answer.body.size, answer.tokens)
    return LineEnd(failed(answer.error), answer.error.code, 0, answer.tokens)


async def _of_call(result: LineResult, use: Use, api: BatchApi) -> LineAnswer:
    """Return what a call's status and body would have come to."""
    body = result.body
    if result.status < 400 and not body.form:
        usage = read_object(result.content).get("usage")
        tokens = tokens_of(usage, use.size, use.max_tokens) if body.counts_hold else None
        return LineAnswer(result.content, None, body, tokens if tokens and tokens[0] else None)
    sending = await api.as_if_sent(result.status, body)
    error = failure(api.provider, sending, NoCompletionError(use.provider, ""))
    return LineAnswer(error=error, body=body, tokens=used(sending))


def _without(row: BatchRow, is_doubled: bool) -> LineAnswer:
    """Return what is to be said of a line without a result that may be taken."""
    if is_doubled:
        reason = "a line's result stands twice, so that neither is taken - ask again"
        return LineAnswer(error=BatchResultError(row.provider, reason))
    if row.status in ("completed", GONE):
        return LineAnswer(error=BatchResultError(row.provider, "a line's result is missing - ask again"))
    code = {"expired": "batch_expired", "cancelled": "batch_cancelled"}.get(row.status, row.code or "unknown")
    return LineAnswer(error=_undone(row.provider, code), tokens=NOTHING)


def _undone(provider: str, code: str) -> BatchError:
    if code == "batch_expired":
        return BatchExpiredError(provider, "the batch ran out of time before the line was done - ask again")
    if code == "batch_cancelled":
        return BatchError(provider, "the batch was cancelled before the line was done - ask again")
    return BatchError(provider, f"did not do the line, or refused the batch ({code}) - ask again, or see its limits")
