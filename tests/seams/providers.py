"""Each kind of provider, and a stand-in that speaks to it in its vendor's way."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from backend.labelstudio.config import build_plan
from backend.model.attempts import CallContext
from backend.model.gateway import Gateway, Reply
from backend.privacy.redact import ClearedPrompt, Message, Redactor
from backend.prompting.answer_form import Question, compose_answer
from backend.providers import Provider
from handlers import load_handlers
from tests.child import free_port
from tests.parts import SENTIMENT, open_attempt_log, stood_in
from tests.patience import HANGS_S

CANARY = "canary-5501"
KEY = "key-of-the-policy-77"
HANDLERS = load_handlers()
PLAN = build_plan(SENTIMENT, HANDLERS)
ANSWER = compose_answer(Question(PLAN, PLAN.asked, {}, {}), HANDLERS)
ANSWERED = {"mood": "Good"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A way in which a provider is asked.

    Attributes:
        name: for the test's name.
        kind, model, mode: the policy's.
        suffix: what a policy's address ends with.
        external: whether it can only be a vendor's.
    """

    name: str
    kind: Any
    model: str
    mode: Any = "json_schema"
    suffix: str = "/v1"
    external: bool = False


KINDS = [
    Kind("openai", "openai", "gpt-x", "tools"),
    Kind("embedded", "embedded", "qwen"),
    Kind("litellm-openai", "litellm", "openai/qwen"),
    Kind("litellm-openai-newer", "litellm", "openai/gpt-5-mini", "tools"),
    Kind("litellm-hosted_vllm", "litellm", "hosted_vllm/qwen"),
    Kind("litellm-ollama_chat", "litellm", "ollama_chat/qwen-own", suffix=""),
    Kind("litellm-azure", "litellm", "azure/labels", "tools", suffix="", external=True),
    Kind("litellm-anthropic", "litellm", "anthropic/claude-sonnet-4-5", "tools", suffix="", external=True),
    Kind("litellm-gemini", "litellm", "gemini/gemini-2.5-flash", "json_schema", suffix="/v1beta", external=True),
    Kind("litellm-mistral", "litellm", "mistral/mistral-small-latest", "json_schema", external=True),
]


def provider(kind: Kind, address: str, **settings: Any) -> Provider:
    """Return a provider of a kind at an address."""
    given: dict[str, Any] = {
        "external": kind.external,
        "mode": kind.mode,
        "timeout_s": HANGS_S,
        "key_env": "POLICYS_KEY",
    }
    address = address and f"{address}{kind.suffix}"
    return Provider(name=kind.name, kind=kind.kind, model=kind.model, address=address or None, **given | settings)


def cleared() -> ClearedPrompt:
    """Return a prompt that holds the canary."""
    task = Redactor(lambda text: []).redact({"text": f"{CANARY} smiled."})
    return task.clear([Message("system", "Label."), Message("user", task.fields["text"].text)])


def ask(*providers: Provider, call_context: CallContext | None = None) -> Reply[Any]:
    """Ask once, by a gateway of its own."""

    async def run(folder: Path) -> Reply[Any]:
        gateway = Gateway(open_attempt_log(folder), stood_in)
        try:
            return await gateway.ask(cleared(), ANSWER, providers, call_context or CallContext("1"))
        finally:
            await gateway.aclose()

    with TemporaryDirectory() as folder:
        return asyncio.run(run(Path(folder)))


@dataclass(slots=True)
class Vendor:
    """A server on loopback that answers as OpenAI, Anthropic, Gemini and Ollama do, by the request's path.

    Attributes:
        port: its.
        requests: head and body of all that it got.
        respond: head and body → the answer, whole; None for as the vendor does.
    """

    port: int = 0
    requests: list[tuple[bytes, bytes]] = field(default_factory=list)
    respond: Callable[[bytes, bytes], bytes | None] = lambda head, body: None

    @property
    def received(self) -> bytes:
        """All that it got."""
        return b"".join(head + body for head, body in self.requests)

    @property
    def address(self) -> str:
        """Its URL, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @classmethod
    @contextmanager
    def running(cls, tls: Any = None) -> Iterator["Vendor"]:
        """Start one."""
        vendor = cls()
        with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
            vendor.port = server.getsockname()[1]
            threading.Thread(target=vendor._accept, args=(server, tls), daemon=True).start()
            try:
                yield vendor
            finally:
                server.shutdown(socket.SHUT_RDWR)

    @classmethod
    def gone(cls) -> "Vendor":
        """Return one that is not there."""
        vendor = cls()
        vendor.port = free_port()
        return vendor

    def _accept(self, server: socket.socket, tls: Any) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection, tls), daemon=True).start()

    def _serve(self, connection: socket.socket, tls: Any) -> None:
        try:
            with tls.wrap_socket(connection, server_side=True) if tls else connection as stream:
                stream.settimeout(30)
                data = b""
                while b"\r\n\r\n" not in data:
                    data += _more(stream)
                head, _, body = data.partition(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
                )
                while len(body) < length:
                    body += _more(stream)
                self.requests.append((head, body))
                stream.sendall(self.respond(head, body) or http(200, vendor_answer(head, json.loads(body or b"{}"))))
        except OSError:
            pass


def _more(stream: socket.socket) -> bytes:
    data = stream.recv(65536)
    if not data:
        raise ConnectionError
    return data


def http(status: int, body: Any, *headers: str) -> bytes:
    """Write an HTTP answer; its connection ends with it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(content)}", "connection: close", *headers]
    if not any(line.lower().startswith("content-type") for line in headers):
        lines.append("content-type: application/json")
    return "\r\n".join([*lines, "", ""]).encode() + content


def vendor_answer(head: bytes, request: dict[str, Any]) -> dict[str, Any]:
    """Answer as the vendor does whose path is asked."""
    path, text = head.split(b" ")[1].decode(), json.dumps(ANSWERED)
    if "/messages" in path:
        part: dict[str, Any] = {"type": "text", "text": text}
        if request.get("tools"):
            part = {"type": "tool_use", "id": "t", "name": request["tools"][0]["name"], "input": ANSWERED}
        usage = {"input_tokens": 10, "output_tokens": 5}
        told = {"id": "m", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn"}
        return told | {"content": [part], "usage": usage}
    if ":generateContent" in path:
        usage = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
        candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP", "index": 0}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini"}
    if path.endswith("/converse"):
        use: dict[str, Any] = {"toolUse": {"toolUseId": "t", "name": "Answer", "input": ANSWERED}}
        usage = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
        output = {"message": {"role": "assistant", "content": [use]}}
        return {"output": output, "stopReason": "tool_use", "usage": usage, "metrics": {"latencyMs": 1}}
    if "/api/chat" in path:
        counts = {"prompt_eval_count": 10, "eval_count": 5}
        return {"model": "qwen", "message": {"role": "assistant", "content": text}, "done": True} | counts
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if request.get("tools"):
        function = {"name": request["tools"][0]["function"]["name"], "arguments": text}
        message = {"role": "assistant", "content": None}
        message["tool_calls"] = [{"id": "c", "type": "function", "function": function}]
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    return {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
