"""What a provider is sent: a call's prompt, and what instructor makes of it in the provider's mode."""

from typing import Any

from pydantic import BaseModel

from backend.logs import silence_libraries
from backend.model.adapting import Manners
from backend.privacy.redact import ClearedPrompt
from backend.providers import Provider


def asked(prompt: ClearedPrompt, provider: Provider) -> dict[str, Any]:
    """Return what a provider is asked, as instructor takes it."""
    return {
        "messages": [{"role": message.role, "content": message.content} for message in prompt.messages],
        "model": provider.model,
        "temperature": 0,
        "max_tokens": provider.max_tokens,
    }


def first_request(prompt: ClearedPrompt, answer_type: type[BaseModel], provider: Provider) -> dict[str, Any]:
    """Return what a provider would be sent first, before it refused anything or gave an answer. Sends nothing.

    Args:
        prompt: what the privacy layer cleared.
        answer_type: the form that the answer must have; the modes `json` and `md_json` write it into the messages.
        provider: who would be asked.
    """
    import instructor
    from instructor.processing.response import handle_response_model

    silence_libraries()
    _, request = handle_response_model(answer_type, instructor.Mode[provider.mode.upper()], **asked(prompt, provider))
    return Manners(provider).adapt(request)
