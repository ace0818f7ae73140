"""The one way out (P2): only this reaches a model, and it takes only what the privacy layer cleared.

What goes out goes by `clients`. instructor says how a provider is asked to answer in a pydantic model's form, and what
it is told where an answer does not fit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar, cast

from pydantic import BaseModel

from backend.budget.amounts import request_size
from backend.budget.prices import price_of
from backend.errors import BudgetError, CutAnswerError, GatewayError, LabelguardError, PrivacyError
from backend.model.adapting import MOST
from backend.model.answer.completions import Completion, Extracted, invalid, take_answer
from backend.model.answer.foreign import probabilities, read_object, tokens_of, value_of
from backend.model.answer.leniency import AnswerShape, answer_shape
from backend.model.answer.tokens import Token, within
from backend.model.attempts import AttemptLog, CallContext, OpenAttempt
from backend.model.batch.lines import BatchLines
from backend.model.clients import WireAttempt
from backend.model.failures import failure, used
from backend.model.request import asked, import_instructor, request_of
from backend.model.retries import Trouble, pause, trouble
from backend.model.senders import Embedded, Sender, rehearse
from backend.model.sent_samples import SampledSend, SentSamples
from backend.privacy.redact import ClearedPrompt
from backend.providers import Provider
from backend.system.offload import off_loop
from backend.system.part import WHOLE, ProcessPart

T = TypeVar("T", bound=BaseModel)
Create = Callable[..., Awaitable[Any]]
Refused: TypeAlias = frozenset[str]


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """An answer that fits.

    Attributes:
        answer: of the type that was asked for.
        provider: who gave it.
        content: its JSON, as it was taken out of what the model said, and tidied.
        logprobs: its tokens in order, with their probabilities; empty if not given.
        attempts: how often this provider was asked.
        tokens_in, tokens_out: as the provider counts the last attempt; 0 if it does not say, or miscounts.
        passed: why each provider before it gave none.
    """

    answer: T = field(repr=False)
    provider: str
    content: str = field(repr=False)
    logprobs: tuple[Token, ...] = field(repr=False)
    attempts: int
    tokens_in: int
    tokens_out: int
    passed: tuple[str, ...] = ()


@dataclass(slots=True)
class _Call:
    """One call with all its attempts: what a failure was, since instructor's own errors quote the prompt.

    Attributes:
        is_last: whether no other provider could be asked after this one.
        samples: keep a part of what is sent; None keeps nothing.
        lines: where it is handed in as a line of a batch; None if it is sent by itself.
        is_asked: whether instructor is to be given the answer that is there, before it asks again.
    """

    prompt: ClearedPrompt = field(repr=False)
    form: AnswerShape
    provider: Provider
    attempt_log: AttemptLog
    call_context: CallContext
    sender: Sender
    is_last: bool
    samples: SentSamples | None = None
    lines: BatchLines | None = None
    attempts: int = 0
    failure: LabelguardError | None = None
    completion: Any = field(default=None, repr=False)
    taken: Extracted | None = field(default=None, repr=False)
    tokens: tuple[int, int] = (0, 0)
    logprobs: tuple[Token, ...] = field(default=(), repr=False)
    is_asked: bool = False

    @property
    def is_answered(self) -> bool:
        """Whether there is an answer that fits."""
        return self.taken is not None and self.taken.answer is not None and not self.failure

    def keep_sent(self, attempt: int, sent: dict[str, Any]) -> None:
        """Keep what was sent, if the policy wants it and it is drawn; never what is not redacted."""
        about = self.call_context
        if self.samples and about.kept_sent and self.prompt.redacted and not about.is_guard:
            drawn = SampledSend(attempt, about.project, about.task, about.keep_days, about.kept_sent)
            self.samples.keep(drawn, sent)

    def tell(self) -> None:
        """Say in the metrics how hard the provider is asked by now."""
        throttle = self.sender.throttle
        self.attempt_log.tally.throttled(self.provider.name, throttle.state, throttle.size)


class _StoppedError(Exception):
    """Ends instructor's attempts; the reason stands in the call."""


class Gateway:
    """Asks providers. Belongs to one event loop.

    Args:
        attempt_log: what every attempt passes.
        embedded: says where an embedded model answers.
        part: this process's, of calls at once.
        lines: where calls to providers with a Batch API are handed in; None if they are all sent by themselves.
        samples: keep a part of what is sent, where its rule says so; closed with this. None keeps nothing.
    """

    def __init__(
        self,
        attempt_log: AttemptLog,
        embedded: Embedded | None = None,
        part: ProcessPart = WHOLE,
        lines: BatchLines | None = None,
        samples: SentSamples | None = None,
    ) -> None:
        self.attempt_log, self.part, self.lines, self._samples = attempt_log, part, lines, samples
        self._embedded = embedded
        self._ways: dict[Provider, tuple[Sender, Create]] = {}
        self._kept: frozenset[Provider] | None = None

    async def ask(
        self, prompt: ClearedPrompt, answer_type: type[T], providers: Sequence[Provider], call_context: CallContext
    ) -> Reply[T]:
        """Ask the providers in their order, and no others, until one gives an answer that fits (P6).

        Args:
            prompt: what the privacy layer cleared.
            answer_type: the form that the answer must have.
            providers: a policy's.
            call_context: what it is about, for the record and the budgets.

        Raises:
            PrivacyError: the prompt may not go to this provider; no other is tried.
            BudgetError: a budget is used up; no other is tried.
            RecordError: it cannot be recorded, so nothing is sent.
            GatewayError: no provider gave an answer that fits; says why for each. A CutAnswerError if one was cut.
        """
        if not isinstance(prompt, ClearedPrompt):
            raise TypeError("the gateway takes a ClearedPrompt alone")
        failures: list[GatewayError] = []
        for provider in providers:
            try:
                reply = await self._ask_one(prompt, answer_type, provider, call_context, provider is providers[-1])
                return replace(reply, passed=tuple(error.reason for error in failures))
            except GatewayError as error:
                failures.append(error)
            except PrivacyError as error:
                await self.attempt_log.refuse(call_context, error, provider)
                raise
        # An answer that was cut may be had in parts.
        told = next((error for error in failures if isinstance(error, CutAnswerError)), failures[-1])
        if len(failures) > 1:
            told.args = ("; then ".join(error.reason for error in failures),)
            told.reason = told.args[0]
        raise told from None

    async def _ask_one(
        self,
        prompt: ClearedPrompt,
        answer_type: type[T],
        provider: Provider,
        call_context: CallContext,
        is_last: bool,
    ) -> Reply[T]:
        if provider.external and not prompt.redacted:
            raise PrivacyError(f"provider {provider.name} is external and the text is not redacted - set redact: true")
        if provider not in self._ways:
            await asyncio.to_thread(self.warm, [provider])
        sender, create = self._way(provider)
        provider = call_context.asks(provider)
        lines = self.lines if provider.batch and not call_context.is_guard else None
        if lines or call_context.is_guard:  # many answers are in memory at once, or nothing is scored
            provider = replace(provider, scores="")
        shape = answer_shape(answer_type)
        call = _Call(prompt, shape, provider, self.attempt_log, call_context, sender, is_last, self._samples, lines)
        # Whatever instructor raises quotes prompt, answer and key: nothing of it is kept.
        with sender.used(), suppress(Exception):
            temperature = call_context.temperature
            make = partial(request_of, prompt, answer_type, provider, temperature)
            request = await off_loop(_characters(prompt), make)
            await _send(call=call, **request)
            if not call.is_answered and provider.attempts > 1:
                call.is_asked = True
                await create(
                    response_model=answer_type,
                    max_retries=provider.attempts - 1,
                    call=call,
                    **asked(prompt, provider, temperature),
                )
        await self._sweep()
        if call.failure:
            raise call.failure
        if call.taken is None or not call.is_answered:
            raise invalid(provider, (call.taken and call.taken.problem) or "type", call.attempts)
        answer = cast(T, call.taken.answer)
        return Reply(answer, provider.name, call.taken.json, call.logprobs, call.attempts, *call.tokens)

    def _way(self, provider: Provider) -> tuple[Sender, Create]:
        """Return what asks a provider, and the function that does so in instructor's way."""
        if provider not in self._ways:
            instructor = import_instructor()
            sender = Sender(provider, self._embedded, self.part)
            create = instructor.patch(create=_send, mode=instructor.Mode[provider.mode.upper()])
            self._ways[provider] = sender, create
        return self._ways[provider]

    def keep(self, providers: Iterable[Provider]) -> None:
        """Say which providers may still be asked: connections to others are closed as soon as nobody uses them.

        May be called from any thread.
        """
        self._kept = frozenset(providers)

    async def _sweep(self) -> None:
        gone = () if self._kept is None else set(self._ways) - self._kept
        for provider in gone:
            sender, _ = self._ways[provider]
            if not sender.users:
                del self._ways[provider]
                await sender.aclose()

    @staticmethod
    def warm(providers: Iterable[Provider]) -> None:
        """Load what calls of the providers need, so that the first one does not wait for it."""
        import_instructor()
        for provider in providers:
            price_of(provider)
            rehearse(provider)

    async def aclose(self) -> None:
        """Close the connections and the books. Whoever asks is ended first, so that the books hear how."""
        try:
            for sender, _ in self._ways.values():
                await sender.aclose()
        finally:
            self._ways.clear()
            if self.lines:
                await self.lines.aclose()
            await self.attempt_log.aclose()
            if self._samples:
                await asyncio.to_thread(self._samples.close)


async def _send(*, call: _Call, **kwargs: Any) -> Any:
    """Ask until the provider answers at all: the last look, the books, and errors that carry no text."""
    if call.is_asked:
        call.is_asked = False
        return call.completion
    tries, changes, wait = 0, 0, 0.0
    manners, deadline = call.sender.manners, call.call_context.deadline
    while True:
        await asyncio.sleep(wait)
        sent = manners.adapt(kwargs)
        refused, found = await (_try_line(call, call.lines, sent) if call.lines else _try(call, sent))
        if call.failure is None:
            return call.completion
        if changes < MOST and manners.learn(refused, kwargs, sent):
            changes, wait = changes + 1, 0.0
            continue
        tries += 1
        again = pause(found, tries, deadline, 0.0 if call.is_last else call.provider.timeout_s)
        if again is None:
            raise _StoppedError
        wait = again


async def _try_line(call: _Call, lines: BatchLines, sent: dict[str, Any]) -> tuple[Refused, None]:
    """Have the answer to a line of a batch, or see to it that it stands in one; return what of it was refused."""
    call.failure, request = None, lines.request(call.provider, sent, call.call_context)
    try:
        if call.provider.external:
            call.prompt.last_look(request)
        call.attempts += 1
        answer = await lines.ask(request, call.provider, call.call_context)
    except LabelguardError as error:
        call.failure = error
        if isinstance(error, BudgetError):
            await call.attempt_log.refuse(call.call_context, error, call.provider, request_size(request))
        return frozenset(), None
    if answer.error:
        call.failure = answer.error
        return answer.body.refused, None
    call.completion = read_object(answer.content)
    _take(call, OpenAttempt(tokens=answer.tokens))
    return frozenset(), None


async def _try(call: _Call, sent: dict[str, Any]) -> tuple[Refused, Trouble | None]:
    """Make one attempt, unless it may not be made; return what of it was refused, and what ails the provider."""
    throttle, call_context = call.sender.throttle, call.call_context
    call.failure, sending, found = None, None, None
    try:
        throttle.check(call_context.deadline)
        size = await _looked_at(call, sent)
        place = throttle.place(call_context.deadline, call_context.limits.weight)
        call.attempts += 1
        async with call.attempt_log.attempt(call_context, call.provider, size, place) as entry:
            entry.tokens = 0, 0  # until something is sent
            call.tell()
            sending = await _attempt(call, entry, sent, size)
            found = trouble(call.failure, sending)
            if found or (sending and sending.status):
                throttle.hear(place, found)
                call.tell()
    except LabelguardError as error:
        call.failure = error
    return sending.answer.refused if sending else frozenset(), found


async def _looked_at(call: _Call, sent: dict[str, Any]) -> int:
    """Take the last look at a request, if it goes to others; return its bytes."""

    def look() -> int:
        if call.provider.external:
            call.prompt.last_look(sent)
        return request_size(sent)

    return await off_loop(_characters(call.prompt), look)


def _characters(prompt: ClearedPrompt) -> int:
    return sum(len(message.content) for message in prompt.messages)


async def _attempt(call: _Call, entry: OpenAttempt, kwargs: dict[str, Any], size: int) -> WireAttempt | None:
    """Reach the provider; what comes of it stands in the call and in its entry."""
    provider, sending = call.provider, None
    try:
        async with asyncio.timeout(provider.timeout_s):
            sending = await call.sender.open()
            entry.tokens = None  # whoever ends this now, nobody knows
            call.completion = await call.sender.send(sending, **kwargs)
    except LabelguardError as error:
        call.failure = error
    except Exception as error:
        call.failure = failure(provider, sending, error)
    finally:
        if sending and not sending.is_sent:
            entry.tokens = 0, 0
        elif sending:
            call.keep_sent(entry.number, kwargs)
    if call.failure:
        entry.failure, entry.tokens = call.failure, used(sending)
        return sending
    entry.bytes_in = sending.answer.size if sending else 0
    entry.tokens = _tokens(call, sending, size)
    _take(call, entry)
    return sending


def _take(call: _Call, entry: OpenAttempt) -> None:
    """Take the answer out of a completion, for instructor to check; what is none is not recorded as one."""
    call.tokens = entry.tokens or (0, 0)
    call.taken = None
    try:
        call.taken = take_answer(call.completion, call.form, call.provider, call.tokens[1])
    except GatewayError as error:
        entry.failure = call.failure = error
    else:
        entry.is_answered = not call.taken.problem
        entry.failure = invalid(call.provider, call.taken.problem, call.attempts) if call.taken.problem else None
        call.logprobs = _logprobs(call.completion, call.taken)
        call.completion = Completion.of(call.taken, call.provider.mode)
    if not entry.is_answered and not call.tokens[0]:
        entry.tokens = None  # without a count, nobody knows


def _logprobs(completion: Any, taken: Extracted) -> tuple[Token, ...]:
    """Return the probabilities of an answer's own tokens."""
    found = value_of(value_of(value_of(completion, "choices")[0], "logprobs"), "content")
    tokens = probabilities(found)
    return tokens if taken.is_all else within(tokens, taken.source)


def _tokens(call: _Call, sending: WireAttempt | None, size: int) -> tuple[int, int] | None:
    """Return what an answer took, as the provider counts it; None where its counts cannot be."""
    if sending is None or not sending.answer.counts_hold:
        return None
    return tokens_of(value_of(call.completion, "usage"), size, call.provider.max_tokens)
