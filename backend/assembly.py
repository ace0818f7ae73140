"""Settings → an engine with all its parts."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from backend.detect import Detector
from backend.embedded import EmbeddedServer
from backend.gateway import Gateway
from backend.logs import silence_libraries
from backend.pipeline import Engine
from backend.policy import Policy
from backend.prompt import Prompts
from backend.redact import Redactor
from handlers import load_handlers


def build_engine(policy: Policy, home: Path | None = None, workers: int = 2) -> Engine:
    """Put an engine together.

    Args:
        policy: decides on every project.
        home: a folder made by `labelguard init`, whose handlers and prompts replace the shipped ones.
        workers: threads that redact.
    """
    gateway = Gateway()
    gateway.warm(policy.providers)
    silence_libraries()
    return Engine(
        policy=policy,
        redactor=Redactor(Detector().detect),
        gateway=gateway,
        handlers=load_handlers(home / "handlers" if home else None),
        prompts=Prompts(home / "prompts" if home else None),
        workers=workers,
    )


@contextmanager
def embedded_model(policy: Policy) -> Iterator[None]:
    """Run the embedded model for as long as the context lasts, if the policy names it and it does not run yet."""
    with ExitStack() as running:
        for provider in policy.providers:
            if provider.kind == "embedded" and provider.address:
                running.enter_context(EmbeddedServer.at(provider.address, parallel=provider.concurrency))
        yield
