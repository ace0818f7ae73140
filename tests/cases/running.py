"""What cases run against: one `labelguard serve`, a stand-in for each case's provider, a proxy that records."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.authority import Authority
from tests.cases.case import Case
from tests.cases.ways import WAYS, Asked, Said
from tests.child import Child, labelguard
from tests.patience import HANGS_S

LOOK_S = 0.5
"""How often a server looks whether it is to end: a hundred of them must not keep a core busy with it."""


class _Server(ThreadingHTTPServer):
    """A server on loopback that answers by `say`, and says nothing of clients that went away."""

    daemon_threads = True
    closes = False
    """Whether it closes each connection behind its answer, without a word."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.address = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_address[1]}"
        """Its URL, without a path."""

    def say(self, method: str, path: str, body: bytes) -> Said:
        """Answer a request."""
        raise NotImplementedError

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent."""


@contextmanager
def _serving(servers: Sequence[_Server]) -> Iterator[None]:
    """Serve on threads. All are ended at once, since each takes a while to see that it is to end."""
    with (
        ExitStack() as closing,
        ThreadPoolExecutor(len(servers)) as serving,
        ThreadPoolExecutor(len(servers)) as ending,
    ):
        for server in servers:
            closing.enter_context(server)
            serving.submit(server.serve_forever, LOOK_S)
        try:
            yield
        finally:
            list(ending.map(_Server.shutdown, servers))


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_CONNECT(self) -> None:
        self._answer()

    def _answer(self) -> None:
        got = self.rfile.read(int(self.headers.get("content-length") or 0))
        said = self.server.say(self.command, self.path, got)
        data = said.body.encode() if isinstance(said.body, str) else json.dumps(said.body).encode()
        self.send_response(said.status)
        for name, value in {"content-type": "application/json", **said.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        self.close_connection |= self.server.closes

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it that
        """Stay silent."""


class Standin(_Server):
    """A provider that behaves as its case says.

    Args:
        script: the case's `standin`.
        tls: what it speaks TLS with; None: it does not.

    Attributes:
        requests: the bodies of the chat completions that it got.
        problem: why it could not answer as its case says; "" if it could.
    """

    def __init__(self, script: Mapping[str, Any], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.closes = bool(script.get("closes"))
        self._script = script
        self._taken: list[float] = []
        self._lock = threading.Lock()
        self.requests: list[dict[str, Any]] = []
        self.problem = ""

    def say(self, method: str, path: str, body: bytes) -> Said:
        """Answer as the case's way does; what asks for models is told of one."""
        if method == "GET":
            return Said(200, {}, {"object": "list", "data": [{"id": "m"}], "status": "ok"})
        with self._lock:
            try:
                request = json.loads(body)
                self.requests.append(request)
                asked = Asked(self._script, request, len(self.requests), self._taken)
                return WAYS[self._script.get("does", "normal")](asked)
            except Exception as problem:
                self.problem = repr(problem)
                return Said(500, {}, {"error": {"message": "the stand-in broke"}})


class Recorder(_Server):
    """A proxy that keeps what it is sent, and passes nothing on."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def say(self, method: str, path: str, body: bytes) -> Said:
        """Refuse."""
        self.text += path + body.decode("utf-8", "replace")
        return Said(502, {}, "")


@dataclass(frozen=True, slots=True)
class Served:
    """A server with a rule for each case of a place, told apart by the path of the request. Use `running()`.

    Attributes:
        standins: by the case's name.
        proxy: what the environment names as one; None if it names none.
    """

    url: str
    child: Child
    standins: Mapping[str, Standin]
    proxy: Recorder | None

    @classmethod
    @contextmanager
    def running(cls, cases: Sequence[Case], folder: Path) -> Iterator["Served"]:
        """Start it.

        Args:
            cases: all of one place.
            folder: an empty folder for the policy, the log and certificates.
        """
        environment = {name: value for case in cases for name, value in case.env.items()}
        tls, recorder = None, None
        with ExitStack() as running:
            if cases[0].tls:
                authority = Authority.made(folder)
                tls = authority.context
                environment = {name: value.replace("$CA", str(authority.file)) for name, value in environment.items()}
            if any("$PROXY" in value for value in environment.values()):
                recorder = Recorder()
                running.enter_context(_serving([recorder]))
                environment = {name: value.replace("$PROXY", recorder.address) for name, value in environment.items()}
            standins = {case.name: Standin(case.standin, tls) for case in cases}
            running.enter_context(_serving(list(standins.values())))
            # Other languages take long to load, and none of what is about the network needs them.
            policy = _write_policy(folder, cases, standins, is_english=bool(tls or recorder))
            url, child = running.enter_context(labelguard(policy, folder, None, **environment))
            yield cls(url, child, standins, recorder)

    def post(self, path: str, body: object) -> httpx.Response:
        """Post JSON as Label Studio does."""
        return httpx.post(f"{self.url}/{path}", json=body, timeout=HANGS_S, trust_env=False)


def _write_policy(folder: Path, cases: Sequence[Case], standins: Mapping[str, Standin], *, is_english: bool) -> Path:
    providers, rules = {}, []
    for number, case in enumerate(cases, 1):
        name = f"p{number}"  # no word of a case's name may be taken for one of the log's
        said: dict[str, Any] = {"kind": "openai", "model": "stand-in", "external": False, **case.provider}
        suffix = said.pop("suffix", "/v1")
        if not said.pop("no_address", False):
            said["address"] = standins[case.name].address + suffix
        providers[name] = said
        unredacted = {} if said["external"] else {"redact": False}
        detection = {"detection": {"profile": "fast", "languages": ["en"]}} if is_english else {}
        rule = {"name": name, "match": {"path": case.name}, "providers": [name], **unredacted}
        rules.append({**rule, **detection, **case.rule})
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "providers": providers, "rules": rules}))
    return file
