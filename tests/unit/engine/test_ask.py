"""An answer is asked for once, and who waits for a call that ends for somebody else begins anew."""

import asyncio
from typing import Any

from backend.engine.ask import Asker
from backend.errors import DeadlineError
from backend.model.attempts import CallContext
from backend.model.gateway import Reply
from backend.model.kept_answers import KeptAnswers
from backend.policy.types import Decision
from backend.store import open_store
from tests.parts import SECRET
from tests.seams.providers import ANSWER, ANSWERED, cleared


class Ending:
    """Stands where the gateway does: its first call ends at its caller's deadline, when it is told to."""

    def __init__(self) -> None:
        self.begun, self.ends, self.calls = asyncio.Event(), asyncio.Event(), 0

    async def ask(self, *_: object) -> Reply[Any]:
        self.calls += 1
        if self.calls > 1:
            answer = ANSWER.model_validate(ANSWERED)
            return Reply(answer, "own", answer.model_dump_json(by_alias=True), (), 1, 0, 0)
        self.begun.set()
        await self.ends.wait()
        raise DeadlineError


def test_who_comes_as_a_call_ends_for_somebody_else_begins_anew(tmp_path):
    """At that moment the call is over, and nobody was told yet: to wait for it again and again would hold the loop."""

    async def scene() -> tuple[object, int]:
        gateway = Ending()
        asker = Asker(gateway, KeptAnswers(open_store(f"sqlite:///{tmp_path / 'state.db'}"), SECRET))  # type: ignore[arg-type]
        decision, now = Decision("r", (), answers_hours=1.0), asyncio.get_running_loop().time()
        early = CallContext("1", deadline=now)
        first = asyncio.create_task(asker.ask(cleared(), ANSWER, decision, early, now))
        await gateway.begun.wait()
        gateway.ends.set()
        second = asyncio.create_task(asker.ask(cleared(), ANSWER, decision, CallContext("1")))
        outcomes = await asyncio.gather(first, second, return_exceptions=True)
        await asker.aclose()
        return [type(outcome).__name__ for outcome in outcomes], gateway.calls

    assert asyncio.run(scene()) == (["DeadlineError", "AskResult"], 2)
