"""Traces of a task's way, sent to a collector of OpenTelemetry; off unless the settings name one.

Only our settings decide on what is sent where: OpenTelemetry's own variables say nothing of it. A collector that is
slow or away costs a request nothing: what it does not take is lost.
"""

import logging
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import certifi
import httpx

from backend.errors import SettingsError
from backend.settings import Settings, variable
from backend.system.spans import KEYS, LONGEST, Spans, StartedSpan

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span, Tracer

log = logging.getLogger("labelguard.traces")

MOST_WAITING, BATCH = 4096, 512
"""Spans that wait to be sent, and of one request; what is more is lost."""
MOST_SAID = len(KEYS)
EVERY_S = 2.0
TIMEOUT_S = 3.0
"""Seconds that a collector may take to connect, to read a part, and to answer."""
CLOSE_S = 2.0
"""Seconds in which what still waits may be sent at the end."""
WELL = frozenset({"answered", "predicted"})
"""Codes that are no failures."""


@contextmanager
def open_spans(settings: Settings) -> Iterator[Spans]:
    """Yield what begins spans: traces, if the settings name a collector.

    Raises:
        SettingsError: OpenTelemetry's SDK is not installed.
    """
    if not settings.traces_url:
        yield Spans()
        return
    token = settings.traces_token.get_secret_value() if settings.traces_token else ""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False, headers=headers, verify=_trusted()) as client:
        sender = _Sender(client, settings.traces_url)
        tracer, close = _tracer(sender)
        try:
            yield Spans(lambda name, within: _Started.begin(tracer, name, within))
        finally:
            sender.ends_at = time.monotonic() + CLOSE_S
            ending = threading.Thread(target=close, name="traces-end", daemon=True)
            ending.start()
            ending.join(CLOSE_S)


def _trusted() -> ssl.SSLContext:
    """Trust the machine's authorities and certifi's, as calls of providers do."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Started:
    """A span of OpenTelemetry."""

    def __init__(self, span: "Span") -> None:
        self.span = span

    @classmethod
    def begin(cls, tracer: "Tracer", name: str, within: StartedSpan | None) -> "_Started":
        from opentelemetry.context import Context
        from opentelemetry.trace import set_span_in_context

        around = Context()
        if within:
            around = set_span_in_context(cast(_Started, within).span, around)
        return cls(tracer.start_span(name, around))

    def note(self, key: str, value: str | int) -> None:
        self.span.set_attribute(f"labelguard.{key}", value)
        if key == "code" and value not in WELL:
            from opentelemetry.trace import StatusCode

            self.span.set_status(StatusCode.ERROR)

    def end(self) -> None:
        self.span.end()


class _Sender:
    """Sends batches of spans, each once: by no proxy, after no redirect.

    Attributes:
        ends_at: when nothing more is sent, by `time.monotonic`.
    """

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client, self._url = client, url
        self.ends_at = float("inf")
        self._complained = False

    def send(self, spans: "Sequence[ReadableSpan]") -> bool:
        """Send spans; say whether they were taken."""
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

        if time.monotonic() >= self.ends_at:
            return False
        body, headers = encode_spans(spans).SerializeToString(), {"content-type": "application/x-protobuf"}
        try:
            with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
                problem = "" if answer.is_success else f"it answers {answer.status_code}"
        except httpx.HTTPError as error:
            problem = f"it cannot be reached ({type(error).__name__})"
        if problem and not self._complained:
            log.warning("the collector of %s takes no traces: %s - they are lost", variable("traces_url"), problem)
        self._complained = bool(problem)
        return not problem


def _tracer(sender: _Sender) -> "tuple[Tracer, Any]":
    """Return what begins spans, and what ends it; all that the environment could set is given.

    Raises:
        SettingsError: OpenTelemetry's SDK is not installed.
    """
    try:
        from opentelemetry.metrics import NoOpMeterProvider
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import SpanLimits, TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON
    except ImportError:
        remedy = "pip install 'labelguard[otlp]'"
        raise SettingsError(variable("traces_url"), "OpenTelemetry's SDK is not installed", remedy) from None
    unmeasured = NoOpMeterProvider()
    provider = TracerProvider(
        ALWAYS_ON,
        Resource({"service.name": "labelguard", "service.version": version("labelguard")}),
        shutdown_on_exit=False,
        span_limits=SpanLimits(MOST_SAID, 0, 0, MOST_SAID, 0, 0, LONGEST, LONGEST),
        meter_provider=unmeasured,
    )
    bounds = (MOST_WAITING, EVERY_S * 1000, BATCH, TIMEOUT_S * 1000)
    provider.add_span_processor(BatchSpanProcessor(_exporter(sender), *bounds, meter_provider=unmeasured))
    return provider.get_tracer("labelguard"), provider.shutdown


def _exporter(sender: _Sender) -> "SpanExporter":
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Exporter(SpanExporter):
        def export(self, spans: "Sequence[ReadableSpan]") -> SpanExportResult:
            return SpanExportResult.SUCCESS if sender.send(spans) else SpanExportResult.FAILURE

    return Exporter()
