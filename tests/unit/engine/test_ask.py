"""An answer is asked for once, and who waits for a call that ends for somebody else begins anew."""

import asyncio
from concurrent.futures import Future
from typing import Any

from backend.engine.ask import MANY, Asker
from backend.errors import DeadlineError
from backend.model.attempts import CallContext
from backend.model.gateway import Reply
from backend.model.kept_answers import KeptAnswers
from backend.policy.types import Decision
from backend.store import open_store
from backend.system.lines import TURN, Turn
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


def test_one_of_many_looks_for_its_answer_with_others_unless_somebody_waits_at_a_screen(tmp_path):
    waits: list[bool] = []

    class Watched(KeptAnswers):
        def find(self, name: str, patience_s: float = 0.0) -> "Future[bytes | None]":
            waits.append(patience_s > 0)
            return super().find(name, patience_s)

    async def scene() -> int:
        gateway = Ending()
        gateway.calls = 1
        asker = Asker(gateway, Watched(open_store(f"sqlite:///{tmp_path / 'state.db'}"), SECRET))  # type: ignore[arg-type]
        decision = Decision("r", (), answers_hours=1.0)
        asked = [asker.ask(cleared(), ANSWER, decision, CallContext(str(number))) for number in range(MANY + 4)]
        await asked.pop()
        opened = asked.pop()
        many = [asyncio.create_task(one) for one in asked]
        for _ in range(2):  # all ask, then all look
            await asyncio.sleep(0)
        TURN.set(Turn("1", is_urgent=True))
        await opened
        await asyncio.gather(*many)
        await asker.aclose()
        return gateway.calls - 1

    assert asyncio.run(scene()) == MANY + 4
    assert waits == [False, *[True] * (MANY + 2), False]
