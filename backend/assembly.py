"""Settings → an engine with all its parts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
def running_engine(policy: Policy, home: Path | None = None, workers: int = 2, threads: int = 1) -> Iterator[Engine]:
    """Put an engine together while the embedded model starts, if the policy names it; it ends with the context.

    Args:
        policy: decides on every project.
        home: a folder made by `labelguard init`.
        workers: threads that redact.
        threads: threads of the embedded model.
    """
    with ThreadPoolExecutor(1) as pool, ExitStack() as models:
        engine = pool.submit(build_engine, policy, home, workers)
        for provider in policy.providers:
            if provider.kind == "embedded" and provider.address:
                models.enter_context(EmbeddedServer.at(provider.address, provider.concurrency, threads))
        yield engine.result()
