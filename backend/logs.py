"""Logging without text: our own loggers speak, those of libraries that print prompts are silent at any level (P5)."""

import json
import logging
import secrets
import sys
import threading
import warnings
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from backend.errors import InternalError, one_line

LONGEST_LINE = 4_000
"""Characters of an event's message."""
LogFormat: TypeAlias = Literal["text", "json"]
PROJECT = "project %s: "
"""How messages about a project begin."""
_request: ContextVar[str] = ContextVar("request", default="")

SILENT = (
    "LiteLLM",
    "LiteLLM Proxy",
    "LiteLLM Router",
    "gepa",
    "httpcore",
    "httpx",
    "instructor",
    "openai",
    "presidio-analyzer",
    "presidio-anonymizer",
    "presidio_analyzer",
    "spacy",
    "uvicorn.access",  # a path may hold an unguessable prefix
)

OURS = ("labelguard", "uvicorn.error")
"""Loggers that are known to write no text: ours, and the server's start and stop."""


def silence_libraries() -> None:
    """Close the loggers of libraries that write prompts, answers or keys when the root logger is at DEBUG."""
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")  # they quote the value
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(SILENT):
            logging.getLogger(name).disabled = True
    for name in SILENT:
        logger = logging.getLogger(name)
        logger.disabled = True
        logger.propagate = False
        # Below it, modules that are imported later may log: without a handler here, Python writes that to stderr.
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())


def begin_request() -> None:
    """Give the request that is worked on here a number of its own, which its lines in the log have as JSON."""
    _request.set(secrets.token_hex(8))


def configure_logging(level: str, log_format: LogFormat = "text") -> None:
    """Write our log to standard error, one line an event; what any library says, at any level, is left out.

    Args:
        level: of the least that is written, such as `info`.
        log_format: words, or an object of JSON a line.
    """
    handler = logging.StreamHandler()
    handler.addFilter(_is_ours)
    plain = OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonLine() if log_format == "json" else plain)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.raiseExceptions = False  # it prints the arguments of what could not be written
    logging.captureWarnings(True)  # warnings quote values: they go to a logger of no one's
    sys.excepthook = _told
    threading.excepthook = lambda args: _told(args.exc_type, args.exc_value)
    sys.unraisablehook = lambda args: _told(args.exc_type, args.exc_value)
    silence_libraries()


class OneLine(logging.Formatter):
    """Writes an event as one printable line of bounded length, and of an exception its type and place alone."""

    def format(self, record: logging.LogRecord) -> str:
        """Write an event."""
        bare = {"args": (), "exc_info": None, "exc_text": None, "stack_info": None}
        plain = logging.makeLogRecord(vars(record) | bare)
        plain.msg = _message(record)
        return super().format(plain)


class JsonLine(logging.Formatter):
    """Writes an event as an object of JSON on one line: what `OneLine` says, and of which request and project."""

    def format(self, record: logging.LogRecord) -> str:
        """Write an event; its time is UTC."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"time": time, "level": record.levelname.lower(), "logger": record.name, "message": _message(record)}
        if request := _request.get():
            said["request"] = request
        if isinstance(record.args, tuple) and record.args and str(record.msg).startswith(PROJECT):
            said["project"] = one_line(str(record.args[0]), LONGEST_LINE)
        return json.dumps(said)


def _message(record: logging.LogRecord) -> str:
    message = record.getMessage()
    if record.exc_info and record.exc_info[1]:
        message += f": {InternalError(record.exc_info[1]).reason}"
    return one_line(message, LONGEST_LINE)


def _told(kind: type[BaseException], error: BaseException | None, *_: Any) -> None:
    """Tell an exception that nobody took by its type and place."""
    if issubclass(kind, KeyboardInterrupt):
        return
    reason = InternalError(error).reason if error else f"internal error {kind.__name__}"
    logging.getLogger("labelguard.internal").error("%s", reason)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name in OURS or record.name.startswith("labelguard.")
