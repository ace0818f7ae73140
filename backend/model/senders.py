"""How a provider is asked: OpenAI and what speaks its protocol through openai, all others through litellm.

Both are given a network that leads to the provider's address alone, and nothing of the environment.
"""

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import anyio

from backend.errors import ProviderSetupError
from backend.logs import silence_libraries
from backend.model.adapting import Manners
from backend.model.clients import (
    AsItCame,
    ProviderConnections,
    WireAttempt,
    closed_client,
    new_client,
    timeouts,
    under_way,
)
from backend.model.distilled.sender import DistilledSender
from backend.model.failures import key_place
from backend.model.importing import alone
from backend.model.throttle import Throttle
from backend.policy.vendors import prefix_of, vendor_address
from backend.providers import Provider, Reach
from backend.system.offload import off_loop
from backend.system.once import once
from backend.system.part import WHOLE, ProcessPart

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Embedded = Callable[[Provider], Awaitable[Reach]]
Send = Callable[..., Awaitable[Any]]

HTTP_HANDLER = "EXPERIMENTAL_OPENAI_BASE_LLM_HTTP_HANDLER"
"""litellm's switch: who speaks OpenAI's protocol is asked as all others, and not through openai's client, which takes
as long as all else."""
# litellm fetches a price list when it is imported, unless it is told not to before.
OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_OFFLINE_MODE": "true", "LITELLM_TELEMETRY": "False"}
NOWHERE = "http://localhost/"
"""Where an address is wanted, and none is asked: of openai's requests each names its own."""
NO_KEY = "none"  # what a server of one's own that asks for no key is sent
PLAIN = frozenset({"custom_openai", "hosted_vllm", "litellm_proxy", "llamafile", "lm_studio"})
"""litellm's names for servers that it sends OpenAI's requests as they are."""
RENAMED = re.compile(r"openai/(.*/)?(gpt|chatgpt|codex|computer|ft:|o\d)")
"""Models of OpenAI's own, for which litellm renames or drops parameters."""
AZURE_VERSION = "2024-10-21"
_REHEARSED: set[str] = set()
"""litellm's names of vendors whose first call is over."""
KEY_HEADERS = {"anthropic": "x-api-key", "azure": "api-key", "azure_text": "api-key", "gemini": "x-goog-api-key"}


class Sender:
    """Asks one provider. Belongs to one event loop.

    Args:
        provider: who is asked.
        embedded: says where an embedded model answers; without it, one is not asked.
        part: this process's, of the calls at once.

    Attributes:
        manners: what the provider refuses.
        throttle: what bounds the calls at once.
        users: how many calls there are that may still ask.
    """

    def __init__(self, provider: Provider, embedded: Embedded | None = None, part: ProcessPart = WHOLE) -> None:
        self.provider = provider
        self.manners = Manners(provider)
        self.throttle = Throttle(provider, part)
        self.users = 0
        self._embedded = embedded
        self._opening = asyncio.Lock()
        self._wires: dict[Reach, ProviderConnections] = {}
        self._send = (
            DistilledSender(provider).send
            if provider.kind == "distilled"
            else self._by_litellm()
            if needs_litellm(provider)
            else self._by_openai()
        )

    async def open(self) -> WireAttempt:
        """Make ready for an attempt.

        Raises:
            ProviderSetupError: no key, no address, or no certificates where the policy says.
            ProviderDownError: the embedded model is not there, or is not ours.
        """
        reach = await self._reach()
        key = reach.key or read_api_key(self.provider)
        wire = self._wires.get(reach) or await self._connections(reach)
        header = KEY_HEADERS.get(prefix_of(self.provider.model), "authorization")
        return WireAttempt(wire, reach, key, header, asks_logprobs=bool(self.provider.scores))

    async def _connections(self, reach: Reach) -> ProviderConnections:
        """Make the connections to an address on a thread: all certificates of the system are read for them."""
        async with self._opening:
            if reach not in self._wires:
                proxy_key = self._proxy_key()
                made = await asyncio.to_thread(ProviderConnections, self.provider, reach.base_url, reach.uds, proxy_key)
                await self.aclose()  # a model that was started anew answers elsewhere
                self._wires[reach] = made
            return self._wires[reach]

    async def send(self, sending: WireAttempt, **kwargs: Any) -> Any:
        """Ask, by an attempt that was made ready."""
        with under_way(sending):
            return await self._send(sending, **kwargs)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keep it from being closed within the block."""
        self.users += 1
        try:
            yield
        finally:
            self.users -= 1

    async def aclose(self) -> None:
        """Close the connections."""
        for wire in self._wires.values():
            await wire.aclose()
        self._wires.clear()

    async def _reach(self) -> Reach:
        if self.provider.kind == "embedded":  # ours or nobody's: whoever listens at an address may be somebody else
            if self._embedded is None:
                raise ProviderSetupError(self.provider.name, "is embedded, and no embedded model runs here")
            return await self._embedded(self.provider)
        if self.provider.kind == "distilled":
            return Reach(NOWHERE)  # it is in this process
        address = self.provider.address or vendor_address(self.provider.kind, self.provider.model)
        if address is None:
            raise ProviderSetupError(self.provider.name, "has no address - write the base URL of its API")
        return Reach(address)

    def _proxy_key(self) -> str:
        provider = self.provider
        if not provider.proxy_key_env and not provider.proxy_key_file:
            return ""
        return _read(provider, provider.proxy_key_env, provider.proxy_key_file, "proxy_key")

    def _by_openai(self) -> Send:
        provider = self.provider
        model = provider.model if provider.kind != "litellm" else provider.model.partition("/")[2]
        asks = openai_client(provider)

        async def send(sending: WireAttempt, **kwargs: Any) -> Any:
            # Its own method for this path takes requests and answers apart again, which costs more than all else here.
            answer = await asks.post(
                f"{sending.reach.base_url.removesuffix('/')}/chat/completions",
                cast_to=AsItCame,
                body=kwargs | {"model": model},
                options={"headers": {"Authorization": f"Bearer {sending.key}"}},
            )
            return answer.json()

        return send

    def _by_litellm(self) -> Send:
        ask = partial(_ask_litellm, import_litellm())
        provider = self.provider
        extra: dict[str, Any] = {}
        if prefix_of(provider.model).startswith("azure"):
            extra["api_version"] = os.environ.get("AZURE_API_VERSION") or AZURE_VERSION

        async def send(sending: WireAttempt, **kwargs: Any) -> Any:
            reach = sending.reach.base_url
            return await ask(api_key=sending.key, api_base=reach, timeout=provider.timeout_s, **kwargs | extra)

        return send


async def _ask_litellm(litellm: Any, **kwargs: Any) -> Any:
    """Have litellm write a request, send it, and read the answer.

    This is what its `acompletion` awaits. What it does around that serves logs, caches, fallbacks and further attempts,
    of which there are none here, and took half of its time.
    """

    def written() -> Awaitable[Any]:
        request = json.loads(json.dumps(kwargs))  # it changes schemas in their places; this copies sooner than copy
        return cast(
            Awaitable[Any],
            litellm.main.completion(
                acompletion=True, litellm_logging_obj=_no_log(request), max_retries=0, num_retries=0, **request
            ),
        )

    answer = await (await off_loop(_length(kwargs["messages"]), written))
    if isinstance(answer, litellm.TextCompletionResponse):
        return litellm.OpenAITextCompletionConfig().convert_to_chat_model_response_object(
            response_object=answer, model_response_object=litellm.ModelResponse()
        )
    return answer


def _no_log(request: Mapping[str, Any]) -> Any:
    """Return what litellm takes to keep account of a call: nothing of it is kept."""
    from litellm.litellm_core_utils.litellm_logging import Logging

    log = Logging(
        model=request["model"],
        messages=None,
        stream=False,
        call_type="acompletion",
        start_time=datetime.now(),
        litellm_call_id="",
        function_id="",
    )
    log.pre_call = log.post_call = _ignore
    return log


def _length(messages: Iterable[Mapping[str, Any]]) -> int:
    """Return the characters of a request's messages."""
    return sum(len(str(message.get("content"))) for message in messages)


def needs_litellm(provider: Provider) -> bool:
    """Say whether litellm writes the provider's protocol."""
    prefix = prefix_of(provider.model)
    if provider.kind != "litellm" or (prefix == "hosted_vllm" and provider.mode == "tools"):
        return provider.kind == "litellm"  # it takes out of a tool what vLLM does not take
    is_own = prefix == "openai" and provider.address is not None and not RENAMED.match(provider.model)
    return not is_own and prefix not in PLAIN


def openai_client(provider: Provider) -> "AsyncOpenAI":
    """Return openai's client, which has no address and no key of its own."""
    return import_openai()(  # each is written, since openai asks the environment for what is not
        api_key=NO_KEY,
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
        base_url=NOWHERE,
        max_retries=0,
        timeout=timeouts(provider),  # type: ignore[arg-type]  # httpx's, of which openai knows a copy
        http_client=new_client(),  # type: ignore[arg-type]
    )


def read_api_key(provider: Provider) -> str:
    """Read the API key from where the policy says it stands, at every call: keys rotate.

    Raises:
        ProviderSetupError: there is none.
    """
    if not provider.key_env and not provider.key_file:
        return NO_KEY
    return _read(provider, provider.key_env, provider.key_file, key_place(provider))


@alone
def import_openai() -> "type[AsyncOpenAI]":
    """Import openai's client. Takes a second the first time."""
    from openai import AsyncOpenAI

    silence_libraries()
    return AsyncOpenAI


@alone
def import_litellm() -> Any:
    """Import litellm such that it contacts nobody and prints nothing. Takes four seconds the first time."""
    os.environ.update(OFFLINE | {HTTP_HANDLER: "True"})
    import litellm

    litellm.telemetry = False
    litellm.suppress_debug_info = True
    litellm.turn_off_message_logging = True
    litellm.drop_params = True
    litellm.disable_hf_tokenizer_download = True
    silence_libraries()
    _hold(litellm)
    return litellm


@alone
def rehearse(provider: Provider) -> None:
    """Load what a first call of a provider would: litellm is called, and led nowhere. Not within an event loop."""
    import_openai()
    if not needs_litellm(provider):
        _load_network()
    elif prefix_of(provider.model) not in _REHEARSED:
        anyio.run(partial(_call_nowhere, provider.model))
        _REHEARSED.add(prefix_of(provider.model))


async def _call_nowhere(model: str) -> None:
    messages = [{"role": "user", "content": "?"}]
    with suppress(Exception):  # it cannot be answered
        await _ask_litellm(import_litellm(), model=model, messages=messages, api_key=NO_KEY, api_base=NOWHERE)


@once
def _load_network() -> None:
    """Load that by which httpx waits."""
    anyio.run(anyio.sleep, 0)


def _hold(litellm: Any) -> None:
    """Give litellm, for whatever it does, a network that leads where the attempt under way leads, or nowhere."""
    if getattr(litellm, "labelguard", False):
        return
    from litellm.llms.custom_httpx import http_handler

    http_handler.AsyncHTTPHandler.create_client = lambda *_, **__: new_client()
    http_handler.HTTPHandler.create_client = lambda *_, **__: closed_client()
    litellm.module_level_client.client = closed_client()
    litellm.module_level_aclient.client = new_client()
    litellm.client_session, litellm.aclient_session = closed_client(), new_client()
    litellm.in_memory_llm_clients_cache.flush_cache()
    litellm.labelguard = True


def _ignore(*_: Any, **__: Any) -> None:
    pass


def _read(provider: Provider, variable: str | None, file: str | None, place: str) -> str:
    key = ""
    if variable:
        key = os.environ.get(variable, "").strip()
    elif file:
        try:
            key = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            key = ""
    if not key:
        raise ProviderSetupError(provider.name, f"has no key - set {place}")
    return key
