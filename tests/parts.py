"""The real parts that tests put together: policies, engines, servers on loopback."""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any

import httpx
import yaml
from sqlalchemy import select

from backend.budget.ledger import Ledger
from backend.budget.meter import Meter
from backend.engine.engine import Engine
from backend.engine.learning import keeping_of
from backend.engine.prepare import EngineParts
from backend.engine.redactors import Redactors
from backend.engine.thread import EngineThread
from backend.labelstudio.check import Checker
from backend.labelstudio.config import build_plan
from backend.labelstudio.fetch.data import Fetcher
from backend.labelstudio.types import Prediction
from backend.labelstudio.visibility import shown_results
from backend.labelstudio.xml.interface import parse_config
from backend.model.answer.score import NO_SCORES, score_answer
from backend.model.answer.tokens import Token
from backend.model.attempts import AttemptLog
from backend.model.batch.books import BatchBooks
from backend.model.batch.lines import BatchLines
from backend.model.gateway import Gateway
from backend.model.kept_answers import KeptAnswers
from backend.model.sent_samples import SentSamples
from backend.policy import Policy
from backend.policy.types import Decision
from backend.privacy.redact import RedactOptions, Redactor
from backend.privacy.types import Detection, Operator, Scan
from backend.prompting.answer_form import compose_answer
from backend.prompting.calls import Call, plan_calls
from backend.prompting.task_texts import BoundTask, read_task
from backend.prompting.templates import Prompts
from backend.providers import Provider, Reach
from backend.queue.delivery import Delivery
from backend.queue.queue import QueueLimits, TaskQueue
from backend.queue.worker import QueueWorker
from backend.record.journal import Record
from backend.results.regions import Results, ordered
from backend.review.calibration import Calibrations
from backend.review.entries import ReviewEntries
from backend.review.inbox import Inbox, spool_of
from backend.review.reviews import Reviews
from backend.review.service import ReviewService
from backend.review.similar.library import Library
from backend.review.tables import INBOX
from backend.review.trust import ProjectTrusts
from backend.review.worker import ReviewWorker
from backend.server import app as server
from backend.server.app import create_app
from backend.server.ending import RequestLimits
from backend.server.http import BasicAuth
from backend.server.webhooks import WebhookGate, Webhooks, receiving
from backend.store import open_store
from handlers import load_handlers
from tests.patience import HANGS_S
from tests.stores import looking

SENTIMENT = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="Good"/>'
    '<Choice value="Bad"/></Choices></View>'
)
ENTITIES = (
    '<View><Text name="text" value="$text"/><Labels name="ner" toName="text"><Label value="PER"/>'
    '<Label value="ORG"/></Labels></View>'
)
SUMMARY = '<View><Text name="text" value="$text"/><TextArea name="summary" toName="text"/></View>'
ALL = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="Good"/>'
    '<Choice value="Bad"/></Choices><Labels name="ner" toName="text"><Label value="PER"/><Label value="ORG"/></Labels>'
    '<TextArea name="summary" toName="text"/></View>'
)


@lru_cache
def detector() -> Any:
    """Return the real detector; it takes seconds to load."""
    from backend.privacy.detect import Detector

    return Detector(Scan(unknown_language="patterns"))


def write_policy(
    folder: Path, providers: Mapping[str, Mapping[str, Any]], rules: Sequence[Mapping[str, Any]] | None = None
) -> Policy:
    """Write a policy file and load it; by default one rule lets every project use the providers in their order."""
    rules = rules or [{"name": "all", "match": "everything", "providers": list(providers)}]
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "providers": dict(providers), "rules": list(rules)}))
    return Policy.load(file)


def provider(address: str, kind: str = "litellm", *, external: bool = True, **settings: Any) -> dict[str, Any]:
    """Return a provider for `write_policy`."""
    model = "openai/stand-in" if kind == "litellm" else "stand-in"
    return {"kind": kind, "model": model, "address": address, "external": external, **settings}


@lru_cache
def _new_state() -> bytes:
    """Return a database with a new record and new budgets: to make it takes longer than most tests."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "state.db")
        store = open_store(f"sqlite:///{file}")
        with Record.open(store):
            Ledger(store).close()
        store.dispose()
        return file.read_bytes()


def open_attempt_log(folder: Path) -> AttemptLog:
    """Open a record and budgets in a folder."""
    file = folder / "state.db"
    if not file.exists():
        file.touch(0o600)
        file.write_bytes(_new_state())
    store = open_store(f"sqlite:///{file}")
    return AttemptLog(Record.open(store), Meter(Ledger(store)))


def finds(*names: str) -> Callable[[str], list[Detection]]:
    """Return what detects some names, and nothing else: quick, for tests that are about other things."""
    form = re.compile("|".join(map(re.escape, names)))
    return lambda text: [Detection(found.start(), found.end(), "PERSON", 0.9) for found in form.finditer(text)]


SECRET = b"of these tests: 32 bytes or more"


def open_lines(policy: Policy, url: str = "") -> BatchLines:
    """Open what takes calls as lines of batches, by default in the database that the policy's folder has."""
    store = open_store(url or f"sqlite:///{policy.file.parent / 'state.db'}")
    return BatchLines(BatchBooks(store, Record.open(store), Ledger(store)), SECRET, policy.providers)


async def stood_in(provider: Provider) -> Reach:
    """Say where a stand-in for the embedded model answers: at its provider's address."""
    return Reach(str(provider.address))


def build_engine(
    policy: Policy,
    detect: Callable[[str], Sequence[Detection]] | Redactor | None = None,
    fetcher: Fetcher | None = None,
    embedded: Callable[[Provider], Awaitable[Reach]] = stood_in,
    *,
    keeps: bool = False,
    home: Path | None = None,
) -> Engine:
    """Put an engine together; `detect` serves for all ways in which a policy may look for personal data.

    If it keeps answers, then in the policy's folder, as its record: another engine there finds them. There it looks
    for what reviewers taught, too. The home folder, if there is one, has handlers and prompts of one's own.
    """
    redactor = detect if isinstance(detect, Redactor) else Redactor(detect or detector().detect)
    redactors = Redactors(lambda scan: redactor).with_all(policy.scans)
    store = open_store(f"sqlite:///{policy.file.parent / 'state.db'}")
    samples = SentSamples(store, SECRET) if keeps else None
    gateway = Gateway(open_attempt_log(policy.file.parent), embedded, samples=samples)
    kept = KeptAnswers(store, SECRET) if keeps else None
    calibrations = Calibrations(store, ReviewEntries(SECRET)) if keeps else None
    handlers = load_handlers(home / "handlers" if home else None)
    prompts = Prompts(home / "prompts" if home else None)
    trusts = ProjectTrusts(store, ReviewEntries(SECRET)) if keeps else None
    library = Library(lambda: Reviews(store, ReviewEntries(SECRET)))
    state = (kept, calibrations, trusts, library)
    parts = EngineParts(redactors, gateway, fetcher or Fetcher(), handlers, prompts, SECRET, *state)
    return Engine(policy, parts)


def open_worker(
    engine: Engine, url: str = "", limits: QueueLimits | None = None, delivery: Delivery | None = None
) -> QueueWorker:
    """Open the queue in a database, by default that of the engine's record, and give what works on it."""
    store = open_store(url or f"sqlite:///{engine.policy.file.parent / 'state.db'}")
    return QueueWorker(engine, TaskQueue(store, SECRET, limits), delivery)


def open_webhooks(engine: Engine, secret: str = "", auth: BasicAuth | None = None, url: str = "") -> Webhooks:
    """Open what takes webhooks, in a database, by default that of the engine's record. Label Studio is not asked."""
    store = open_store(url or f"sqlite:///{engine.policy.file.parent / 'state.db'}")
    entries = ReviewEntries(SECRET)
    inbox, reviews = Inbox(store, entries), Reviews(store, entries)
    worker = ReviewWorker(store, inbox, reviews, partial(keeping_of, engine.job))
    service = ReviewService(inbox, reviews, worker, lambda: engine.policy.keeps_annotations)
    return Webhooks(WebhookGate(secret, auth), 2**26, service)


def webhooks_wait(url: str) -> bool:
    """Say whether a webhook waits in a store or beside it."""
    with looking(url) as connection:
        spool = spool_of(connection.engine)
        if spool and spool.waiting():
            return True
        return connection.execute(select(INBOX.c.place).limit(1)).first() is not None


@contextmanager
def serving(
    engine: Engine | EngineThread,
    auth: BasicAuth | None = None,
    max_body_bytes: int = 2**26,
    predict_timeout: float = 85.0,
    worker: QueueWorker | None = None,
    limits: RequestLimits | None = None,
) -> Iterator[httpx.Client]:
    """Run the real server on loopback; yields a client for it. Without a worker nothing goes on behind a request."""
    limits = limits or RequestLimits(predict_timeout, body=max_body_bytes)
    app = create_app(engine if isinstance(engine, EngineThread) else EngineThread(engine), auth, limits, worker=worker)
    with server.serving(app) as address, httpx.Client(base_url=address, timeout=HANGS_S, trust_env=False) as client:
        yield client


@contextmanager
def serving_webhooks(engine: Engine, webhooks: Webhooks, auth: BasicAuth | None = None) -> Iterator[httpx.Client]:
    """Run the real server on loopback, which takes webhooks; yields a client for it."""
    app = create_app(EngineThread(engine), auth)
    with (
        receiving(app, webhooks),
        server.serving(app) as address,
        httpx.Client(base_url=address, timeout=HANGS_S, trust_env=False) as client,
    ):
        yield client


def without_hashes(text: str) -> str:
    """Return a text without what is drawn or hashed, in which any few digits may stand by chance."""
    return re.sub(r"\b[0-9a-f]{8,}\b", "", text)


def answered(config: str, data: Mapping[str, Any], answer: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the results that come of a model's answer to a task in which nothing is redacted, checked.

    Args:
        config: the label config.
        data: the task's.
        answer: as JSON, by control.

    Raises:
        ValidationError: the answer does not fit the form.
        LabelguardError: the task or the answer is refused.
    """
    return asked(config, data).results(answer)


@dataclass(frozen=True, slots=True)
class Asked:
    """A task that was read, redacted and bound, and how it is asked."""

    config: str
    prepared: BoundTask
    calls: Sequence[Call]
    drops: Counter[str] = field(default_factory=Counter)

    def results(self, *answers: Mapping[str, Any], logprob: float | None = None) -> tuple[dict[str, Any], ...]:
        """Return the results of one answer a call, all of whose tokens have a probability, if one is given."""
        found = Results.of(self.prepared, HANDLERS)
        for call, answer in zip(self.calls, answers, strict=True):
            form = compose_answer(call.question, HANDLERS)
            said = form.model_validate(dict(answer))
            content = said.model_dump_json(by_alias=True)
            tokens = [Token(text, logprob or 0.0) for text in re.findall(r"\w+|\W", content)]
            scores = NO_SCORES if logprob is None else score_answer(tokens, content, form.model_json_schema())
            found.add(call.question, said, call.pieces, scores)
        self.drops.update(found.drops)
        plan = self.prepared.plan
        results = tuple(ordered(plan.controls, shown_results(plan, found.answers)))
        self.check(results)
        return results

    def check(self, results: Sequence[dict[str, Any]]) -> None:
        """Check results as the pipeline does."""
        given = self.prepared.given_ids
        prediction = Prediction(tuple(results), "v")
        checker = Checker(parse_config(self.config, HANDLERS), HANDLERS)
        checker.check(prediction, self.prepared.plan, self.prepared.reading.contents, given)


HANDLERS = load_handlers()


def asked(
    config: str,
    data: Mapping[str, Any],
    detect: Callable[[str], Sequence[Detection]] | None = None,
    size: int = 1_000_000,
    context: Sequence[dict[str, Any]] = (),
    operators: Mapping[str, Operator] = MappingProxyType({}),
) -> Asked:
    """Read, redact and bind a task."""
    plan = build_plan(config, HANDLERS)
    reading = read_task(plan, Decision("", ()), (), data, (), context)
    options = RedactOptions(borders=reading.borders(), operators=operators, seed="seed")
    task = Redactor(detect or (lambda text: [])).redact(reading.texts(), options)
    prepared = BoundTask.of(plan, reading, task, context)
    return Asked(config, prepared, list(plan_calls(prepared, HANDLERS, size)))


def predict_body(config: str, *texts: Any, project: str = "1.1795417599") -> dict[str, Any]:
    """Return what Label Studio posts to /predict."""
    tasks: list[dict[str, Any]] = [
        {"id": index, "data": text if isinstance(text, dict) else {"text": text}, "annotations": [], "predictions": []}
        for index, text in enumerate(texts, 1)
    ]
    params = {"login": None, "password": None, "context": None}
    return {"tasks": tasks, "project": project, "label_config": config, "params": params}


def setup_body(config: str, project: str = "1.1795417599") -> dict[str, Any]:
    """Return what Label Studio posts to /setup."""
    return {
        "project": project,
        "schema": config,
        "hostname": "http://localhost:8080",
        "access_token": "0123456789abcdef0123456789abcdef01234567",
        "extra_params": None,
    }
