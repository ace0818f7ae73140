"""Does a rule match? Each condition that is written must hold; one that is not written is not asked."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from operator import eq, ge, gt, le, lt
from typing import Any

from backend.errors import PolicyError
from backend.labelstudio.paths import lookup
from backend.labelstudio.types import Plan
from backend.policy.facts import Facts
from backend.policy.file.conditions import EntityForm, FieldForm, GlobsForm, LanguagesForm, MatchForm
from backend.system.expressions import SlowError, compile_bounded, whole

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_COUNT = re.compile(r"(>=|<=|>|<|=) ?([0-9]+)")
_COMPARE: Mapping[str, Callable[[int, int], bool]] = {">=": ge, "<=": le, ">": gt, "<": lt, "=": eq}


def project_id(project: str) -> str:
    """Return the id out of what Label Studio sends, such as `12.1795417599`; "" if it is none."""
    identity = project.partition(".")[0]
    return identity if _ID.fullmatch(identity) else ""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule may ask about a project.

    Attributes:
        project: its id, "" if unknown.
        path: the path prefix of the backend's URL, "" if there is none.
        plan: what its label config asks.
        title: its title, "" if unknown.
    """

    project: str
    path: str
    plan: Plan
    title: str = ""


OfProject = tuple[str, Callable[[Subject], bool]]
OfTask = tuple[str, Callable[[Facts], bool]]


@dataclass(frozen=True, slots=True)
class Match:
    """The conditions of a rule, each with its name.

    Attributes:
        form: as the policy file has them.
        of_project: those that hold for a whole project or not.
        of_fields: those on a task's data and meta.
        of_texts: those on the texts that would be sent.
    """

    form: MatchForm
    of_project: tuple[OfProject, ...]
    of_fields: tuple[OfTask, ...]
    of_texts: tuple[OfTask, ...]

    @classmethod
    def of(cls, form: MatchForm) -> "Match":
        """Compile what the policy file says."""
        return cls(form, tuple(_of_project(form)), tuple(_of_fields(form)), tuple(_of_texts(form)))

    @property
    def has_patterns(self) -> bool:
        """Whether a condition on data or meta may take long."""
        parts = (*(self.form.fields or {}).values(), *(self.form.meta or {}).values())
        return any(field.pattern is not None for field in parts)

    @property
    def asks_task(self) -> bool:
        """Whether it must be asked for each task."""
        return bool(self.of_fields or self.of_texts)

    def missed(self, subject: Subject) -> str:
        """Return the name of the first condition on the project that does not hold; "" if all do."""
        return next((name for name, holds in self.of_project if not holds(subject)), "")

    def missed_fields(self, facts: Facts) -> str:
        """Return the name of the first condition on data or meta that does not hold; "" if all do."""
        return _missed(self.of_fields, facts)

    def missed_texts(self, facts: Facts) -> str:
        """Return the name of the first condition on the texts that does not hold; "" if all do. May take long."""
        return _missed(self.of_texts, facts)


def _missed(conditions: Sequence[OfTask], facts: Facts) -> str:
    return next((name for name, holds in conditions if not holds(facts)), "")


def _of_project(form: MatchForm) -> Iterator[OfProject]:
    if form.project is not None:
        project = globs(form.project)
        yield "project", lambda subject: project(subject.project)
    if form.title is not None:
        title = globs(form.title)
        yield "title", lambda subject: title(subject.title)
    if form.path is not None:
        path = globs(form.path)
        yield "path", lambda subject: path(subject.path)
    if form.control_tags is not None:
        controls = _several(form.control_tags)
        yield "control_tags", lambda subject: controls({control.tag for control in subject.plan.controls})
    if form.object_tags is not None:
        objects = _several(form.object_tags)
        yield "object_tags", lambda subject: objects({obj.tag for obj in subject.plan.objects})


def _of_fields(form: MatchForm) -> Iterator[OfTask]:
    for name, field in (form.fields or {}).items():
        yield f"fields.{name}", _field(name, field, lambda facts: facts.data)
    for name, field in (form.meta or {}).items():
        yield f"meta.{name}", _field(name, field, lambda facts: facts.meta)


def _of_texts(form: MatchForm) -> Iterator[OfTask]:
    """Yield the conditions on texts; those that take long come last."""
    if form.characters is not None:
        least, most = form.characters.min, form.characters.max
        yield (
            "characters",
            lambda facts: facts.characters >= (least or 0) and (most is None or facts.characters <= most),
        )
    if form.language is not None:
        languages = _languages(form.language)
        yield "language", lambda facts: languages(facts.languages)
    for entity_type, entity in (form.entities or {}).items():
        yield f"entities.{entity_type}", _entity(entity_type, entity)


def globs(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Compile patterns with `*`, `?` and `[…]`; upper and lower case differ. What is unknown, "", fits none."""
    match = re.compile("|".join(map(translate, patterns))).match
    return lambda value: bool(value) and match(value) is not None


def _several(form: GlobsForm) -> Callable[[Collection[str]], bool]:
    """Compile a condition on several things; it does not hold where there are none."""
    if form.any is not None:
        one = globs(form.any)
        return lambda values: any(map(one, values))
    each = globs(form.each or ())
    return lambda values: bool(values) and all(map(each, values))


def _languages(form: LanguagesForm) -> Callable[[frozenset[str]], bool]:
    if form.any is not None:
        one = frozenset(form.any)
        return lambda found: not one.isdisjoint(found)
    each = frozenset(form.each or ())
    return lambda found: bool(found) and found <= each


def _field(name: str, form: FieldForm, part: Callable[[Facts], Mapping[str, Any]]) -> Callable[[Facts], bool]:
    """Compile a condition on a field; a list of values in the task fits if one of them does."""
    if form.missing is not None:
        return lambda facts: (lookup(part(facts), name) is None) == form.missing
    test = _value(form)

    def holds(facts: Facts) -> bool:
        value = lookup(part(facts), name)
        try:
            return any(test(text) for one in (value if isinstance(value, list) else [value]) if (text := _text(one)))
        except SlowError:
            pass
        raise PolicyError(f"the pattern of the condition on field {name!r} takes too long - write a simpler one")

    return holds


def _value(form: FieldForm) -> Callable[[str], bool]:
    if form.glob is not None:
        return globs(form.glob)
    if form.pattern is not None:
        return whole(compile_bounded(form.pattern))
    values = {_text(value) for value in form.any_of or ()}
    return lambda value: value in values


def _text(value: Any) -> str:
    """Write a value as JSON would, so that `true` and `12` are what a policy file calls them; "" for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _entity(entity_type: str, form: EntityForm) -> Callable[[Facts], bool]:
    sign, number = (">=", 1) if form.count == "any" else ("=", 0)
    if found := _COUNT.fullmatch(form.count):
        sign, number = found[1], int(found[2])
    compare = _COMPARE[sign]
    return lambda facts: compare(facts.count(entity_type, form.score), number)
