"""A stand-in for OpenAI's Batch API, as strict as its documents say, on loopback. It records every byte.

python -m tests.batches --port 8000
"""

import argparse
import asyncio
import email
import email.policy
import json
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standin import Answer, StandIn, completion, schema_of, write

ENDPOINTS = ("/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/completions", "/v1/moderations")
MOST_LINES = 50_000
MOST_BYTES = 200 * 2**20
LONGEST_NAME = 64
LINE_KEYS = {"custom_id", "method", "url", "body"}
STEPS = ("validating", "in_progress", "finalizing", "completed")
DONE = ("completed", "failed", "expired", "cancelled")


class RefusedError(Exception):
    """What is answered with an error, as OpenAI words it."""

    def __init__(self, message: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


class BatchStandIn(StandIn):
    """A server on its own thread. A batch takes one step each time that it is asked for.

    Attributes:
        answer: request and JSON Schema → the answer of a line, as JSON or as raw text.
        fails: custom_id and body → HTTP's status of a line that fails, or a code such as `batch_expired`; None if it
            does not fail.
        ends: how a batch ends that is not cancelled: of DONE.
        spoil: changes the lines of a file of results before it is stored.
        holds: whether batches stay in_progress.
        before, after: called with the method and path of each request, before and after it is done.
        statuses: of the next requests, in place of what would be answered; 0 cuts the connection, after the
            request was done.
        seed: of the order of results.
        files, batches: what it has, by number.
        asked: methods and paths of all requests, in order.
        calls: the bodies of chat completions that were asked for by themselves.
        paid: how often a line was answered, by the JSON of its body.
    """

    def __init__(self, answer: Answer | None = None, port: int = 0) -> None:
        super().__init__(answer, port=port)
        self.fails: Callable[[str, dict[str, Any]], int | str | None] = lambda name, body: None
        self.spoil: Callable[[list[str]], list[str]] = list
        self.ends = "completed"
        self.holds = False
        self.before: Callable[[str], None] = lambda asked: None
        self.after: Callable[[str], None] = lambda asked: None
        self.statuses: list[int] = []
        self.seed = 1
        self.files: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, bytes] = {}
        self.batches: dict[str, dict[str, Any]] = {}
        self.calls: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.paid: dict[str, int] = {}

    def lines(self) -> list[dict[str, Any]]:
        """Return all lines of all files that batches were made of."""
        used = (self.contents[batch["input_file_id"]] for batch in self.batches.values())
        return [json.loads(line) for content in used for line in content.splitlines()]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.received += head
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                self.received += body
                if not await self._reply(head, body, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _reply(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> bool:
        line, _, headers = head.decode().partition("\r\n")
        method, target, _ = line.split(" ")
        asked = f"{method} {urlsplit(target).path}"
        self.asked.append(asked)
        self.before(asked)
        mood = self.statuses.pop(0) if self.statuses else 200
        if mood not in (0, 200):
            status, said = mood, {"error": {"message": "Not now.", "type": "x", "code": None}}
            return await write(writer, status, json.dumps(said).encode())
        try:
            if "authorization: bearer" not in headers.lower():
                raise RefusedError("You didn't provide an API key.", 401, "invalid_api_key")
            found = self._route(method, target, headers, body)
            status, content = 200, found if isinstance(found, bytes) else json.dumps(found).encode()
        except RefusedError as error:
            status, content = error.status, json.dumps(error.body).encode()
        self.after(asked)
        if mood == 0:
            writer.transport.abort()
            return False
        return await write(writer, status, content)

    def _route(self, method: str, target: str, headers: str, body: bytes) -> Any:
        url = urlsplit(target)
        found: Any = None
        match method, *url.path.removeprefix("/v1/").split("/"):
            case "POST", "files":
                found = self._upload(headers, body)
            case "GET", "files", number, "content":
                found = self._known(self.contents, number, "file")
            case "POST", "batches":
                found = self._create(body)
            case "GET", "batches":
                found = self._list(parse_qs(url.query))
            case "GET", "batches", number:
                found = self._step(self._known(self.batches, number, "batch"))
            case "POST", "batches", number, "cancel":
                found = self._cancel(self._known(self.batches, number, "batch"))
            case "POST", "chat", "completions":
                request = json.loads(body)
                self.calls.append(request)
                found = completion(request, self.answer(request, schema_of(request)))
            case _:
                raise RefusedError(f"Invalid URL ({method} {url.path})", 404)
        return found

    @staticmethod
    def _known(there: dict[str, Any], number: str, what: str) -> Any:
        if number not in there:
            raise RefusedError(f"No {what} found with id '{number}'.", 404)
        return there[number]

    def _upload(self, headers: str, body: bytes) -> dict[str, Any]:
        kind = re.search(r"^content-type: *(.*)$", headers, re.IGNORECASE | re.MULTILINE)
        if not kind or not kind[1].startswith("multipart/form-data"):
            raise RefusedError("expected multipart/form-data")
        raw = f"Content-Type: {kind[1].strip()}\r\n\r\n".encode() + body
        parts = list(email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts())
        named = {part.get_param("name", header="content-disposition"): part for part in parts}
        if set(named) != {"purpose", "file"} or len(parts) != 2:
            raise RefusedError("'purpose' and 'file' are required, and nothing else is taken")
        if named["purpose"].get_content().strip() != "batch":
            raise RefusedError("'purpose' is not one that batches take")
        name, content = named["file"].get_filename(), bytes(named["file"].get_content())
        if not name or not name.endswith(".jsonl"):
            raise RefusedError("Invalid file format for Batch API. Must be .jsonl")
        if len(content) > MOST_BYTES:
            raise RefusedError("File is too large: 200 MB at most", 413)
        return self._store("file-in", name, content, "batch")

    def _store(self, kind: str, name: str, content: bytes, purpose: str) -> dict[str, Any]:
        number = f"{kind}{len(self.files) + 1}"
        self.contents[number] = content
        self.files[number] = {
            "id": number,
            "object": "file",
            "bytes": len(content),
            "created_at": int(time.time()),
            "filename": name,
            "purpose": purpose,
            "status": "processed",
        }
        return self.files[number]

    def _create(self, body: bytes) -> dict[str, Any]:
        asked = json.loads(body)
        if unknown := set(asked) - {"input_file_id", "endpoint", "completion_window", "metadata"}:
            raise RefusedError(f"Unrecognized request arguments: {sorted(unknown)}")
        if asked.get("completion_window") != "24h":
            raise RefusedError("Invalid value: 'completion_window' must be '24h'")
        if asked.get("endpoint") not in ENDPOINTS:
            raise RefusedError("Invalid value: 'endpoint'")
        file = self.files.get(asked.get("input_file_id"))
        if file is None or file["purpose"] != "batch":
            raise RefusedError("'input_file_id' is no file with the purpose 'batch'")
        metadata = asked.get("metadata") or {}
        if len(metadata) > 16 or any(
            len(k) > 64 or not isinstance(v, str) or len(v) > 512 for k, v in metadata.items()
        ):
            raise RefusedError("Invalid 'metadata'")
        number = f"batch_{len(self.batches) + 1}"
        names = "output_file_id error_file_id errors cancelled_at completed_at failed_at expired_at".split()
        self.batches[number] = dict.fromkeys(names) | {
            "id": number,
            "object": "batch",
            "endpoint": asked["endpoint"],
            "input_file_id": file["id"],
            "completion_window": "24h",
            "status": "validating",
            "created_at": int(time.time()),
            "expires_at": int(time.time()) + 86_400,
            "request_counts": {"total": 0, "completed": 0, "failed": 0},
            "metadata": metadata,
        }
        return self.batches[number]

    def _list(self, query: dict[str, list[str]]) -> dict[str, Any]:
        all_ = list(reversed(self.batches.values()))
        after = query.get("after", [""])[0]
        rest = all_[[b["id"] for b in all_].index(after) + 1 :] if after else all_
        page = rest[: int(query.get("limit", ["20"])[0])]
        return {"object": "list", "data": page, "has_more": len(page) < len(rest)}

    def _step(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Go one step on."""
        if batch["status"] in DONE:
            return batch
        if batch["status"] == "validating" and (errors := self._problems(batch)):
            return self._fail(batch, errors)
        if batch["status"] == "cancelling":
            return self._end(batch, "cancelled")
        if self.ends == "failed":
            return self._fail(
                batch, [{"code": "token_limit_exceeded", "message": "Enqueued token limit", "line": None}]
            )
        following = STEPS[STEPS.index(batch["status"]) + 1]
        if following == "in_progress":
            batch["request_counts"]["total"] = len(self.contents[batch["input_file_id"]].splitlines())
        if following == "finalizing" and self.holds:
            return batch
        return self._end(batch, self.ends) if following == "completed" else batch | _set(batch, status=following)

    def _cancel(self, batch: dict[str, Any]) -> dict[str, Any]:
        if batch["status"] in DONE:
            raise RefusedError(f"Cannot cancel a batch with status '{batch['status']}'.", 409)
        return batch | _set(batch, status="cancelling")

    @staticmethod
    def _fail(batch: dict[str, Any], errors: list[dict[str, Any]]) -> dict[str, Any]:
        return batch | _set(batch, status="failed", errors={"object": "list", "data": errors})

    def _problems(self, batch: dict[str, Any]) -> list[dict[str, Any]]:
        """Validate a file as OpenAI does."""
        lines = self.contents[batch["input_file_id"]].removesuffix(b"\n").split(b"\n")
        if lines == [b""]:
            return [_problem("empty_file")]
        if len(lines) > MOST_LINES:
            return [_problem("too_many_tasks")]
        found = [_problem(code, n) for n, line in enumerate(lines, 1) for code in _wrong(line, batch["endpoint"])]
        if not found:
            read = [json.loads(line) for line in lines]
            if len({line["custom_id"] for line in read}) < len(read):
                found.append(_problem("duplicate_custom_id"))
            if len({line["body"]["model"] for line in read}) > 1:
                found.append(_problem("mismatched_model"))
        return found

    def _end(self, batch: dict[str, Any], status: str) -> dict[str, Any]:
        """Answer the lines, in another order, as far as the batch came: half of them if it was not completed."""
        lines = [json.loads(line) for line in self.contents[batch["input_file_id"]].splitlines()]
        chance = random.Random(self.seed)
        chance.shuffle(lines)
        most = len(lines) if status == "completed" else len(lines) // 2
        output, errors = [], []
        for place, line in enumerate(lines):
            fails = self.fails(line["custom_id"], line["body"])
            if place >= most:
                fails = f"batch_{status}"
            if fails is None:
                body = json.dumps(line["body"], sort_keys=True)
                self.paid[body] = self.paid.get(body, 0) + 1
                answer = self.answer(line["body"], schema_of(line["body"]))
                output.append(_result(line, {"status_code": 200, "body": completion(line["body"], answer)}))
            elif isinstance(fails, int):
                said = {"error": {"message": f"refused: {line['body']}", "type": "x", "code": None}}
                errors.append(_result(line, {"status_code": fails, "body": said}))
            else:
                errors.append(_result(line, None, {"code": fails, "message": "This request could not be executed."}))
        kept = {"output_file_id": output, "error_file_id": errors}
        for name, results in kept.items():
            if results:
                text = "\n".join(self.spoil([json.dumps(result) for result in results])) + "\n"
                batch[name] = self._store("file-out", f"{batch['id']}.jsonl", text.encode(), "batch_output")["id"]
        counts = {"total": len(lines), "completed": len(output), "failed": len(errors)}
        return batch | _set(batch, status=status, request_counts=counts)


def _set(batch: dict[str, Any], **said: Any) -> dict[str, Any]:
    batch.update(said)
    return batch


def _wrong(line: bytes, endpoint: str) -> Iterator[str]:
    """Yield what is wrong with one line of a file."""
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        yield "invalid_json_line"
        return
    if set(said) != LINE_KEYS:
        yield "missing_required_parameter" if LINE_KEYS - set(said) else "unknown_parameter"
        return
    name, body = said["custom_id"], said["body"]
    checks = {
        "invalid_custom_id": isinstance(name, str) and 0 < len(name) <= LONGEST_NAME,
        "invalid_method": said["method"] == "POST",
        "mismatched_endpoint": said["url"] == endpoint,
        "invalid_body": isinstance(body, dict) and isinstance(body.get("messages"), list) and bool(body.get("model")),
        "stream_not_supported": not (isinstance(body, dict) and body.get("stream")),
    }
    yield from (code for code, holds in checks.items() if not holds)


def _problem(code: str, line: int | None = None) -> dict[str, Any]:
    return {"code": code, "line": line, "message": f"refused: {code}", "param": None}


def _result(
    line: dict[str, Any], response: dict[str, Any] | None, error: dict[str, Any] | None = None
) -> dict[str, Any]:
    whole = response and {"request_id": "req_1", **response}
    return {"id": "batch_req_1", "custom_id": line["custom_id"], "response": whole, "error": error}


def main() -> None:
    """Serve until killed."""
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    with BatchStandIn(port=options.parse_args().port) as server:
        print(server.address, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
