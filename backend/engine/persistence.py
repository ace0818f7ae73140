"""Answers that were cut at `max_tokens`: asked for again, for each half of a text, or with more tokens.

What marks spans in a text has the shorter an answer the shorter the text is. All else is asked once more as it was.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from backend.engine.ask import AskResult
from backend.engine.prepare import Written
from backend.errors import BatchedError, CutAnswerError, ProviderRefusalError
from backend.model.attempts import CallContext
from backend.policy.types import Decision
from backend.prompting.calls import Call

LEVELS = 3
"""How often a text is halved: its smallest parts are an eighth of it."""
LONGER = 4
"""How many times `max_tokens` an answer may be long that cannot be had in parts."""


@dataclass(frozen=True, slots=True)
class Persistence:
    """Asks for a task's answers.

    Attributes:
        ask: asks providers for an answer.
        halve: returns a call in parts that have shorter answers; none if it has no such parts.
        decision: says which providers.
        call_context: what it is about.
    """

    ask: Callable[[Written, Decision, CallContext], Awaitable[AskResult]]
    halve: Callable[[Call], Sequence[Written]]
    decision: Decision = field(repr=False)
    call_context: CallContext

    async def all_answers(
        self, calls: Sequence[Written], levels: int = LEVELS
    ) -> AsyncIterator[tuple[Call, AskResult]]:
        """Yield the answers to calls in their order, as `answers` has them.

        One that waits in a batch does not keep those after it from being asked, so that all wait together.

        Raises:
            BatchedError: after the last, if there is none yet to one of them.
        """
        waits: BatchedError | None = None
        for written in calls:
            try:
                found = await self.answers(written, levels)
            except BatchedError as error:
                waits = error
                continue
            for one in found:
                yield one
        if waits:
            raise waits

    async def answers(self, written: Written, levels: int = LEVELS) -> list[tuple[Call, AskResult]]:
        """Return the answer to a call, or those to its parts, in their order; raises what `Asking.ask` does.

        The first part that cannot be had ends it, so that a model which never ends costs few attempts.

        Args:
            written: the call.
            levels: how often it may be halved.
        """
        call, cut = written[0], None
        try:
            return [(call, await self.ask(written, self.decision, self.call_context))]
        except CutAnswerError as error:
            cut = error
        parts = self.halve(call) if levels else ()
        found = [one async for one in self.all_answers(parts, levels - 1)]
        return found or [(call, await self._longer(written, cut))]

    async def _longer(self, written: Written, cut: CutAnswerError) -> AskResult:
        call_context = replace(self.call_context, longer=LONGER)
        providers = tuple(p for p in self.decision.providers if call_context.asks(p) != p)
        if not providers:
            raise cut
        problem = ""
        try:
            return await self.ask(written, replace(self.decision, providers=providers), call_context)
        except (CutAnswerError, ProviderRefusalError) as error:
            problem = error.reason
        cut.reason = f"{cut.reason}; asked for again: {problem}"
        cut.args = (cut.reason,)
        raise cut from None
