"""An OpenTelemetry receiver: takes log records and spans over HTTP, decodes the protobuf, and keeps them."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Receiver(ThreadingHTTPServer):
    """A running receiver.

    Attributes:
        records, spans: what it took.
        received: every byte of bodies and headers.
        gate: each answer waits until it is set.
        headers: the headers of the last request.
        services: names of the services that sent.
        takes: how many requests it takes; None: all. It answers the others with 400.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.records: list[LogRecord] = []
        self.spans: list[Span] = []
        self.received = bytearray()
        self.gate = threading.Event()
        self.gate.set()
        self.headers: dict[str, str] = {}
        self.services: set[str] = set()
        self.takes: int | None = None

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Receiver"]:
        """Run it on loopback."""
        with cls() as receiver:
            thread = threading.Thread(target=receiver.serve_forever)
            thread.start()
            try:
                yield receiver
            finally:
                receiver.shutdown()
                thread.join()

    @property
    def url(self) -> str:
        """Where it takes logs."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1/logs"

    @property
    def traces_url(self) -> str:
        """Where it takes spans."""
        return self.url.replace("/logs", "/traces")

    def take_spans(self, request: ExportTraceServiceRequest) -> bool:
        """Keep a request's spans."""
        for resource in request.resource_spans:
            self.services |= {each.value.string_value for each in resource.resource.attributes if "name" in each.key}
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return True

    def take(self, request: ExportLogsServiceRequest) -> bool:
        """Keep a request's records; say whether they were taken."""
        if self.takes is not None:
            if self.takes == 0:
                return False
            self.takes -= 1
        for resource in request.resource_logs:
            self.services |= {each.value.string_value for each in resource.resource.attributes if "name" in each.key}
            self.records += [record for scope in resource.scope_logs for record in scope.log_records]
        return True


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        self.server.headers = dict(self.headers)
        self.server.received += str(self.headers).encode() + body
        self.server.gate.wait()
        if self.path == "/v1/traces":
            taken = self.server.take_spans(ExportTraceServiceRequest.FromString(body))
        else:
            taken = self.path == "/v1/logs" and self.server.take(ExportLogsServiceRequest.FromString(body))
        with suppress(OSError):  # nobody waits for the answer any more
            self.send_response(200 if taken else 400)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(ExportLogsServiceResponse().SerializeToString())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it that
        """Stay silent."""
