"""A gateway that keeps what a model answered in a file, so that the same is asked only once, in whatever run."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from backend.engine.assemble import load_redactor
from backend.engine.engine import Engine
from backend.engine.prepare import EngineParts
from backend.engine.redactors import Redactors
from backend.errors import CutAnswerError, GatewayError, InvalidAnswerError
from backend.labelstudio.fetch.data import Fetcher
from backend.model.answer.tokens import read_tokens
from backend.model.attempts import CallContext
from backend.model.embedded.models import EmbeddedModels
from backend.model.gateway import Gateway, Reply
from backend.policy import Policy
from backend.privacy.redact import ClearedPrompt
from backend.prompting.answer_form import Answer
from backend.prompting.templates import Prompts
from backend.providers import Provider
from handlers import load_handlers
from tests.child import ROOT
from tests.parts import open_attempt_log

PACKAGES = ("xllamacpp", "instructor", "openai", "pydantic")
READERS = tuple(f"model/{name}.py" for name in ("answer/completions", "gateway", "answer/leniency", "answer/thoughts"))
SAVED_EVERY = 10


class NotKeptError(GatewayError):
    """There is no answer yet, and none is asked for."""

    code = "not_kept"


@dataclass(slots=True)
class Replies:
    """Answers by a hash of all that they hang on: what was asked, of which model, by which packages.

    What the model could not answer hangs on our code, too, which reads answers, and on how long an answer may be: it is
    asked again when that changes. A whole answer is the same however long it might have been.

    Args:
        file: where they are kept.
        settings: of the model, as far as the prompt and the provider do not tell them.
        asks: whether what is not kept is asked for.
        keeps_tokens: whether the probabilities of an answer's tokens are kept, too.
    """

    file: Path
    settings: Sequence[Any] = ()
    asks: bool = True
    keeps_tokens: bool = False
    by_key: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    _code: str = ""
    _unsaved: int = 0

    def __post_init__(self) -> None:
        """Read what earlier runs left."""
        self._code = code_digest()
        self.by_key = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            kept: dict[str, dict[str, Any]] = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept

    def key(self, prompt: ClearedPrompt, answer_type: type[Answer], providers: Sequence[Provider]) -> str:
        """Return what an answer is known by."""
        asked = [
            [[message.role, message.content] for message in prompt.messages],
            answer_type.model_json_schema(),
            [[p.kind, p.model, p.mode, p.attempts] for p in providers],
            [f"{package} {version(package)}" for package in PACKAGES],
            list(self.settings),
        ]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:32]

    def find(self, key: str, providers: Sequence[Provider]) -> dict[str, Any] | None:
        """Return what is kept under a key; None if nothing is, or a failure of other code or for other providers."""
        kept = self.by_key.get(key)
        return kept if kept and ("answer" in kept or kept["code"] == self._reader(providers)) else None

    def keep(self, key: str, reply: Reply[Answer]) -> None:
        """Keep an answer."""
        tokens = {"tokens": reply.logprobs} if self.keeps_tokens else {}
        self._keep(key, {"answer": reply.answer.model_dump_json(by_alias=True), **tokens})

    def keep_failure(self, key: str, error: InvalidAnswerError, providers: Sequence[Provider]) -> None:
        """Keep that there was no answer that fits."""
        self._keep(key, {"failed": error.code, "reason": error.reason, "code": self._reader(providers)})

    def _reader(self, providers: Sequence[Provider]) -> str:
        return " ".join([self._code, *(str(provider.max_tokens) for provider in providers)])

    def _keep(self, key: str, kept: dict[str, Any]) -> None:
        self.by_key[key] = kept
        self._unsaved += 1
        if self._unsaved >= SAVED_EVERY:
            self.save()

    def save(self) -> None:
        """Write them with those of other runs at the same time, so that a run that is stopped spoils nothing."""
        if not self._unsaved:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.by_key = self._read() | self.by_key
        new = self.file.with_suffix(f".{os.getpid()}")
        new.write_text(json.dumps(self.by_key), encoding="utf-8")
        new.replace(self.file)
        self._unsaved = 0


def code_digest() -> str:
    """Return a hash of the code that reads a model's answers."""
    return hashlib.sha256(b"".join((ROOT / "backend" / file).read_bytes() for file in READERS)).hexdigest()[:32]


class KeptGateway(Gateway):
    """Asks as any gateway does, but for what is kept.

    Args:
        replies: where answers are kept.
    """

    def __init__(self, *args: Any, replies: Replies) -> None:
        super().__init__(*args)
        self._replies = replies

    async def ask(  # type: ignore[override]  # the engine asks for one kind of answer alone
        self, prompt: ClearedPrompt, answer_type: type[Answer], providers: Sequence[Provider], call_context: CallContext
    ) -> Reply[Answer]:
        """Return the answer that is kept, or ask and keep it."""
        if call_context.longer > 1:  # it repeats itself, and would again
            raise CutAnswerError(providers[0].name, "the answer was cut")
        key = self._replies.key(prompt, answer_type, providers)
        if kept := self._replies.find(key, providers):
            return _reply(kept, answer_type, providers[0])
        if not self._replies.asks:
            raise NotKeptError(providers[0].name, "has not been asked yet")
        try:
            reply = await super().ask(prompt, answer_type, providers, call_context)
        except InvalidAnswerError as error:
            self._replies.keep_failure(key, error, providers)
            raise
        self._replies.keep(key, reply)
        return reply


def keeping_engine(policy: Policy, folder: Path, models: EmbeddedModels, replies: Replies, **more: Any) -> Engine:
    """Return an engine that asks the embedded model, but for what is kept.

    Args:
        policy: which it goes by.
        folder: where it writes down what it asks.
        models: the embedded one among them.
        replies: where answers are kept.
        more: further parts of the engine.
    """
    redactors = Redactors(load_redactor).with_all(policy.scans)
    gateway = KeptGateway(open_attempt_log(folder), models.reach, replies=replies)
    return Engine(policy, EngineParts(redactors, gateway, Fetcher(), load_handlers(), Prompts(), **more))


def _reply(kept: dict[str, Any], answer_type: type[Answer], provider: Provider) -> Reply[Answer]:
    """Return a kept answer, checked anew.

    Raises:
        InvalidAnswerError: there was none that fits.
    """
    if "answer" not in kept:
        error = CutAnswerError if kept["failed"] == CutAnswerError.code else InvalidAnswerError
        raise error(provider.name, kept["reason"])
    answer = answer_type.model_validate_json(kept["answer"])
    tokens = read_tokens(kept.get("tokens", ()))
    return Reply(answer, provider.name, kept["answer"], tokens, attempts=0, tokens_in=0, tokens_out=0)
