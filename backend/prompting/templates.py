"""Template files + plan + redacted text → messages.

`.txt` templates have `{text}`, `{labels}` and any field of the task, as in Label Studio's own example; `.jinja` ones
are Jinja2 in a sandbox. The system message says what to answer, in the words of each handler's template; the user
message is the text, or the project's own template.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from backend.errors import PromptError
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Condition, Control, Plan
from backend.policy.types import Decision
from backend.prompting.answer_form import Answer, Question
from backend.prompting.template_language import Template
from backend.system.disk import problem_of
from backend.system.snapshot import Snapshot

__all__ = ["OWN_NAMES", "Prompts", "Template", "Texts"]

OWN_NAMES = frozenset({"text", "labels", "documents", "questions"})
_ENDINGS = (".txt", ".jinja")


@dataclass(frozen=True, slots=True)
class Texts:
    """The redacted texts of a task.

    Attributes:
        documents: by object tag's name.
        fields: other fields of the task that a template names.
        typed: what the annotator typed into a prompt box.
        known: what the annotator has labeled already.
        redacted: whether words in square brackets stand in them that hide a value.
    """

    documents: Mapping[str, str] = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    typed: str = field(default="", repr=False)
    known: tuple[str, ...] = field(default=(), repr=False)
    redacted: bool = True


class Prompts:
    """The templates: shipped ones, and a deployment's own in place of those of the same name.

    All are read when it is made, and none later: what a job's hash says is what is sent, whatever becomes of the files.

    Args:
        own: a folder of templates; None, or none that is there, for the shipped ones alone.

    Raises:
        PromptError: a file cannot be read; names it.
    """

    def __init__(self, own: Path | None = None) -> None:
        self.own = own
        self.has_own = own is not None and own.is_dir()
        self._snapshot = Snapshot()
        self._templates: dict[str, Template] = {}
        self._sources: dict[str, tuple[str, str]] = {}
        for folder in (files("prompts"), *([own] if own and self.has_own else [])):
            found = sorted(file.name for file in folder.iterdir() if file.name.endswith(_ENDINGS))
            own_ones = {Path(name).stem: (name, self._read(folder / name)) for name in found}  # .txt goes first
            self._sources |= own_ones

    def _read(self, file: Any) -> str:
        problem = ""
        try:
            return self._snapshot.read(Path(str(file))).decode("utf-8-sig")
        except OSError as error:
            problem = problem_of(error)
        except UnicodeDecodeError:
            problem = "is not UTF-8"
        raise PromptError(f"{file} {problem} - prompts are text files in UTF-8")

    @property
    def sources(self) -> Mapping[str, tuple[str, str]]:
        """By stem, the name of each template's file and what stands in it."""
        return self._sources

    def check(self, handlers: Mapping[str, Handler]) -> None:
        """See that all templates that handlers may need can be used.

        Raises:
            PromptError: one is missing, or is no template.
        """
        for stem in ("system", "annotator", "user", "guard", "reflection"):
            self.template(stem)
        for handler in handlers.values():
            self.of(handler)

    def template(self, stem: str) -> Template:
        """Return the template `stem`, such as `choices` for `choices.txt`."""
        if stem not in self._sources:
            raise PromptError(f"prompts/{stem}.txt is missing")
        if stem not in self._templates:
            self._templates[stem] = Template(*self._sources[stem])
        return self._templates[stem]

    def of(self, handler: Handler) -> Template:
        """Return a handler's template: the file, or the text that the handler brings."""
        try:
            return self.template(handler.template)
        except PromptError:
            if not handler.prompt:
                raise
        return _template(f"{handler.template}.txt", handler.prompt)

    def user(self, decision: Decision) -> Template:
        """Return the template of the user message: the project's own, or the default."""
        if decision.prompt is None:
            return self.template("user")
        return _template(decision.prompt_name, decision.prompt)

    def digest(self, plan: Plan, handlers: Mapping[str, Handler], decision: Decision) -> str:
        """Return a hash of the templates that a plan uses."""
        used = [self.template("system"), self.template("annotator"), self.user(decision)]
        used += [self.of(handlers[control.tag]) for control in plan.controls]
        used += [self.template("guard")] if decision.scan.guard else []
        return hashlib.sha256("\0".join(template.source for template in used).encode()).hexdigest()

    def fields(self, plan: Plan, decision: Decision) -> tuple[str, ...]:
        """Return the task's fields that a template names, beside those that the plan's objects show."""
        shown = {obj.field for obj in plan.objects}
        return tuple(sorted(self.user(decision).variables - OWN_NAMES - shown))

    def compose(
        self,
        question: Question,
        handlers: Mapping[str, Handler],
        decision: Decision,
        texts: Texts,
        questions: str | None = None,
    ) -> tuple[str, str]:
        """Write the system and the user message.

        Args:
            question: what is asked.
            handlers: by control tag.
            decision: whose own prompt is used, if it has one.
            texts: what the messages are filled with: redacted texts alone.
            questions: what `questions` wrote of the question, if that was kept.
        """
        plan = question.plan
        questions = self.questions(question, handlers) if questions is None else questions
        about = {"questions": questions, "example": "PERSON_1", "redacted": texts.redacted}
        system = self.template("system").render(about)
        if texts.typed or texts.known:
            system += "\n" + self.template("annotator").render({"typed": texts.typed, "known": texts.known})
        labels = list(dict.fromkeys(label.name for control in question.controls for label in control.labels))
        values: dict[str, Any] = {
            "text": next((texts.documents[o.name] for o in plan.objects if o.is_labeled), ""),
            "labels": ", ".join(labels),
            "documents": texts.documents,
            "questions": questions,
        }
        shown = {
            obj.field: texts.documents[obj.name] for obj in plan.objects if obj.name in texts.documents and obj.field
        }
        return system, self.user(decision).render({**shown, **texts.fields, **values})

    def questions(self, question: Question, handlers: Mapping[str, Handler]) -> str:
        """Write what is asked, a line for each control."""
        lines = [self._question(question, control, handlers) for control in question.controls]
        return "\n".join([*lines, *self._given(question, handlers)])

    def _question(self, question: Question, control: Control, handlers: Mapping[str, Handler]) -> str:
        several = len(question.plan.objects) + len(question.plan.headers) > 1
        handler = handlers[control.tag]
        inner = question.inner(control)
        form = handler.answer_type(control, 0) if inner else Answer
        values = {
            **self._values(question, control, handler, question.keys),
            "target": f' "{control.to_name}"' if several else "",
            "inner": "".join(self._inner(question, inner, form, handlers)),
        }
        return _told(self.of(handler).render(values), question.keys, control).rstrip()

    def _inner(
        self, question: Question, inner: Sequence[Control], form: type[BaseModel], handlers: Mapping[str, Handler]
    ) -> Iterator[str]:
        """Write the questions for controls that are asked for each region, as they stand within the region's."""
        keys = {**question.keys, **question.inner_keys(inner, form)}
        for control in inner:
            handler = handlers[control.tag]
            values = {**self._values(question, control, handler, keys), "target": "", "inner": ""}
            text = _told(self.of(handler).render(values), keys, control)
            yield ", " + text.strip().removeprefix("- ").rstrip(" .")

    def _given(self, question: Question, handlers: Mapping[str, Handler]) -> Iterator[str]:
        if not question.given:
            return
        yield f'- "{question.given_key}": an object with these keys:'
        for key, region in question.given.items():
            inner = question.plan.per_region(region.obj)
            asked = "".join(self._inner(question, inner, Answer, handlers))
            about = f'{region.words} of the text "{region.obj}"'
            yield f'  - "{key}": an object about {about}, with{asked.removeprefix(",")}'

    def _values(
        self, question: Question, control: Control, handler: Handler, keys: Mapping[str, str]
    ) -> dict[str, str]:
        hints = [f'"{label.name}": {label.hint}' for label in control.labels if label.hint]
        return {
            "name": keys[control.from_name],
            "labels": ", ".join(f'"{label.name}"' for label in control.labels),
            "question": control.question,
            "hints": (" " if control.question else "") + f"({'; '.join(hints)})" if hints else "",
            "when": _when(control, question.plan, keys),
            **handler.instruction(control, question.count(control)),
        }


def _told(text: str, keys: Mapping[str, str], control: Control) -> str:
    """Write a control's own name behind its key, where the key is another."""
    key, name = keys[control.from_name], " ".join(control.from_name.split())
    return text if key == name or not name else text.replace(f'"{key}"', f'"{key}" ({name})', 1)


def _when(control: Control, plan: Plan, keys: Mapping[str, str]) -> str:
    """Say in words when a control is to be answered; "" for always."""
    clauses = []
    for condition in control.conditions:
        where = f' of "{keys.get(condition.tag, condition.tag)}"' if condition.tag else ""
        choices = " or ".join(_named(condition.choices, condition, plan)) or "something"
        labels = " or ".join(_named(condition.labels, condition, plan))
        match condition.kind:
            case "choice-selected":
                clauses.append(f"the answer{where} is {choices}")
            case "choice-unselected":
                clauses.append(f"the answer{where} is not {choices}")
            case "region-selected" if labels:
                clauses.append(f"the label{where} is {labels}")
            case "region-selected" if condition.role:
                clauses.append(f"the role is {condition.role}")
    return f" Only if {' and '.join(clauses)}; else null." if clauses else ""


def _named(words: Sequence[str], condition: Condition, plan: Plan) -> Iterator[str]:
    """Yield the names, as the model is offered them, of the labels that a condition means by value or alias."""
    labels = [label for c in plan.controls if condition.tag in ("", c.from_name) for label in c.labels]
    for word in words:
        names = [label.name for label in labels if word in (label.result, label.attrs.get("value"))]
        yield from (f'"{name}"' for name in dict.fromkeys(names or [word]))


@lru_cache(maxsize=256)
def _template(name: str, source: str) -> Template:
    return Template(name, source)
