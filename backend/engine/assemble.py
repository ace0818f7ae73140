"""Settings → an engine with all its parts."""

import logging
import secrets
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path

from backend.budget.ledger import Ledger
from backend.budget.meter import Meter
from backend.budget.rates import WAIT
from backend.engine.engine import Engine
from backend.engine.prepare import EngineParts
from backend.engine.redactors import Redactors
from backend.errors import SettingsError
from backend.labelstudio.fetch.data import Fetcher, LabelStudioAccess
from backend.labelstudio.handler import Handler
from backend.labelstudio.xml.interface import parse_config
from backend.logs import silence_libraries
from backend.model.attempts import AttemptLog
from backend.model.batch.books import BatchBooks
from backend.model.batch.lines import BatchLines
from backend.model.embedded.models import EmbeddedModels
from backend.model.gateway import Gateway
from backend.model.kept_answers import KeptAnswers
from backend.model.sent_samples import SentSamples
from backend.policy import Policy
from backend.privacy.processes.findings import FoundBefore
from backend.privacy.processes.loading import load_detector
from backend.privacy.processes.workers import Workers
from backend.privacy.redact import Redactor
from backend.privacy.types import Scan
from backend.prompting.templates import Prompts
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.review.calibration import Calibrations
from backend.review.entries import ReviewEntries
from backend.review.reviews import Reviews
from backend.review.similar.library import Library
from backend.review.trust import ProjectTrusts
from backend.settings import Settings, variable
from backend.store import Store, open_store
from backend.system.disk import locked, problem_of, read_bounded, write_whole
from backend.system.once import begun, once
from backend.system.part import WHOLE, ProcessPart
from backend.tracing import open_spans
from handlers import load_handlers

log = logging.getLogger("labelguard.assembly")

LEAST_KEY = 16
"""Bytes of a secret that nobody tries out."""


def load_redactor(scan: Scan) -> Redactor:
    """Load all that looks for personal data in one way into this process, for a short use. Takes seconds.

    Raises:
        DetectionError: a model or a recognizer cannot be loaded; nothing can be predicted without it (P3).
    """
    detector = load_detector(scan)
    return Redactor(detector.detect, detector.kinds)


def start_redactor(scan: Scan) -> Redactor:
    """Begin to load the same into processes of its own, which can be ended, where the system can fork them.

    Texts wait until it is loaded; so does `Redactor.load`, which raises a DetectionError if it cannot be.
    """
    if sys.platform != "linux":
        loaded = once(partial(load_detector, scan, whole=True))
        return Redactor(lambda text: loaded().detect(text), lambda: loaded().kinds)
    workers = Workers(scan)
    return Redactor(FoundBefore(workers.detect).detect, workers.kinds, workers.close)


def surrogate_file(settings: Settings) -> Path:
    """Return where the secret is by which surrogates are chosen, and from which keys of the state are derived."""
    return settings.surrogate_key_file or settings.cache / "surrogate.key"


def surrogate_key(settings: Settings) -> bytes:
    """Return the secret by which surrogates are chosen: from its file, or a new one that is kept in the cache.

    Raises:
        SettingsError: the file that is set cannot be read, or holds less than 16 bytes.
    """
    file = surrogate_file(settings)
    problem = ""
    if not settings.surrogate_key_file:
        problem = _make_key(file)
    try:
        key = b"" if problem else read_bounded(file).strip()
    except OSError as error:
        key, problem = b"", f"{file} {problem_of(error)}"
    if len(key) >= LEAST_KEY:
        return key
    if settings.surrogate_key_file:
        problem = f"the file {file} cannot be read, or holds less than {LEAST_KEY} bytes"
        raise SettingsError(variable("surrogate_key_file"), problem, "write 32 random letters and digits into it")
    problem = problem or f"{file} holds less than {LEAST_KEY} bytes: remove it"
    log.warning("surrogates change at each start: %s - or set %s", problem, variable("surrogate_key_file"))
    return secrets.token_bytes(32)


def _make_key(file: Path) -> str:
    """Make a secret that its owner alone may read, unless there is one; return what prevents that, "" if nothing does.

    An empty file is none: a process may have died, or the disk have been full, as it was written.
    """
    try:
        if not _is_empty(file):
            return ""
        file.parent.mkdir(parents=True, exist_ok=True)
        with locked(file.with_name(f"{file.name}.lock")):
            if _is_empty(file):
                write_whole(file, secrets.token_hex(32).encode(), 0o600)
    except OSError as error:
        return f"{error.filename or file} {problem_of(error, 'kept')}"
    return ""


def _is_empty(file: Path) -> bool:
    try:
        return not read_bounded(file).strip()
    except FileNotFoundError:
        return True


def open_attempt_log(settings: Settings, wait_s: float | None = WAIT, part: ProcessPart = WHOLE) -> AttemptLog:
    """Open the record and the budgets, where the settings say.

    Args:
        settings: of the process.
        wait_s: seconds that a call may wait for its minute; None for as long as it takes.
        part: this process's, of calls at once.

    Raises:
        StoreError: the database cannot be used.
        RecordError: the record does not end as it was written, or its key cannot be read.
    """
    store = _open_state(settings)
    return AttemptLog(_open_record(settings, store), Meter(Ledger(store), wait_s, part))


def _open_state(settings: Settings) -> Store:
    return open_store(settings.state_url.get_secret_value())


def _open_record(settings: Settings, store: Store) -> Record:
    signer = Signer.read(settings.record_key_file) if settings.record_key_file else None
    return Record.open(store, signer, settings.record_heads_every)


def open_lines(policy: Policy, settings: Settings) -> BatchLines:
    """Open what takes calls as lines of batches, where the settings say.

    Args:
        policy: names those who have a Batch API.
        settings: of the process.

    Raises:
        StoreError, RecordError: as `open_attempt_log` does.
    """
    store = _open_state(settings)
    books = BatchBooks(store, _open_record(settings, store), Ledger(store))
    return BatchLines(books, surrogate_key(settings), policy.providers)


def load_own(home: Path | None) -> tuple[Mapping[str, Handler], Prompts]:
    """Load handlers and prompts; those that are shipped once in this process.

    Args:
        home: a folder made by `labelguard init`, whose handlers and prompts replace the shipped ones.

    Raises:
        ConfigError: a handler cannot be used.
        PromptError: a template is broken.
    """
    return _loaded(home / "handlers", home / "prompts") if home else _shipped()


@cache
def _shipped() -> tuple[Mapping[str, Handler], Prompts]:
    return _loaded(None, None)


def _loaded(handlers: Path | None, prompts: Path | None) -> tuple[Mapping[str, Handler], Prompts]:
    found = load_handlers(handlers), Prompts(prompts)
    found[1].check(found[0])
    return found


def assemble(
    policy: Policy,
    settings: Settings,
    gateway: Gateway,
    redactors: Redactors,
    key: bytes,
    store: Store | None = None,
) -> Engine:
    """Put an engine together: the one place, for what predicts and for what shows what would be sent.

    Args:
        policy: decides on every project.
        settings: say where handlers and prompts of one's own are, how many threads redact, and where Label Studio is.
        gateway: asks models; what only shows has one that reaches guards alone.
        redactors: load what looks for personal data, into processes of its own or into this one.
        key: the secret by which surrogates are chosen.
        store: where answers are kept, and what reviewers taught; None keeps none, and asks for nothing of it.

    Raises:
        DetectionError: what looks for personal data cannot be loaded.
        ConfigError, PromptError: as `load_own` does.
    """
    handlers, prompts = load_own(settings.home)
    parts = EngineParts(
        redactors=redactors.with_all(policy.scans),
        gateway=gateway,
        fetcher=Fetcher(label_studio_access(settings)),
        handlers=handlers,
        prompts=prompts,
        surrogate_key=key,
        kept=KeptAnswers(store, key) if store else None,
        calibrations=Calibrations(store, ReviewEntries(key)) if store else None,
        trusts=ProjectTrusts(store, ReviewEntries(key)) if store else None,
        library=Library(lambda: Reviews(store, ReviewEntries(key)), means=True) if store else None,
    )
    return Engine(policy, parts, settings.redaction_workers)


def _predicting(
    policy: Policy,
    settings: Settings,
    wait_s: float | None,
    models: EmbeddedModels,
    part: ProcessPart,
    lines: BatchLines | None,
) -> Engine:
    """Put an engine together that asks models, writes the record and keeps answers."""
    key = surrogate_key(settings)
    store = _open_state(settings)
    gateway = Gateway(open_attempt_log(settings, wait_s, part), models.reach, part, lines, SentSamples(store, key))
    policy.warn()
    return assemble(policy, settings, gateway, Redactors(start_redactor), key, store)


@contextmanager
def guards_gateway(policy: Policy, settings: Settings) -> Iterator[Gateway]:
    """Yield a gateway by which a policy's guards may be asked, for commands that ask no other model.

    What they are asked stands in the record. Where the policy has none, nobody may be asked.

    Raises:
        ModelFileError: a model cannot be had or does not start.
        StoreError, RecordError: as `open_attempt_log` does.
    """
    if not policy.guards:
        yield Gateway(AttemptLog())
        return
    with EmbeddedModels() as models:
        models.run(policy.guards)
        yield Gateway(open_attempt_log(settings), models.reach)


def label_studio_access(settings: Settings) -> LabelStudioAccess | None:
    """Return where Label Studio is, if the settings say so."""
    token = settings.label_studio_token
    return LabelStudioAccess(settings.label_studio_url, token.get_secret_value()) if token else None


def _load(engine: Engine, models: EmbeddedModels) -> None:
    """Load what the engine needs, beside the processes that it has started."""
    log.info("loading what looks for personal data, and what asks models")
    providers = engine.policy.providers
    models.start(providers)  # what cannot start is told at once
    parse_config("<View/>")  # loads what the first plan needs
    engine.gateway.warm(providers)
    silence_libraries()
    engine.redactors.loaded()
    models.run(providers)
    log.info("all is loaded")


@contextmanager
def starting_engine(
    policy: Policy,
    settings: Settings,
    *,
    wait_s: float | None = WAIT,
    models: EmbeddedModels | None = None,
    part: ProcessPart = WHOLE,
    lines: BatchLines | None = None,
) -> Iterator[tuple[Engine, "Future[None]"]]:
    """Put an engine together at once, and load what it needs meanwhile; it ends with the context.

    Args:
        policy: decides on every project.
        settings: of the process.
        wait_s: seconds that a call may wait for its minute; None for as long as it takes.
        models: the embedded ones, which the caller ends; by default they end with the context.
        part: this process's, of calls at once; by default all.
        lines: where calls are handed in that are to go in batches; None if none are.

    Yields:
        The engine, which can plan; and what is done when it can predict, or has a DetectionError or a ModelFileError
        because it never can.
    """
    with ExitStack() as ours:
        running = models or ours.enter_context(EmbeddedModels())
        engine = _predicting(policy, settings, wait_s, running, part, lines)
        engine.tally.spans = ours.enter_context(open_spans(settings))
        yield engine, begun(partial(_load, engine, running), "loading")


@contextmanager
def running_engine(
    policy: Policy,
    settings: Settings,
    *,
    wait_s: float | None = WAIT,
    models: EmbeddedModels | None = None,
    lines: BatchLines | None = None,
) -> Iterator[Engine]:
    """Put an engine together that can predict; it ends with the context. Takes seconds.

    Args:
        policy: decides on every project.
        settings: of the process.
        wait_s: seconds that a call may wait for its minute; None for as long as it takes.
        models: the embedded ones, which the caller ends; by default they end with the context.
        lines: where calls are handed in that are to go in batches; None if none are.

    Raises:
        DetectionError: what looks for personal data cannot be loaded.
        ModelFileError: a model cannot be had or does not start.
    """
    with starting_engine(policy, settings, wait_s=wait_s, models=models, lines=lines) as (engine, loaded):
        loaded.result()
        yield engine
