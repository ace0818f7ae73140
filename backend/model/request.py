"""What a provider is sent: a call's prompt, and what instructor makes of it in the provider's mode."""

from typing import Any

from pydantic import BaseModel

from backend.logs import silence_libraries
from backend.model.adapting import Manners
from backend.model.answer.tokens import ASKED_OTHERS
from backend.model.importing import alone
from backend.privacy.redact import ClearedPrompt
from backend.providers import Mode, Provider
from backend.system.memory import remembered

KEPT = 512
"""Forms of answers that are remembered: projects have few, but a task may bring its own labels."""
MOST_SCORED_TOKENS, MOST_COMPARED_TOKENS = 32_768, 8_192
"""Of answers that may be longer no probabilities are asked for, or none of other tokens: an answer must stay so short
that it is read."""
_IN_WORDS = frozenset({"json", "md_json"})
"""Modes that write the form into the messages."""


@alone
def import_instructor() -> Any:
    """Import instructor. Takes a second the first time."""
    import instructor.processing.response

    silence_libraries()
    return instructor


def asked(prompt: ClearedPrompt, provider: Provider, temperature: float = 0) -> dict[str, Any]:
    """Return what a provider is asked, as instructor takes it."""
    request = {
        "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
        "model": provider.model,
        "temperature": temperature,
        "max_tokens": provider.max_tokens,
    }
    if provider.scores and provider.max_tokens <= MOST_SCORED_TOKENS:
        request["logprobs"] = True
        if provider.max_tokens <= MOST_COMPARED_TOKENS:
            request["top_logprobs"] = ASKED_OTHERS
    return request


def request_of(
    prompt: ClearedPrompt, answer_type: type[BaseModel], provider: Provider, temperature: float = 0
) -> dict[str, Any]:
    """Return what a provider is asked first, with the form that the answer must have, as its mode wants it.

    Args:
        prompt: what the privacy layer cleared.
        answer_type: the form that the answer must have; the modes `json` and `md_json` write it into the messages.
        provider: who is asked.
        temperature: 0 for the likeliest answer.
    """
    request = asked(prompt, provider, temperature)
    if provider.mode in _IN_WORDS:
        return _formed(answer_type, provider.mode, request)
    return request | _form(answer_type, provider.mode)


def first_request(prompt: ClearedPrompt, answer_type: type[BaseModel], provider: Provider) -> dict[str, Any]:
    """Return the same in the words of the provider's protocol, before it refused anything. Sends nothing."""
    return Manners(provider).adapt(request_of(prompt, answer_type, provider))


@remembered(KEPT)
def _form(answer_type: type[BaseModel], mode: Mode) -> dict[str, Any]:
    """Return what a mode adds to a request beside its messages; whoever sends it changes nothing in it."""
    return {key: value for key, value in _formed(answer_type, mode, {"messages": []}).items() if key != "messages"}


def _formed(answer_type: type[BaseModel], mode: Mode, request: dict[str, Any]) -> dict[str, Any]:
    instructor = import_instructor()
    _, formed = instructor.processing.response.handle_response_model(
        answer_type, instructor.Mode[mode.upper()], **request
    )
    return dict(formed)
