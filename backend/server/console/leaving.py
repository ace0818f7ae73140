"""What would leave of a text that somebody pastes, or of a task, as the rule that decides would have it sent.

Nothing of it is kept.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backend.engine.engine import Engine
from backend.engine.previews.preview import PreviewedTask, TaskPreview, preview_task
from backend.errors import LabelguardError, RequestError
from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Task
from backend.privacy.explained import explain_finding
from backend.privacy.redact import RedactedText
from backend.privacy.types import Detection
from backend.prompting.task_labels import OBJECT
from backend.server.console.forms import Fields, name_field, number_field, text_field
from backend.server.console.studio import studio_tasks
from backend.settings import Settings

COLORS = 8
"""Of entity types, in the style sheet."""
MOST_FOUND = 500
"""Rows of a table of what was found."""
USUAL_FIELD = "text"
ASKED = ("text", "project", "path", "title", "field", "config")
"""The fields of the form for a text."""
PICKED = ("task_project", "task", "task_path")
"""Those of the form for a task."""


@dataclass(frozen=True, slots=True)
class ShownMark:
    """A stretch that is shown in colour.

    Attributes:
        start, end: its place in the text that is shown, in code points.
        kind: its entity type.
        hint: what is said beside it.
    """

    start: int
    end: int
    kind: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ShownSegment:
    """A part of a text as it is shown.

    Attributes:
        kind: the entity type of what it is, "" for what is not marked.
        color: from 0 to COLORS.
    """

    text: str = field(repr=False)
    kind: str = ""
    hint: str = ""
    color: int = 0


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A row of what was found: where, what, how sure, by whom, why, and what stands in its place."""

    place: str
    kind: str
    score: str
    recognizer: str
    reason: str
    token: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class ShownText:
    """A text of the task: as it was given, as it would leave, and what was found in it.

    Attributes:
        redacted: empty if nothing would leave.
        found: the first MOST_FOUND.
        more: how many are not among these.
    """

    name: str
    source: Sequence[ShownSegment] = field(repr=False)
    redacted: Sequence[ShownSegment] = field(repr=False)
    found: Sequence[FindingRow]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Leaving:
    """All that the page shows.

    Attributes:
        preview: who decides, who is asked and why nobody is.
        texts: the task's.
        messages: what would be sent, each with its role; none without a label config.
    """

    preview: TaskPreview
    texts: Sequence[ShownText]
    messages: Sequence[tuple[str, Sequence[ShownSegment]]] = field(repr=False)


async def preview_pasted(engine: Engine, fields: Fields) -> TaskPreview:
    """Say what would become of what somebody pasted; to be awaited on the engine's loop.

    Args:
        engine: that predicts.
        fields: of the form: `text`, and if they are given `project`, `path`, `title`, `field` and `config`.

    Raises:
        RequestError: a field is too long, or not what it should be.
    """
    text, config = text_field(fields, "text"), text_field(fields, "config").strip()
    key = name_field(fields, "field") or _first_field(engine, config) or USUAL_FIELD
    task = Task({key: text}, {})
    about = (name_field(fields, "project"), name_field(fields, "path").strip("/"), name_field(fields, "title"))
    return await preview_task(engine, PreviewedTask(task, config, *about, None if config else {key: text}))


async def preview_picked(engine: Engine, settings: Settings, fields: Fields) -> TaskPreview:
    """Say what would become of a task of a project; to be awaited on the engine's loop.

    Args:
        engine: that predicts.
        settings: say where Label Studio is.
        fields: of the form: `task_project` and `task`, both numbers, and if it is given `task_path`.

    Raises:
        RequestError: a field is not what it should be, or there is no such task.
        LabelStudioError: Label Studio cannot be asked.
    """
    project, number = number_field(fields, "task_project"), number_field(fields, "task")
    path = name_field(fields, "task_path").strip("/")
    if project is None or number is None:
        raise RequestError(
            "it takes the number of a project and that of a task - both stand in Label Studio's addresses"
        )
    read = await studio_tasks(settings, project, [number])
    if not read.tasks:
        raise RequestError(f"project {project} has no task {number} - look at its number in the Data Manager")
    found = read.project
    title = found.title if engine.policy.asks_title else ""
    task = read.tasks[0].task()
    return await preview_task(engine, PreviewedTask(task, found.label_config, found.reference, path, title))


def _first_field(engine: Engine, config: str) -> str:
    """Return the field of the task that a label config shows first, "" if it cannot be told."""
    try:
        plan = build_plan(config, engine.handlers) if config else None
    except LabelguardError:  # the preview says why
        return ""
    values = (shown.value for shown in plan.objects) if plan else ()
    return next((value[1:] for value in values if value.startswith("$")), "")


def show_leaving(preview: TaskPreview) -> Leaving:
    """Make of a preview what the page shows. Takes a while for long texts."""
    tokens = {p.token: p.entity_type for text in preview.texts.values() for p in text.placeholders}
    messages = [
        (role, segments(content, _words(content, tokens) if role == "user" else ()))
        for role, content in preview.messages
    ]
    return Leaving(preview, list(_texts(preview)), messages)


def _texts(preview: TaskPreview) -> Iterator[ShownText]:
    if preview.texts:
        for name, text in preview.texts.items():
            yield _redacted(name.removeprefix(OBJECT), text)
        return
    for name, source in preview.sources.items():
        found = sorted(preview.detected.get(name, ()))
        marks = (ShownMark(d.start, d.end, d.entity_type, f"{d.score:.2f}") for d in found)
        rows = [_detected_row(d) for d in found[:MOST_FOUND]]
        more = max(0, len(found) - MOST_FOUND)
        yield ShownText(name.removeprefix(OBJECT), segments(source, marks), (), rows, more)


def _redacted(name: str, text: RedactedText) -> ShownText:
    places = text.placeholders
    source = segments(
        text.source, (ShownMark(p.source_start, p.source_end, p.entity_type, f"{p.score:.2f}") for p in places)
    )
    redacted = segments(text.text, (ShownMark(p.start, p.end, p.entity_type) for p in places))
    rows = [
        FindingRow(
            f"{p.source_start}–{p.source_end}",
            p.entity_type,
            f"{p.score:.2f}",
            *explain_finding(p.entity_type, p.recognizer),
            p.token,
            p.operator,
        )
        for p in places[:MOST_FOUND]
    ]
    return ShownText(name, source, redacted, rows, max(0, len(places) - MOST_FOUND))


def _detected_row(found: Detection) -> FindingRow:
    name, reason = explain_finding(found.entity_type, found.recognizer)
    return FindingRow(f"{found.start}–{found.end}", found.entity_type, f"{found.score:.2f}", name, reason)


def segments(text: str, marks: Iterable[ShownMark]) -> list[ShownSegment]:
    """Cut a text into what is marked and what is not; of marks that overlap the one that begins first is kept.

    Args:
        text: the whole.
        marks: within it.
    """
    cut, at = [], 0
    for mark in sorted(marks, key=lambda one: (one.start, -one.end)):
        if mark.start < at:
            continue
        if mark.start > at:
            cut.append(ShownSegment(text[at : mark.start]))
        color = zlib.crc32(mark.kind.encode()) % COLORS
        cut.append(ShownSegment(text[mark.start : mark.end], mark.kind, mark.hint, color))
        at = mark.end
    if at < len(text):
        cut.append(ShownSegment(text[at:]))
    return cut


def _words(content: str, tokens: Mapping[str, str]) -> Iterator[ShownMark]:
    """Yield where what stands in place of values stands in a message: the longer of two at a place."""
    for token in sorted(filter(None, tokens), key=len, reverse=True):
        at = content.find(token)
        while at >= 0:
            yield ShownMark(at, at + len(token), tokens[token])
            at = content.find(token, at + len(token))
