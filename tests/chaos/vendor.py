"""A stand-in for a provider that fails in every way, one after the other as chance has it, and records every byte."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.chaos.tasks import right_answer
from tests.standin import StandIn, completion

OUTAGE_REQUESTS = 12
"""So many requests in a row fail in one way now and then: longer than who asks may try again."""
HUGE = b" " * 2**16
HUGE_PARTS = 1600
"""Of them an answer consists that is too long for anybody: 100 MiB."""


@dataclass(frozen=True, slots=True)
class Mood:
    """How a request is treated.

    Attributes:
        weight: how often, of all.
        status, headers: of the answer.
        fault: what else is wrong with it, by which `Vendor` knows what to do; "" for nothing.
        delay: seconds before it.
        is_outage: whether it may come many times in a row.
    """

    weight: float
    status: int = 200
    headers: str = ""
    fault: str = ""
    delay: float = 0.0
    is_outage: bool = False


WELL = Mood(0, delay=0.1)
MOODS = {
    "well": Mood(40, delay=0.1),
    "slow": Mood(6, delay=2.0),
    "hangs": Mood(2, fault="hang"),
    "429": Mood(5, 429, is_outage=True),
    "429 for a second": Mood(5, 429, "retry-after: 1", is_outage=True),
    "429 for 70 s": Mood(0.3, 429, "retry-after: 70"),
    "500": Mood(4, 500, is_outage=True),
    "503": Mood(4, 503, is_outage=True),
    "503 for a second": Mood(3, 503, "retry-after: 1"),
    "529": Mood(3, 529),
    "400": Mood(2, 400),
    "401": Mood(1, 401),
    "cut before": Mood(3, fault="cut", is_outage=True),
    "cut amid": Mood(3, fault="amid"),
    "cut after": Mood(3, fault="after"),
    "a page": Mood(2, fault="page"),
    "nothing": Mood(2, fault="nothing"),
    "huge": Mood(0.3, fault="huge"),
    "a redirect": Mood(2, 307, fault="redirect"),
    "half of the JSON": Mood(2, fault="half"),
    "a label that is none": Mood(3, fault="label"),
    "about nothing": Mood(3, fault="foreign"),
}


class Vendor(StandIn):
    """Answers right or fails, as chance has it.

    Args:
        seed: of chance.
        elsewhere: where a redirect leads.

    Attributes:
        is_well: whether it fails no more.
        moods_had: how often each came.
    """

    def __init__(self, seed: str, elsewhere: str) -> None:
        super().__init__()
        self.is_well = False
        self.moods_had: Counter[str] = Counter()
        self._elsewhere = elsewhere
        self._chance = random.Random(seed)
        self._outage: list[str] = []

    async def _respond(
        self, path: str, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        request = json.loads(body)
        self.requests.append(request)
        mood = WELL if self.is_well else MOODS[self._next()]
        if mood.fault == "hang":
            await reader.read()  # until who asked goes away
            return False
        await asyncio.sleep(mood.delay)
        if mood.fault == "huge":
            await _flood(writer)
        if mood.fault in ("cut", "huge"):
            writer.transport.abort()
            return False
        content = self._content(request, body, mood)
        whole = _head(mood, len(content), self._elsewhere) + content
        writer.write(whole[: len(whole) // 2] if mood.fault == "amid" else whole)
        await writer.drain()
        return mood.fault not in ("amid", "after")

    def _next(self) -> str:
        """Choose how the next request is treated."""
        if not self._outage:
            (name,) = self._chance.choices(list(MOODS), [mood.weight for mood in MOODS.values()])
            is_long = MOODS[name].is_outage and self._chance.random() < 0.1
            self._outage = [name] * (OUTAGE_REQUESTS if is_long else 1)
        name = self._outage.pop()
        self.moods_had[name] += 1
        return name

    def _content(self, request: dict[str, Any], body: bytes, mood: Mood) -> bytes:
        """Write the body of an answer."""
        if mood.status != 200:
            return json.dumps({"error": {"message": f"refused: {body.decode()}", "type": "x"}}).encode()
        answer = right_answer(request)
        match mood.fault:
            case "page":
                return b"<html>bad gateway</html>"
            case "nothing":
                return b""
            case "half":
                said = json.dumps(answer)
                return json.dumps(completion(request, said[: len(said) // 2])).encode()
            case "label":
                answer["mood"] = "Terrible"
            case "foreign":
                answer = {"verdict": 7, "spans": [{"id": "r99", "text": "nobody"}]}
        return json.dumps(completion(request, answer)).encode()


def _head(mood: Mood, length: int, elsewhere: str) -> bytes:
    """Write the head of an answer."""
    headers = [f"HTTP/1.1 {mood.status} X", f"content-length: {length}", "content-type: application/json"]
    headers += [f"location: {elsewhere}/chat/completions"] if mood.fault == "redirect" else []
    return "\r\n".join([*headers, *filter(None, [mood.headers]), "", ""]).encode()


async def _flood(writer: asyncio.StreamWriter) -> None:
    """Send an answer that is longer than anybody reads, for as long as somebody does."""
    writer.write(_head(WELL, HUGE_PARTS * len(HUGE), ""))
    for _ in range(HUGE_PARTS):
        writer.write(HUGE)
        await writer.drain()
