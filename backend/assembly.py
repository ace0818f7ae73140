"""Settings → an engine with all its parts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from backend.detect import Detector
from backend.embedded import EmbeddedServer
from backend.fetch import Fetcher, LabelStudioAccess
from backend.gateway import Gateway
from backend.logs import silence_libraries
from backend.pipeline import Engine, Parts
from backend.policy import Policy
from backend.prompt import Prompts
from backend.redact import Redactor
from backend.settings import Settings
from handlers import load_handlers


def build_engine(
    policy: Policy, home: Path | None = None, workers: int = 2, label_studio: LabelStudioAccess | None = None
) -> Engine:
    """Put an engine together.

    Args:
        policy: decides on every project.
        home: a folder made by `labelguard init`, whose handlers and prompts replace the shipped ones.
        workers: threads that redact.
        label_studio: whose own data may be fetched.
    """
    gateway = Gateway()
    gateway.warm(policy.providers)
    silence_libraries()
    parts = Parts(
        redactor=Redactor(Detector().detect),
        gateway=gateway,
        fetcher=Fetcher(label_studio),
        handlers=load_handlers(home / "handlers" if home else None),
        prompts=Prompts(home / "prompts" if home else None),
    )
    return Engine(policy, parts, workers)


def label_studio_access(settings: Settings) -> LabelStudioAccess | None:
    """Return where Label Studio is, if the settings say so."""
    token = settings.label_studio_token
    return LabelStudioAccess(settings.label_studio_url, token.get_secret_value()) if token else None


@contextmanager
def running_engine(
    policy: Policy,
    home: Path | None = None,
    workers: int = 2,
    threads: int = 1,
    label_studio: LabelStudioAccess | None = None,
) -> Iterator[Engine]:
    """Put an engine together while the embedded model starts, if the policy names it; it ends with the context.

    Args:
        policy: decides on every project.
        home: a folder made by `labelguard init`.
        workers: threads that redact.
        threads: threads of the embedded model.
        label_studio: whose own data may be fetched.
    """
    with ThreadPoolExecutor(1) as pool, ExitStack() as models:
        engine = pool.submit(build_engine, policy, home, workers, label_studio)
        for provider in policy.providers:
            if provider.kind == "embedded" and provider.address:
                models.enter_context(EmbeddedServer.at(provider.address, provider.concurrency, threads))
        yield engine.result()
