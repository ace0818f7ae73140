"""A conversation's messages: regions of their own, those that a task brings and those that are written."""

from collections.abc import Mapping
from typing import Any

from backend.system.writing import JSON

MESSAGE = "chatmessage"
"""Type of a message's result, and the key of the message in its value."""


def message_region(conversation: str, number: int, message: Mapping[str, Any]) -> JSON:
    """Return a message that a task brings as a region.

    Args:
        conversation: name of the object tag.
        number: the message's, from 1.
        message: as the task has it.
    """
    value = {key: message[key] for key in ("role", "content", "createdAt") if key in message}
    names = {"id": f"message-{number}", "from_name": conversation, "to_name": conversation}
    return {**names, "type": MESSAGE, "value": {MESSAGE: {"role": "user", **value}}}


def role_of(value: Mapping[str, Any]) -> str | None:
    """Return who says the message in a result's value; None if it holds none."""
    role: str | None = value.get(MESSAGE, {}).get("role")
    return role
