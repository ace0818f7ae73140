"""An annotated task → what a model would be sent of it, and what it should answer: one example for each call."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from backend.engine.prepare import PreparedCalls, Preview, Written
from backend.engine.rule_choice import TaskUnderRule
from backend.engine.training.sources import LearnableTask
from backend.engine.written import HiddenWords, hide_written
from backend.errors import AnnotationError, AnswerError
from backend.labelstudio.handler import Handler
from backend.prompting.annotated_answer import Annotation, annotated_answer, written_texts
from backend.prompting.answer_form import Question, keyed
from backend.results.given_again import meets
from backend.results.regions import Results
from backend.system.writing import JSON


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A call, and the answer that it should have.

    Attributes:
        task: the task's number, "" if it has none.
        messages: role and content, as the first provider of the rule would get them.
        answer: JSON, as it should be answered.
        labels: those that the answer gives.
        tools: those that a model is to call, where its provider is asked so: the answer is what it calls one with.
        form: what the answer must fit.
        external: whether an external provider may see it.
    """

    task: str
    messages: tuple[tuple[str, str], ...] = field(repr=False)
    answer: str = field(repr=False)
    labels: frozenset[str] = field(repr=False)
    tools: tuple[JSON, ...] = field(repr=False)
    form: type[BaseModel]
    external: bool


@dataclass(frozen=True, slots=True)
class ToldAnswers:
    """What annotations say of a task, as a model should say it.

    Attributes:
        ready: the task, as it would be sent.
        hidden: what its annotator wrote, redacted together with it.
        answers: as JSON, one for each call.
    """

    ready: PreparedCalls
    hidden: HiddenWords
    answers: tuple[str, ...] = field(repr=False)


def training_examples(
    found: Preview, task: LearnableTask, handlers: Mapping[str, Handler], key: bytes
) -> list[TrainingExample]:
    """Return the examples that a task gives; arguments and errors are those of `told_answers`. Takes long."""
    told = told_answers(found, task, handlers, key)
    return [_example(task, told, place, answer, found) for place, answer in enumerate(told.answers)]


def told_answers(found: Preview, task: LearnableTask, handlers: Mapping[str, Handler], key: bytes) -> ToldAnswers:
    """Return what annotations say of a task, redacted as it is. Takes long.

    Args:
        found: what would become of it.
        task: with its annotations.
        handlers: by control tag.
        key: the secret on which surrogates hang.

    Raises:
        AnnotationError: its annotations give no answer, or disagree.
        LabelguardError: nothing would be sent of it.
    """
    ready, seen = found.ready, found.seen
    if found.refusal or ready is None or seen is None:
        raise found.refusal or AnnotationError("no rule decides on it")
    if not ready.decision.redact:
        raise AnnotationError("its rule redacts nothing: texts would stand in the file as they are")
    if not ready.calls:
        raise AnnotationError("detection knows all its labels: no model is asked")
    said = [_Said(ready, seen, results, handlers, key) for results in task.annotations]
    answers = {tuple(one.answers()) for one in said}
    if len(answers) > 1:
        raise AnnotationError("its annotators disagree")
    return ToldAnswers(ready, said[-1].hidden, answers.pop())


class _Said:
    """What one annotation says of a task."""

    def __init__(
        self,
        ready: PreparedCalls,
        seen: TaskUnderRule,
        results: Sequence[JSON],
        handlers: Mapping[str, Handler],
        key: bytes,
    ) -> None:
        self.ready, self._results, self._handlers = ready, results, handlers
        written = written_texts(ready.prepared.plan, results)
        self.hidden: HiddenWords = hide_written(seen, ready.decision, ready.prepared.task, key, written)

    def answers(self) -> Iterator[str]:
        """Yield the answer to each call."""
        for written in self.ready.calls:
            yield self._answer(written)

    def _answer(self, written: Written) -> str:
        call, _, form = written
        annotation = Annotation(self._results, self.hidden.by_words)
        named = annotated_answer(call, self.ready.prepared, self._handlers, annotation)
        try:
            answer = form.model_validate(keyed(call.question, self._handlers, named))
        except ValidationError:
            answer = None
        if answer is None:
            raise AnnotationError("its answer does not fit the form that is asked for")
        found = Results.of(self.ready.prepared, self._handlers)
        try:
            found.add(call.question, answer, call.pieces)
        except AnswerError:
            found.answers.clear()
        lost = [r for r in self._shown(call.question, named) if not any(meets(r, one.result) for one in found.answers)]
        if lost:
            raise AnnotationError("its answer would not give its regions again")
        return json.dumps(answer.model_dump(mode="json", by_alias=True), ensure_ascii=False)

    def _shown(self, question: Question, named: JSON) -> Iterator[JSON]:
        """Yield the regions of the annotation that an answer tells, if it shows all of the text."""
        telling = {c.from_name for c in question.controls if c.role.gives_regions and named.get(c.from_name)}
        if not question.is_part:
            yield from (result for result in self._results if result.get("from_name") in telling)


def _example(task: LearnableTask, told: ToldAnswers, place: int, answer: str, found: Preview) -> TrainingExample:
    call, _, form = told.ready.calls[place]
    request = found.requests[place]
    messages = tuple((one["role"], one["content"]) for one in request["messages"])
    tools = tuple(request.get("tools", ()))
    for redacted in (told.ready.prepared.task, told.hidden.task):
        redacted.clear(()).last_look(
            {"messages": [content for _, content in messages], "answer": answer, "tools": tools}
        )
    names = {label.name for control in call.question.controls for label in control.labels}
    labels = frozenset(str(part) for part in _parts(json.loads(answer)) if part in names or isinstance(part, int))
    external = any(provider.external for provider in told.hidden.decision.providers)
    return TrainingExample(task.task.id, messages, answer, labels, tools, form, external)


def _parts(value: Any) -> Iterator[Any]:
    """Yield what stands in a JSON value, without its keys."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _parts(part)
    else:
        yield value
