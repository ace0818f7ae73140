"""Template files + plan + redacted text → messages.

`.txt` templates have `{text}`, `{labels}` and any field of the task, as in Label Studio's own example; `.jinja` ones
are Jinja2 in a sandbox. The system message says what to answer, in the words of each handler's template; the user
message is the text, or the project's own template.
"""

import hashlib
import string
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from backend.errors import PromptError
from backend.types import Control, Decision, Handler, Plan

OWN_NAMES = frozenset({"text", "labels", "documents", "questions"})
_JINJA = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)


class Template:
    """A prompt template. Its name's ending chooses the language.

    Raises:
        PromptError: it cannot be parsed; names the file and the place.
    """

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source.rstrip("\n")
        self._is_jinja = name.endswith((".jinja", ".jinja2", ".j2"))
        self.variables = frozenset(self._variables())

    def render(self, values: Mapping[str, Any]) -> str:
        """Fill in the values.

        Raises:
            PromptError: names the missing field and those that are there.
        """
        missing = sorted(self.variables - values.keys())
        if missing:
            raise PromptError(f"{self.name} asks for {{{missing[0]}}}, which is missing - there are: {_names(values)}")
        if not self._is_jinja:
            return string.Formatter().vformat(self.source, (), values)
        problem = ""
        try:
            return _JINJA.from_string(self.source).render(values)
        except UndefinedError:
            problem = "uses something that is not defined"
        except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
            problem = f"cannot be rendered ({type(error).__name__})"
        raise PromptError(f"{self.name} {problem} - there are: {_names(values)}")

    def _variables(self) -> set[str]:
        try:
            if self._is_jinja:
                return meta.find_undeclared_variables(_JINJA.parse(self.source))
            found = string.Formatter().parse(self.source)
            return {_plain(name, spec, conversion) for _, name, spec, conversion in found if name is not None}
        except TemplateSyntaxError as error:
            problem = f"line {error.lineno}: {error.message}"
        except ValueError as error:
            problem = f"{error} (write {{{{ and }}}} for braces that are text)"
        raise PromptError(f"{self.name} is no valid template: {problem}")


class Prompts:
    """The template files: shipped ones, and a deployment's own in place of those of the same name."""

    def __init__(self, own: Path | None = None) -> None:
        self._own = own

    def template(self, stem: str) -> Template:
        """Return the template `stem`, such as `choices` for `choices.txt`."""
        for folder in (self._own, files("prompts")):
            for ending in (".txt", ".jinja"):
                path = folder / f"{stem}{ending}" if folder else None
                if path is not None and path.is_file():
                    return _template(path.name, path.read_text(encoding="utf-8"))
        raise PromptError(f"prompts/{stem}.txt is missing")

    def user(self, decision: Decision) -> Template:
        """Return the template of the user message: the project's own, or the default."""
        if decision.prompt is None:
            return self.template("user")
        return _template(decision.prompt_name, decision.prompt)

    def digest(self, plan: Plan, handlers: Mapping[str, Handler], decision: Decision) -> str:
        """Return a hash of the templates that a plan uses."""
        used = [self.template("system"), self.user(decision)]
        used += [self.template(handlers[control.tag].template) for control in plan.controls]
        return hashlib.sha256("\0".join(template.source for template in used).encode()).hexdigest()

    def fields(self, plan: Plan, decision: Decision) -> tuple[str, ...]:
        """Return the task's fields that a prompt needs: those of the objects, then those that the template names."""
        of_objects = dict.fromkeys(obj.field for obj in plan.objects)
        named = dict.fromkeys(sorted(self.user(decision).variables - OWN_NAMES))
        return tuple(of_objects | named)

    def compose(
        self, plan: Plan, handlers: Mapping[str, Handler], decision: Decision, fields: Mapping[str, str]
    ) -> tuple[str, str]:
        """Write the system and the user message.

        Args:
            plan: what is asked.
            handlers: by control tag.
            decision: whose own prompt is used, if it has one.
            fields: the redacted texts of the task's fields.
        """
        questions = "\n".join(self._question(plan, control, handlers[control.tag]) for control in plan.controls)
        system = self.template("system").render({"questions": questions, "example": "PERSON_1"})
        documents = {obj.name: fields[obj.field] for obj in plan.objects}
        labels = list(dict.fromkeys(label.name for control in plan.controls for label in control.labels))
        values: dict[str, Any] = {
            "text": next(iter(documents.values())),
            "labels": ", ".join(labels),
            "documents": documents,
            "questions": questions,
        }
        return system, self.user(decision).render({**values, **fields})

    def _question(self, plan: Plan, control: Control, handler: Handler) -> str:
        several = len(plan.objects) > 1
        hints = [f'"{label.name}": {label.hint}' for label in control.labels if label.hint]
        values = {
            "name": control.from_name,
            "labels": ", ".join(f'"{label.name}"' for label in control.labels),
            "question": control.question,
            "hints": (" " if control.question else "") + f"({'; '.join(hints)})" if hints else "",
            "target": f' "{control.to_name}"' if several else "",
            **handler.instruction(control),
        }
        return self.template(handler.template).render(values).rstrip()


@lru_cache(maxsize=256)
def _template(name: str, source: str) -> Template:
    return Template(name, source)


def _plain(name: str, spec: str | None, conversion: str | None) -> str:
    if spec or conversion or not name.replace("_", "a").replace("-", "a").isalnum():
        raise ValueError(f"{{{name}}} is no plain field name")
    return name


def _names(values: Mapping[str, Any]) -> str:
    return ", ".join(sorted(values)) or "none"


def lookup(data: Mapping[str, Any], field: str) -> Any:
    """Return the value of a task's field, by name or by a path such as `note.body` or `notes[0]`; None if missing."""
    if field in data:
        return data[field]
    value: Any = data
    for step in field.replace("[", ".").replace("]", "").split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, Sequence) and not isinstance(value, str) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value
