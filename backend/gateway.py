"""The one way out (P2): only this reaches a model, and it takes only what the privacy layer cleared.

OpenAI goes through openai, all others through litellm; instructor has both answer in a pydantic model's form.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from backend.books import Books, Entry, Errand, tokens_of_failure
from backend.budget.amounts import request_size
from backend.errors import (
    GatewayError,
    InvalidAnswerError,
    LabelguardError,
    PrivacyError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderRefusalError,
    ProviderSetupError,
    ProviderTimeoutError,
)
from backend.logs import silence_libraries
from backend.redact import ClearedPrompt
from backend.types import Provider, Reach

T = TypeVar("T", bound=BaseModel)
Send = Callable[..., Awaitable[Any]]

# litellm fetches a price list when it is imported, unless it is told not to before.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_OFFLINE_MODE": "true", "LITELLM_TELEMETRY": "False"}
NO_KEY = "none"  # what a server of one's own that asks for no key is sent


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """An answer that fits.

    Attributes:
        answer: of the type that was asked for.
        provider: who gave it.
        content: its JSON, as the model wrote it.
        logprobs: its tokens in order, with the natural logarithm of their probability; empty if not given.
        attempts: how often this provider was asked.
        tokens_in, tokens_out: as the provider counts the last attempt; 0 if it does not say.
    """

    answer: T = field(repr=False)
    provider: str
    content: str = field(repr=False)
    logprobs: tuple[tuple[str, float], ...] = field(repr=False)
    attempts: int
    tokens_in: int
    tokens_out: int


@dataclass(slots=True)
class _Call:
    """One call with all its attempts: what a failure was, since instructor's own errors quote the prompt."""

    prompt: ClearedPrompt = field(repr=False)
    provider: Provider
    books: Books
    errand: Errand
    attempts: int = 0
    failure: LabelguardError | None = None
    completion: Any = field(default=None, repr=False)


class _StoppedError(Exception):
    """Ends instructor's attempts; the reason stands in the call."""


class Gateway:
    """Asks providers. Belongs to one event loop.

    Args:
        books: what every attempt passes.
        embedded: says where an embedded model answers.
    """

    def __init__(self, books: Books, embedded: Callable[[Provider], Awaitable[Reach]] | None = None) -> None:
        self.books = books
        self._embedded = embedded
        self._create: dict[Provider, Callable[..., Awaitable[Any]]] = {}
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._clients: list[Any] = []

    async def ask(
        self, prompt: ClearedPrompt, answer_type: type[T], providers: Sequence[Provider], errand: Errand
    ) -> Reply[T]:
        """Ask the providers in their order, and no others, until one gives an answer that fits (P6).

        Args:
            prompt: what the privacy layer cleared.
            answer_type: the form that the answer must have.
            providers: a policy's.
            errand: what it is about, for the record and the budgets.

        Raises:
            PrivacyError: the prompt may not go to this provider; no other is tried.
            BudgetError: a budget is used up; no other is tried.
            RecordError: it cannot be recorded, so nothing is sent.
            GatewayError: no provider gave an answer that fits; says why for each.
        """
        if not isinstance(prompt, ClearedPrompt):
            raise TypeError("the gateway takes a ClearedPrompt alone")
        failures: list[GatewayError] = []
        for provider in providers:
            try:
                return await self._ask_one(prompt, answer_type, provider, errand)
            except GatewayError as error:
                failures.append(error)
            except PrivacyError as error:
                await self.books.refuse(errand, error, provider)
                raise
        if len(failures) > 1:
            failures[-1].args = ("; then ".join(error.reason for error in failures),)
            failures[-1].reason = failures[-1].args[0]
        raise failures[-1] from None

    async def _ask_one(
        self, prompt: ClearedPrompt, answer_type: type[T], provider: Provider, errand: Errand
    ) -> Reply[T]:
        if provider.external and not prompt.redacted:
            raise PrivacyError(f"provider {provider.name} is external and the text is not redacted - set redact: true")
        create = self._create.get(provider)
        if create is None:
            create = self._create[provider] = self._build(provider)
        call = _Call(prompt, provider, self.books, errand)
        answer = None
        async with self._slots.setdefault(provider.name, asyncio.Semaphore(provider.concurrency)):
            # Whatever instructor raises quotes prompt, answer and key: nothing of it is kept.
            with suppress(Exception):
                answer = await create(
                    response_model=answer_type,
                    messages=[{"role": message.role, "content": message.content} for message in prompt.messages],
                    max_retries=provider.attempts - 1,
                    call=call,
                    model=provider.model,
                    temperature=0,
                    max_tokens=provider.max_tokens,
                )
        if call.failure:
            raise call.failure
        if answer is None:
            reason = (
                f"no answer that fits in {call.attempts} attempts - raise attempts or max_tokens, or use a better model"
            )
            raise InvalidAnswerError(provider.name, reason)
        return _reply(answer, call)

    def _build(self, provider: Provider) -> Callable[..., Awaitable[Any]]:
        """Make the function that asks a provider in instructor's way."""
        _import_litellm() if provider.kind == "litellm" else None
        import instructor  # noqa: PLC0415 - takes a second

        silence_libraries()
        ways = {"openai": self._openai, "litellm": self._litellm, "embedded": self._own}
        raw = ways[provider.kind](provider)
        mode = instructor.Mode[provider.mode.upper()]
        create: Callable[..., Awaitable[Any]] = instructor.patch(create=partial(_send, raw), mode=mode)
        return create

    def _openai(self, provider: Provider) -> Send:
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient  # noqa: PLC0415 - takes a second

        client = AsyncOpenAI(
            api_key=NO_KEY,
            base_url=provider.address,
            max_retries=0,
            timeout=provider.timeout_s,
            http_client=DefaultAsyncHttpxClient(trust_env=provider.external),
        )
        self._clients.append(client)

        async def send(**kwargs: Any) -> Any:
            return await client.with_options(api_key=_key(provider)).chat.completions.create(**kwargs)

        return send

    def _own(self, provider: Provider) -> Send:
        """Ask the embedded model, wherever it answers at the time: a start anew gives it another socket and key."""
        from httpx2 import AsyncHTTPTransport  # noqa: PLC0415 - what openai is built on
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient  # noqa: PLC0415 - takes a second

        clients: dict[Reach, AsyncOpenAI] = {}

        async def send(**kwargs: Any) -> Any:
            if self._embedded is None:
                raise ProviderSetupError(provider.name, "is embedded, and no embedded model runs here")
            reach = await self._embedded(provider)
            if reach not in clients:
                clients[reach] = AsyncOpenAI(
                    api_key=reach.key or _key(provider),
                    base_url=reach.base_url,
                    max_retries=0,
                    timeout=provider.timeout_s,
                    http_client=DefaultAsyncHttpxClient(
                        transport=AsyncHTTPTransport(uds=reach.uds), trust_env=False, follow_redirects=False
                    ),
                )
                self._clients.append(clients[reach])
            return await clients[reach].chat.completions.create(logprobs=True, **kwargs)

        return send

    def _litellm(self, provider: Provider) -> Send:
        litellm = _import_litellm()

        async def send(**kwargs: Any) -> Any:
            return await litellm.acompletion(
                api_key=_key(provider),
                api_base=provider.address,
                timeout=provider.timeout_s,
                max_retries=0,
                num_retries=0,
                **kwargs,
            )

        return send

    @staticmethod
    def warm(providers: Iterable[Provider]) -> None:
        """Import what the providers need, so that the first call does not wait for it."""
        if any(provider.kind == "litellm" for provider in providers):
            _import_litellm()
        import instructor  # noqa: F401, PLC0415
        import openai  # noqa: F401, PLC0415

        silence_libraries()

    async def aclose(self) -> None:
        """Close the connections and the books."""
        self.books.close()
        for client in self._clients:
            await client.close()
        self._clients.clear()
        self._create.clear()


async def _send(raw: Send, *, call: _Call, **kwargs: Any) -> Any:
    """Make one attempt: the last look, the time-out, and errors that carry no text."""
    call.attempts += 1
    provider = call.provider
    try:
        if provider.external:
            call.prompt.last_look(kwargs)
        async with call.books.attempt(call.errand, provider, request_size(kwargs)) as entry:
            await _attempt(raw, call, entry, kwargs)
    except LabelguardError as error:
        call.failure = error
    if call.failure:
        raise _StoppedError
    return call.completion


async def _attempt(raw: Send, call: _Call, entry: Entry, kwargs: dict[str, Any]) -> None:
    """Reach the provider; what comes of it stands in the call and in its entry."""
    provider = call.provider
    try:
        async with asyncio.timeout(provider.timeout_s):
            call.completion = await raw(**kwargs)
    except LabelguardError as error:
        call.failure = error
    except Exception as error:
        call.failure = _failure(provider, error)
    if isinstance(call.failure, GatewayError):
        entry.failure, entry.tokens = call.failure, tokens_of_failure(call.failure)
        return
    usage = getattr(call.completion, "usage", None)
    entry.is_answered = True
    entry.bytes_in = len(call.completion.model_dump_json().encode())
    entry.tokens = getattr(usage, "prompt_tokens", 0) or 0, getattr(usage, "completion_tokens", 0) or 0


def _failure(provider: Provider, error: Exception) -> GatewayError:
    """Map a library's error by its HTTP status and type; its text is never read."""
    import openai  # noqa: PLC0415 - litellm's errors are subclasses of openai's

    kind: type[GatewayError] = ProviderDownError
    status = getattr(error, "status_code", 0)
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        kind, reason = ProviderTimeoutError, f"no answer in {provider.timeout_s:g} s - raise timeout_s"
    elif isinstance(error, openai.APIConnectionError):
        reason = "cannot be reached - check address, and that the server runs"
    elif status in (401, 403):
        kind, reason = ProviderAuthError, f"refused the key ({status}) - check {_key_place(provider)}"
    elif status == 429:
        kind, reason = ProviderBusyError, "is busy or its quota is used up (429) - lower concurrency or try later"
    elif 400 <= status < 500:
        kind, reason = ProviderRefusalError, f"refused the request ({status}) - check model, mode and the text's length"
    elif status:
        # litellm says 500 also where there was no connection
        reason = f"failed or cannot be reached ({status}) - check address, and look into the server's log"
    else:
        reason = f"gave no answer that can be read ({type(error).__name__}) - check address and kind"
    return kind(provider.name, reason)


def _reply(answer: T, call: _Call) -> Reply[T]:
    completion = call.completion
    choice = completion.choices[0]
    message = choice.message
    calls = getattr(message, "tool_calls", None)
    tokens = getattr(getattr(choice, "logprobs", None), "content", None) or ()
    usage = getattr(completion, "usage", None)
    return Reply(
        answer=answer,
        provider=call.provider.name,
        content=(calls[0].function.arguments if calls else message.content) or "",
        logprobs=tuple((token.token, token.logprob) for token in tokens),
        attempts=call.attempts,
        tokens_in=getattr(usage, "prompt_tokens", 0) or 0,
        tokens_out=getattr(usage, "completion_tokens", 0) or 0,
    )


def _key(provider: Provider) -> str:
    """Read the API key from where the policy says it stands, at every call: keys rotate."""
    key = ""
    if provider.key_env:
        key = os.environ.get(provider.key_env, "").strip()
    elif provider.key_file:
        try:
            key = Path(provider.key_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            key = ""
    else:
        return NO_KEY
    if not key:
        raise ProviderSetupError(provider.name, f"has no key - set {_key_place(provider)}")
    return key


def _key_place(provider: Provider) -> str:
    if provider.key_env:
        return f"the environment variable {provider.key_env}"
    return f"the file {provider.key_file}" if provider.key_file else "key in the policy"


def _import_litellm() -> Any:
    """Import litellm such that it contacts nobody and prints nothing. Takes four seconds the first time."""
    os.environ.update(OFFLINE)
    import litellm  # noqa: PLC0415

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.drop_params = True
    silence_libraries()
    return litellm
