"""Logging without text: our own loggers speak, those of libraries that print prompts are silent at any level (P5)."""

import logging

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


def silence_libraries() -> None:
    """Close the loggers of libraries that write prompts, answers or keys when the root logger is at DEBUG."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(SILENT):
            logging.getLogger(name).disabled = True
    for name in SILENT:
        logger = logging.getLogger(name)
        logger.disabled = True
        logger.propagate = False


def configure_logging(level: str) -> None:
    """Write our log to standard error, one line an event."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=level.upper(), force=True)
    silence_libraries()
