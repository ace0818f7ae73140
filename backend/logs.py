"""Logging without text: our own loggers speak, those of libraries that print prompts are silent at any level (P5)."""

import logging
import sys
import threading
import warnings
from typing import Any

from backend.errors import InternalError, one_line

LONGEST_LINE = 4_000
"""Characters of an event's message."""

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


def configure_logging(level: str) -> None:
    """Write our log to standard error, one line an event; what any library says, at any level, is left out."""
    handler = logging.StreamHandler()
    handler.addFilter(_is_ours)
    handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(name)s: %(message)s"))
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
        message = record.getMessage()
        if record.exc_info and record.exc_info[1]:
            message += f": {InternalError(record.exc_info[1]).reason}"
        bare = {"args": (), "exc_info": None, "exc_text": None, "stack_info": None}
        plain = logging.makeLogRecord(vars(record) | bare)
        plain.msg = one_line(message, LONGEST_LINE)
        return super().format(plain)


def _told(kind: type[BaseException], error: BaseException | None, *_: Any) -> None:
    """Tell an exception that nobody took by its type and place."""
    if issubclass(kind, KeyboardInterrupt):
        return
    reason = InternalError(error).reason if error else f"internal error {kind.__name__}"
    logging.getLogger("labelguard.internal").error("%s", reason)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name in OURS or record.name.startswith("labelguard.")
