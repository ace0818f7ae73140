"""Labelguard between two ends that speak OpenAI's protocol, as a benchmark of gateways wants it.

    client ──▶ front ──▶ POST /predict ──▶ back ──▶ upstream

The front makes a task of what the client says, and a stream of what was written into the TextArea. The back stands
where the policy's provider is: it hands on every byte that Labelguard sent, and gives the upstream's words as the
model's answer.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from backend.server import app as server
from tests.parts import build_engine, detector, predict_body, provider, serving, write_policy

CONFIG = """<View>
<Text name="text" value="$text"/>
<TextArea name="said" toName="text" maxSubmissions="1"/>
</View>"""
ASK = "Summarise the attached record."


def _chat(text: str) -> dict[str, Any]:
    return {"model": "upstream", "stream": True, "messages": [{"role": "user", "content": text}]}


@dataclass
class Adapter:
    """Both ends. One client asks at a time.

    Attributes:
        upstream: where the benchmark's model answers: its URL, complete.
        place: puts a text into a request in the place where the upstream looks for it.
        failed: how many tasks got no prediction.
        predict: gives a task to Labelguard; returns what was written, "" if nothing.
    """

    upstream: str = ""
    failed: int = 0
    predict: Callable[[str], str] = lambda text: ""
    place: Callable[[str], dict[str, Any]] = field(default=_chat)

    def app(self) -> Starlette:
        """Return both ends as one application."""
        ends = {"/v1/chat/completions": self.front, "/upstream/v1/chat/completions": self.back}
        return Starlette(routes=[Route(path, _in_thread(end), methods=["POST"]) for path, end in ends.items()])

    def front(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer the client."""
        asked = json.loads(body)
        text, self.place = _found(asked)
        written = self.predict(text)
        events = [json.dumps({"choices": [{"delta": {"content": written}}]}), "[DONE]"]
        stream = (f"data: {event}\n\n" for event in events)
        return StreamingResponse(stream, media_type="text/event-stream")

    def back(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """Answer Labelguard, in the words of the upstream."""
        text = json.loads(body)["messages"][-1]["content"].removeprefix("<text>\n").removesuffix("\n</text>")
        handed_on = {**self.place(text), "labelguard_sent": body.decode(), "labelguard_headers": dict(headers)}
        answer = httpx.post(self.upstream, json=handed_on, trust_env=False)
        said = "".join(_said(answer.text))
        message = {"role": "assistant", "content": json.dumps({"said": said})}
        return JSONResponse(
            {"id": "1", "object": "chat.completion", "created": 0, "model": "upstream"} | _choice(message)
        )


def _in_thread(end: Callable[[bytes, Mapping[str, str]], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await run_in_threadpool(end, await request.body(), request.headers)

    return answer


@contextmanager
def gateway(folder: Path, **rule: Any) -> Iterator[tuple[str, Adapter]]:
    """Run Labelguard with both ends; yields the URL of the front, complete, and the adapter.

    Args:
        folder: an empty one.
        rule: what the policy's rule says beside its provider.
    """
    adapter = Adapter()
    with ExitStack() as running:
        ends = running.enter_context(server.serving(adapter.app()))
        providers = {"upstream": provider(f"{ends}/upstream/v1", kind="openai", mode="json_schema")}
        rules = [{"name": "all", "match": "everything", "providers": ["upstream"], **rule}]
        engine = build_engine(write_policy(folder, providers, rules), detector().detect)
        client = running.enter_context(serving(engine))

        def predict(text: str) -> str:
            answer = client.post("/predict", json=predict_body(CONFIG, text)).raise_for_status().json()
            adapter.failed += answer["results"][0] == {}
            regions = answer["results"][0].get("result", [])
            return "".join(part for region in regions for part in region["value"]["text"])

        adapter.predict = predict
        yield f"{ends}/v1/chat/completions", adapter


def _choice(message: Mapping[str, Any]) -> dict[str, Any]:
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}


def _found(asked: Mapping[str, Any]) -> tuple[str, Callable[[str], dict[str, Any]]]:
    """Return the text that a client's request is about, and what puts another one into its place."""
    plain = _chat(ASK)
    for message in asked["messages"]:
        if message["role"] == "system":
            return message[
                "content"
            ], lambda text: plain | {"messages": [{"role": "system", "content": text}, *plain["messages"]]}
    if "session_note" in asked:
        return asked["session_note"], lambda text: plain | {"session_note": text}
    if "tools" in asked:
        tool = asked["tools"][0]

        def described(text: str) -> dict[str, Any]:
            return plain | {"tools": [tool | {"function": tool["function"] | {"description": text}}]}

        return tool["function"]["description"], described
    return asked["messages"][-1]["content"], _chat


def _said(stream: str) -> Iterator[str]:
    """Yield all that an upstream says in a stream of events, in whichever field it stands."""
    for line in stream.splitlines():
        if line.startswith("data: {"):
            for value in json.loads(line[6:])["choices"][0]["delta"].values():
                yield value if isinstance(value, str) else ""
