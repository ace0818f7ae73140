"""Sending the record on by OpenTelemetry: each entry is a log record, in order, each at least once.

Where it was cut off it goes on: the store remembers, for each receiver, the last entry that it took.
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from backend.errors import RecordError
from backend.record.chain import Link
from backend.record.receivers import is_web_address, last_taken, remember_taken, shown_address
from backend.record.sources import stored

if TYPE_CHECKING:
    from opentelemetry.sdk._logs import ReadableLogRecord

BATCH = 500
"""Log records of one request."""
TIMEOUT_S = 30.0


def send_entries(engine: Engine, url: str, show: Callable[[int, int], None] | None = None) -> int:
    """Send a receiver the entries that it did not take yet.

    Args:
        engine: the record's store.
        url: the receiver's OTLP/HTTP address, such as http://collector:4318/v1/logs. Headers, certificates and
            compression are read from OpenTelemetry's own variables: OTEL_EXPORTER_OTLP_HEADERS and so on.
        show: told how many of how many entries were taken.

    Returns:
        How many were sent.

    Raises:
        RecordError: the receiver does not take them; those it took are remembered.
    """
    export = _exporter(url)
    receiver = shown_address(url)
    done = 0
    after = last_taken(engine, receiver)
    with stored(engine, after) as source:
        total = max(0, (source.tip or (0, ""))[0] - after)
        while batch := list(islice(source.links, BATCH)):
            if not export([_log(link) for link in batch]):
                raise RecordError(f"{receiver} did not take entry {batch[0].seq} and those after it - try again later")
            remember_taken(engine, receiver, batch[-1].seq)
            done += len(batch)
            if show:
                show(done, total)
    return done


def _exporter(url: str) -> "Callable[[list[ReadableLogRecord]], bool]":
    try:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.sdk._logs.export import LogRecordExportResult
    except ImportError:
        raise RecordError("OpenTelemetry's exporter is not installed - pip install 'labelguard[otlp]'") from None
    if not is_web_address(url):
        raise RecordError("the receiver's address is none - give one such as http://collector:4318/v1/logs")
    exporter = OTLPLogExporter(endpoint=url, timeout=TIMEOUT_S)
    return lambda batch: exporter.export(batch) is LogRecordExportResult.SUCCESS


def _log(link: Link) -> "ReadableLogRecord":
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    body: dict[str, Any] = json.loads(link.body)
    time = int(datetime.fromisoformat(body["time"]).timestamp() * 1_000_000) * 1000
    record = LogRecord(
        timestamp=time,
        observed_timestamp=time,
        severity_number=SeverityNumber.INFO,
        severity_text="INFO",
        body=link.body,
        attributes={"labelguard.hash": link.hash, **dict(_attributes(body))},
        event_name=f"labelguard.{body['kind']}",
    )
    resource = Resource({"service.name": "labelguard", "service.version": version("labelguard")})
    return ReadableLogRecord(record, resource, InstrumentationScope("labelguard.record"))


def _attributes(body: dict[str, Any]) -> Iterator[tuple[str, str | int | float | bool]]:
    for name, value in body.items():
        if isinstance(value, dict):
            yield from ((f"labelguard.{name}.{key}", count) for key, count in value.items())
        elif value is not None:
            yield f"labelguard.{name}", value
