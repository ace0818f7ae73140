"""Answers → Label Studio results on the original: mentions are grounded, placeholders restored."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.labelstudio.handler import Handler
from backend.labelstudio.messages import MESSAGE
from backend.labelstudio.objects.content import Content
from backend.labelstudio.types import Control, ObjectTag, Region, Span
from backend.labelstudio.visibility import ResultAbout
from backend.model.answer.score import NO_SCORES, AnswerPath, AnswerScores
from backend.privacy.redact import RedactedTask, RedactedText
from backend.prompting.answer_form import Answer, InnerPart, Question, answer_parts, given_parts, inner_parts
from backend.prompting.detected_labels import DetectedMarks
from backend.prompting.task_labels import OBJECT, region_place
from backend.prompting.task_texts import BoundTask
from backend.prompting.wording import UNASKED
from backend.results.grounding import Text, widen
from backend.results.marks import (
    CORRECTED,
    KnownRegion,
    KnownRegions,
    found_place,
    known_stretches,
    meets_any,
    said_of,
    span_place,
)
from backend.results.scores import with_score
from backend.system.writing import JSON

COORDINATES = frozenset({"start", "end", "startOffset", "endOffset", "globalOffsets", "text", MESSAGE})
"""Of a region's value, what says where it stands."""


class TaskDocument:
    """An object of a task, as a handler sees it: the original, reached through the redacted text.

    Args:
        obj: the object tag.
        content: its original.
        text: its redacted text.
        task: whose placeholders are restored.
        drops: counts what is left out, by reason.
    """

    def __init__(
        self,
        obj: ObjectTag,
        content: Content,
        text: RedactedText,
        task: RedactedTask,
        drops: Counter[str],
    ) -> None:
        self.tag = obj.tag
        self.items = content.ids
        self._granularity = obj.attrs.get("granularity", "")
        self._content, self._text, self._task, self._drops = content, text, task, drops
        self._shown = Text(text.text)
        self._offset = 0

    def show(self, start: int, end: int) -> None:
        """Say which stretch of the redacted text the model was shown."""
        if (self._offset, len(self._shown.text)) != (start, end - start):
            self._shown, self._offset = Text(self._text.text[start:end]), start

    def find(self, mention: str, granularity: str = "") -> Sequence[Span]:
        """Find all occurrences of the model's words, as whole words; spans are of the original."""
        # What stands for a value stands for all its forms, such as the surname alone.
        forms = self._task.forms(self._task.placeholder(mention) or mention.strip())
        found = _outermost(place for form in forms or (mention,) for place in self._shown.find(form))
        spans = [span for place in found if (span := self._span(*place, granularity or self._granularity))]
        if not spans:
            self.drop("it does not stand in the text")
        return spans

    def at(self, start: int, end: int, granularity: str = "") -> Span | None:
        """Return the span of a stretch of the original; None if no region may stand there."""
        text = self._content.text
        return self._content.span(*widen(text, start, end, granularity or self._granularity))

    def restore(self, text: str) -> str:
        """Put the original values in place of the placeholders."""
        return self._task.restore(text)

    def restore_date(self, text: str) -> str | None:
        """Return the original of a date that the model gives by ISO 8601; None if nobody can tell it."""
        return self._task.restorer.date(text)

    def restore_number(self, number: float) -> float | None:
        """Return the original of a number that the model gives; None if nobody can tell it."""
        return self._task.restorer.number(number)

    def drop(self, reason: str) -> None:
        """Count an answer that is left out."""
        self._drops[reason] += 1

    def _span(self, start: int, end: int, granularity: str) -> Span | None:
        first, last = self._text.to_source(start + self._offset, end + self._offset)
        return self._content.span(*widen(self._content.text, first, last, granularity))


def _outermost(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sort places and leave out those within another, as a surname's within the full name."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept


@dataclass(slots=True)
class Results:
    """Puts the results of a task together, from one call or several.

    Attributes:
        handlers: by control tag.
        documents: by object.
        given: the regions that are there already, by key.
        context: regions that the annotator has made; they are not made again.
        drops: counts what is left out, by reason.
        answers: what has come of the calls so far, and what detection knows.
        known: what of them detection knows.
        controls: those of the plan, by name.
        ends: how sure it is of each control that nothing else was to be answered, as far as anybody tells.
    """

    handlers: Mapping[str, Handler]
    documents: Mapping[str, TaskDocument]
    given: Mapping[str, JSON]
    context: Sequence[JSON]
    drops: Counter[str]
    answers: list[ResultAbout] = field(default_factory=list)
    known: KnownRegions = field(default_factory=KnownRegions)
    controls: Mapping[str, Control] = field(default_factory=dict)
    ends: list[float] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _related: list[JSON] = field(default_factory=list)

    @classmethod
    def of(cls, prepared: BoundTask, handlers: Mapping[str, Handler]) -> "Results":
        """Begin with the regions that are there already, and those that detection knows."""
        drops = Counter[str]({UNASKED: len(prepared.reading.unasked)} if prepared.reading.unasked else {})
        contents, task = prepared.reading.contents, prepared.task
        documents = {
            obj.name: TaskDocument(obj, contents[obj.name], task.fields[OBJECT + obj.name], task, drops)
            for obj in (*prepared.plan.headers, *prepared.plan.objects)
            if obj.name in contents
        }
        given = {region.key: region.result for region in prepared.given}
        there = [ResultAbout(None, region, marks=True, is_new=False) for region in given.values()]
        controls = {control.from_name: control for control in prepared.plan.controls}
        results = cls(handlers, documents, given, prepared.context, drops, there, controls=controls)
        if prepared.marks:
            results._mark(prepared, prepared.marks)
        return results

    def add(
        self,
        question: Question,
        answer: Answer,
        shown: Mapping[str, tuple[int, int]],
        scores: AnswerScores = NO_SCORES,
    ) -> None:
        """Turn an answer into results; a region that an earlier call gave is not given again.

        Args:
            question: what was asked.
            answer: of the model.
            shown: by object, the stretch of its redacted text that the model was shown.
            scores: how sure the model was of each part of the answer.
        """
        for name, place in shown.items():
            self.documents[name].show(*place)
        for control, part in answer_parts(question, answer):
            if part is not None:
                self._add_control(question, control, part, scores)
        for key, about in given_parts(question, answer):
            self._add_inner(about, self.given[key], scores, (question.given_key, key))

    def _mark(self, prepared: BoundTask, marks: DetectedMarks) -> None:
        """Add the regions that are known, but not where the annotator has marked something."""
        for name in {**marks.labels, **marks.remembered}:
            if name in prepared.wanted and name in self.controls:
                content = prepared.reading.contents[self.controls[name].to_name]
                self._mark_control(self.controls[name], marks, content.text)

    def _mark_control(self, control: Control, marks: DetectedMarks, text: str) -> None:
        taken = [place for other in self.context if (place := _place_of(other, control))]
        document = self.documents[control.to_name]
        for detected, label, found in known_stretches(marks, control, text):
            span = document.at(found.start, found.end, label.attrs.get("granularity", ""))
            if span is None or meets_any(span_place(span), taken):
                continue
            taken.append(span_place(span))
            region = self.handlers[control.tag].mark(control, label, span, document)
            if region and (result := self._new(control, region)):
                about = ResultAbout(control, {**result, **said_of(found)}, marks=True)
                reach = document.at(*found_place(marks, control.to_name, found)) or span
                self.known.regions.append(KnownRegion(about, detected, span_place(span), span_place(reach)))
                self.answers.append(about)

    def _add_control(self, question: Question, asked: Control, part: Any, scores: AnswerScores) -> None:
        control = self.controls.get(asked.from_name, asked)
        handler, place = self.handlers[control.tag], (question.keys[asked.from_name],)
        inner = question.inner(asked)
        found = handler.regions(asked, part, self.documents[control.to_name])
        end = scores.ends.get(place) if control.role.gives_regions else None if found else scores.of(place)
        self.ends += [end] if end is not None else []
        for region in found:
            own: AnswerPath = place if region.source is None else (*place, region.source)
            about = inner_parts(inner, part[region.source]) if inner and region.source is not None else []
            score = scores.of(own, {each.key for each in about})
            if region.ends is not None:
                self._add_relation(control, region, score)
            elif (result := self._new(control, region)) and self._stays(control, region, result):
                result = with_score(result, score, "tokens")
                self.answers.append(ResultAbout(control, result, marks=region.source is not None))
                self._add_inner(about, result, scores, own)

    def _stays(self, control: Control, region: Region, result: JSON) -> bool:
        """Say whether a region stays beside what detection knows; what it does not know as well goes."""
        if region.source is None or not self.known.regions:
            return True
        stays, gone = self.known.settle(control, result)
        if not stays:
            self.drops[CORRECTED] += 1
        ids = set(map(id, gone))
        self.answers = [answer for answer in self.answers if id(answer) not in ids]
        return stays

    def _add_inner(self, about: Sequence[InnerPart], region: JSON, scores: AnswerScores, place: AnswerPath) -> None:
        """Add the answers about a region, with its id and its coordinates."""
        where = {key: value for key, value in region["value"].items() if key in COORDINATES}
        for control, key, part in about:
            if part is None:
                continue
            for found in self.handlers[control.tag].regions(control, part, self.documents[control.to_name]):
                result = _result(region["id"], control, found.type, {**where, **found.value})
                result = with_score(result, scores.of((*place, key)), "tokens")
                self.answers.append(ResultAbout(control, result))

    def _add_relation(self, control: Control, region: Region, score: float | None) -> None:
        """Add a relation between the nearest regions of its two mentions."""
        document = self.documents[control.to_name]
        ends = [self._marked(control, document.find(mention)) for mention in region.ends or ()]
        pairs = [(_distance(a, b), a.id, b.id) for a in ends[0] for b in ends[1] if a.id != b.id]
        if not pairs:
            document.drop("a relation leads to what is not marked")
            return
        _, first, last = min(pairs)
        result = {"type": region.type, "from_id": first, "to_id": last, **region.value}
        if result not in self._related:
            self._related.append(result)
            self.answers.append(ResultAbout(control, with_score(result, score, "tokens")))

    def _marked(self, control: Control, spans: Sequence[Span]) -> list[ResultAbout]:
        places = {(span.item, span.start, span.item, span.end) for span in spans}
        own = [a for a in self.answers if a.marks and a.result["to_name"] in control.to_names]
        standing = self.known.standing_at(control.to_name, places)
        return [*(answer for answer in own if region_place(answer.result["value"]) in places), *standing]

    def _new(self, control: Control, region: Region) -> JSON | None:
        """Return a region as a result, if it has not been given before."""
        key = (control.from_name, repr(sorted(region.value.items(), key=lambda item: item[0])))
        if key in self._seen or any(_is_same(control, region, other) for other in self.context):
            return None
        self._seen.add(key)
        return _result(_region_id(*key), control, region.type, region.value)


def _place_of(other: JSON, control: Control) -> tuple[int, int, int, int] | None:
    """Return the place of an annotator's region of a control; None if it has none or is another's."""
    if other.get("from_name") != control.from_name:
        return None
    try:
        return region_place(other["value"])
    except (KeyError, TypeError, ValueError):
        return None


def _is_same(control: Control, region: Region, other: JSON) -> bool:
    """Say whether a region is one that the annotator has made."""
    if region.source is None or other.get("from_name") != control.from_name or other.get("type") != region.type:
        return False
    try:
        same = region_place(other["value"]) == region_place(region.value)
    except (KeyError, TypeError, ValueError):
        return False
    return same and other["value"].get(region.type) == region.value[region.type]


def _result(identity: str, control: Control, kind: str, value: Mapping[str, Any]) -> JSON:
    names = {"id": identity, "from_name": control.from_name, "to_name": control.to_name}
    return {**names, "type": kind, "value": dict(value)}


def _region_id(*answer_parts: str) -> str:
    """Return an id that is unique in the task and the same at each run."""
    return hashlib.sha256("\0".join(answer_parts).encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _distance(first: ResultAbout, last: ResultAbout) -> tuple[int, int]:
    a, b = region_place(first.result["value"]), region_place(last.result["value"])
    return abs(a[0] - b[0]), abs(a[1] - b[1])


def ordered(plan_controls: Sequence[Control], answers: Sequence[ResultAbout]) -> Iterator[JSON]:
    """Yield the results of a prediction: by the config's order of controls, the answers about a region after it."""
    order = {control.from_name: index for index, control in enumerate(plan_controls)}

    def rank(answer: ResultAbout) -> tuple[int, int]:
        control = answer.control
        return (1 if control and control.per_region else 0, order[control.from_name] if control else -1)

    new = [answer for answer in answers if answer.is_new]
    ids = {answer.result["id"] for answer in answers if "id" in answer.result}
    for answer in sorted(new, key=rank):
        result = answer.result
        if "from_id" not in result or {result["from_id"], result["to_id"]} <= ids:
            yield result
