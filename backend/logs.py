"""Logging without text: our own loggers speak, those of libraries that print prompts are silent at any level (P5)."""

import logging
import warnings

SILENT = (
    "LiteLLM",
    "LiteLLM Proxy",
    "LiteLLM Router",
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
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(format=form, level=level.upper(), handlers=[handler], force=True)
    silence_libraries()


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name in OURS or record.name.startswith("labelguard.")
