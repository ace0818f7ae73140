"""A stand-in for a provider: speaks OpenAI's protocol on loopback and records every byte that it got.

python -m tests.standin --port 8000 --delay 0.2
"""

import argparse
import asyncio
import json
import re
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import httpx

PLACEHOLDER = re.compile(r"\[[A-Z][A-Z0-9_]*_\d+\]")
MOMENTS = ("2024-05-03T10:30", "2024-05-03", "2024-05", "2024", "10:30", "[DATE_TIME_1]")
OTHERS = (("Bad", -2.5), ("the", -4.0), ('"', -5.0), (" ", -6.0), ("ORG", -7.0))
"""What it says that it might have written in place of any token."""
Answer = Callable[[dict[str, Any], dict[str, Any]], object]


class StandIn:
    """A server on its own thread. How it behaves may be changed at any time.

    Attributes:
        delay: seconds before each answer.
        status: HTTP status; other than 200, the body quotes the prompt, as some providers' do.
        fault: "" or "hang", "cut" (the connection), "nonsense" (no JSON).
        moods: gives status and fault of the next request, in place of the two above; None for as they stand.
        answer: request and JSON Schema → the answer, as JSON or as raw text.
        token: characters of a token, by which an answer is cut at `max_tokens`; 0 for never.
        gate: each answer waits until it may pass; None lets all pass.
        abandoned: requests whose client went away while they waited at the gate.
        received: every byte.
        requests: the bodies of the chat completions.
    """

    def __init__(self, answer: Answer | None = None, delay: float = 0.0, port: int = 0) -> None:
        self.answer: Answer = answer or fitting_answer
        self.delay = delay
        self.status = 200
        self.fault = ""
        self.moods: Callable[[], tuple[int, str]] | None = None
        self.token = 0
        self.gate: threading.Semaphore | None = None
        self.abandoned = 0
        self.received = bytearray()
        self.requests: list[dict[str, Any]] = []
        self.port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stand-in", daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """The base URL of its API."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def forget(self) -> None:
        """Forget all requests, those included whose callers are gone and that it had no time yet to read."""
        for _ in range(2):  # what came before the first has been read by the answer to the second
            httpx.get(f"{self.address}/models", trust_env=False, timeout=None)
        self.requests.clear()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=256)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        if self._server:
            self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.received += head
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                self.received += body
                if not await self._respond(head.split(b" ", 2)[1].decode(), body, reader, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _respond(
        self, path: str, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if not path.endswith("/chat/completions"):
            return await write(writer, 200, {"status": "ok", "object": "list", "data": [{"id": "stand-in"}]})
        request = json.loads(body)
        self.requests.append(request)
        status, fault = self.moods() if self.moods else (self.status, self.fault)
        await asyncio.sleep(3600 if fault == "hang" else self.delay)
        while self.gate and not self.gate.acquire(blocking=False):
            await asyncio.sleep(0.002)
            if reader.at_eof():
                self.abandoned += 1
                return False
        if fault == "cut":
            writer.transport.abort()
            return False
        if fault == "nonsense":
            return await write(writer, 200, b"<html>bad gateway</html>")
        if status != 200:
            return await write(writer, status, {"error": {"message": f"refused: {body.decode()}", "type": "x"}})
        return await write(writer, 200, completion(request, self.answer(request, schema_of(request)), self.token))


async def write(writer: asyncio.StreamWriter, status: int, body: object) -> bool:
    """Answer a request; says that the connection stays."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
    writer.write(head.encode() + content)
    await writer.drain()
    return True


def schema_of(request: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema that a request wants its answer to fit."""
    if request.get("tools"):
        return dict(request["tools"][0]["function"]["parameters"])
    return dict((request.get("response_format") or {}).get("json_schema", {}).get("schema", {}))


def completion(request: dict[str, Any], answer: object, token: int = 0) -> dict[str, Any]:
    """Wrap an answer as OpenAI does; cut at `max_tokens` if the characters of a token are given."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    most = request.get("max_tokens", 0) * token or len(text)
    finish, text = "length" if len(text) > most else "stop", text[:most]
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if request.get("tools"):
        function = {"name": request["tools"][0]["function"]["name"], "arguments": text}
        message = {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function"}]}
        message["tool_calls"][0]["function"] = function
    choice: dict[str, Any] = {"index": 0, "finish_reason": finish, "message": message}
    if request.get("logprobs"):
        others = min(request.get("top_logprobs", 0), len(OTHERS))
        choice["logprobs"] = {
            "content": [
                _token(token, -0.1) | {"top_logprobs": [_token(other, number) for other, number in OTHERS[:others]]}
                for token in re.findall(r"\w+|\W", text)
            ]
        }
    return {
        "id": "stand-in",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": request["model"],
        "choices": [choice],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def _token(text: str, logprob: float) -> dict[str, Any]:
    return {"token": text, "logprob": logprob, "bytes": list(text.encode())}


def fitting_answer(request: dict[str, Any], schema: dict[str, Any]) -> object:
    """Answer anything that fits the schema, with the placeholders that stand in the last user message."""
    user = next(m["content"] for m in reversed(request["messages"]) if m["role"] == "user")
    return _fit(schema, schema.get("$defs", {}), list(dict.fromkeys(PLACEHOLDER.findall(user)))[:3])


def _fit(schema: dict[str, Any], defs: dict[str, Any], seen: list[str]) -> object:
    found: object = seen[0] if schema.get("title") == "Text" and seen else f"About {' and '.join(seen) or 'nothing'}."
    match schema:
        case {"$ref": str(place)}:
            found = _fit(defs[place.rsplit("/", 1)[-1]], defs, seen)
        case {"const": value} | {"enum": [value, *_]}:
            found = value
        case {"anyOf": [first, *_]}:
            found = _fit(first, defs, seen)
        case {"type": "object"}:
            found = {name: _fit(part, defs, seen) for name, part in schema.get("properties", {}).items()}
        case {"type": "array"}:
            found = _fit_list(schema, defs, seen)
        case {"type": "integer" | "number"}:
            found = schema.get("minimum", 1)
        case {"pattern": str(pattern)}:
            found = next(text for text in MOMENTS if re.search(pattern, text))
    return found


def _fit_list(schema: dict[str, Any], defs: dict[str, Any], seen: list[str]) -> list[object]:
    items, least = schema["items"], schema.get("minItems", 0)
    if "enum" in items or "const" in items:
        return [_fit(items, defs, seen)] * max(least, 1)
    several = [_fit(items, defs, [token]) for token in seen[: schema.get("maxItems")]]
    return several + [_fit(items, defs, seen)] * (least - len(several))


def main() -> None:
    """Serve until killed."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--delay", type=float, default=0.0)
    given = options.parse_args()
    with StandIn(delay=given.delay, port=given.port) as server:
        print(server.address, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
