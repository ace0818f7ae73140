"""Conversations: `<Chat>`, whose missing messages are written."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field, StringConstraints
from typing_extensions import override

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.messages import MESSAGE
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Control, Region
from backend.system.writing import JSON

ROLES = ("user", "assistant")
MOST = 20


class ChatHandler(Handler):
    """The messages that the tag's `minMessages` still asks for, the roles taking turns."""

    tags = frozenset({"Chat"})
    template = "chat"
    role = Role(converses=True, asks_itself=True, offers_labels=False, words=(MESSAGE, "content"))

    @override
    def answer_type(self, control: Control, items: int) -> Any:
        """Return a list of messages; None where none is missing."""
        missing = _missing(control, items)
        text: Any = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
        return Annotated[list[text], Field(min_length=missing, max_length=missing)] if missing else None

    @override
    def instruction(self, control: Control, items: int) -> Mapping[str, str]:
        """Return `roles`: whose messages are wanted."""
        missing = _missing(control, items)
        return {"roles": ", ".join(ROLES[(items + number) % 2] for number in range(missing))}

    @override
    def regions(self, control: Control, answer: Any, document: Document) -> Sequence[Region]:
        """Give the messages."""
        roles = [ROLES[(len(document.items) + number) % 2] for number in range(len(answer))]
        texts = [text.removeprefix(f"{role}:").strip() for role, text in zip(roles, answer, strict=True)]
        return [
            Region(MESSAGE, {MESSAGE: {"role": role, "content": document.restore(text)}})
            for role, text in zip(roles, texts, strict=True)
        ]

    @override
    def answer(self, control: Control, results: Sequence[JSON], document: AnnotatedDocument) -> Any:
        """Return the messages that were missing; the editor may repeat those that were there."""
        messages = [result["value"].get(MESSAGE) for result in results]
        there, missing = len(document.items), _missing(control, len(document.items))
        new = messages[there:] if len(messages) == there + missing else messages
        if not all(isinstance(message, Mapping) and isinstance(message.get("content"), str) for message in new):
            document.refuse("it has a message without words")
        return [document.hide(message["content"]) for message in new]

    @override
    def result_type(self, control: Control) -> str:
        """Return what Label Studio calls a message."""
        return MESSAGE

    @override
    def check(self, control: Control, value: Mapping[str, Any], content: Content) -> str:
        """Ask for a message."""
        message = value.get(MESSAGE)
        good = isinstance(message, Mapping) and all(isinstance(message.get(key), str) for key in ("role", "content"))
        return "" if good else "is no message"

    @override
    def for_sdk(self, control: Control, result: JSON) -> JSON:
        """Give messages the type that it wants where the tag has a toName."""
        return {**result, "type": control.tag.lower()} if control.attrs.get("toname") else result


def _missing(control: Control, items: int) -> int:
    return min(max(int(control.number("minMessages") or 1) - items, 0), MOST)


HANDLER = ChatHandler()

CASES = (
    Case(
        name="the missing messages, in turn",
        config='<View><Chat name="chat" value="$messages" minMessages="3"/></View>',
        data={"messages": [{"role": "user", "content": "Alice here. Hello?"}]},
        answer=["assistant: Hello Alice!", "How are you?"],
        regions=[
            Region("chatmessage", {"chatmessage": {"role": "assistant", "content": "Hello Alice!"}}),
            Region("chatmessage", {"chatmessage": {"role": "user", "content": "How are you?"}}),
        ],
        invalid=[["One"], [], ["a", "b", "c"], ["a", ""], "Hello", None],
    ),
    Case(
        name="from the first one",
        config='<View><Chat name="chat" value="$messages"/></View>',
        data={"messages": []},
        answer=["Hello!"],
        regions=[Region("chatmessage", {"chatmessage": {"role": "user", "content": "Hello!"}})],
        invalid=[[]],
    ),
)
