"""A file of cases, `NAME.test.yaml`: invented tasks, and what a policy must make of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from backend.policy.file.files import errors
from backend.policy.file.form import NULL, EntityType, Glob, Name, StrictForm, Words, listed, worded
from backend.policy.file.problems import Problem, form_problems
from backend.policy.file.source import Location, PolicySource, read_source

CONFIG = """<View><Text name="text" value="$text"/>
<Choices name="choice" toName="text"><Choice value="yes"/><Choice value="no"/></Choices></View>"""
"""The label config of a case that names none."""

Anything = Annotated[str, Field(min_length=1)]
Text = Annotated[Anything, BeforeValidator(worded, json_schema_input_type=Anything | int)]
TextList = Annotated[list[Text], Field(min_length=1)]
Texts = Annotated[TextList, BeforeValidator(listed, json_schema_input_type=TextList | Text)]


def _refusal(value: Any) -> Any:
    if not isinstance(value, bool | str) or value == "":
        raise ValueError("must be true, false or text")
    return value


class TaskForm(StrictForm):
    """A task as Label Studio has it."""

    data: dict[str, Any] = Field(description="write the task's fields, such as {text: ...}")
    meta: dict[str, Any] = Field({}, description="write the task's meta, such as {source: clinic}")


class ExpectForm(StrictForm):
    """What must come of it. All that is written must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    rule: str | None = Field(
        None,
        description="write the name of the rule that decides, or null if none may match",
        json_schema_extra={NULL: True},
    )
    providers: list[Name] | None = Field(None, description="list those that would be asked, in order; [] for nobody")
    leaves: bool | None = Field(None, description="true if an external provider would be asked, or false")
    refused: Annotated[bool | str, BeforeValidator(_refusal, json_schema_input_type=bool | Anything)] | None = Field(
        None, description="true, false, or a part of the reason"
    )
    contains: Texts | None = Field(None, description='list what stands in what would be sent, such as ["[PERSON_1]"]')
    lacks: Texts | None = Field(None, description='list what does not stand in it, such as ["John"]')
    entities: dict[EntityType, Annotated[int, Field(ge=0)]] | None = Field(
        None, min_length=1, description="count the replaced stretches of some types, such as {PERSON: 1, AGE: 0}"
    )


class CaseForm(StrictForm):
    """An invented task, and what is expected of it."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["task"]}]})

    name: Words = Field(description="write what the case shows")
    project: Glob | None = Field(None, description='write a project id, such as "12"')
    title: Words | None = Field(None, description="write the project's title")
    path: Words | None = Field(None, description="write the path prefix of the backend's URL, such as team-a")
    config: Text | None = Field(None, description="write a label config (XML)")
    text: Text | None = Field(None, description="write the task's text, short for task: {data: {text: ...}}")
    task: TaskForm | None = Field(None, description="write {data: {...}, meta: {...}}")
    expect: ExpectForm = Field(description="write rule, providers, leaves, refused, contains, lacks or entities")


class CasesForm(StrictForm):
    """A file of cases."""

    policy: Words = Field(description="write the path of the policy file, from this file's folder")
    config: Text | None = Field(None, description="write the label config (XML) of the cases that have none")
    cases: list[CaseForm] = Field(min_length=1, description="write at least one case")


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """An invented task, and what is expected of it.

    Attributes:
        line: where it begins in its file.
        form: as the file has it.
        config: its label config.
    """

    line: int
    form: CaseForm
    config: str = field(repr=False)

    @property
    def data(self) -> Mapping[str, Any]:
        """The task's data."""
        return self.form.task.data if self.form.task else {"text": self.form.text}

    @property
    def meta(self) -> Mapping[str, Any]:
        """The task's meta."""
        return self.form.task.meta if self.form.task else {}


@dataclass(frozen=True, slots=True)
class PolicyCases:
    """A file of cases, read.

    Attributes:
        policy: the policy file that it is about.
        cases: in the file's order.
    """

    file: Path
    policy: Path
    cases: tuple[PolicyCase, ...]


def read_cases(file: Path) -> PolicyCases:
    """Read a file of cases.

    Raises:
        PolicyFileError: the first problem in the file; `others` holds the rest.
    """
    source = read_source(file, invented=True)
    form = _form(source)
    problems = [problem for index, case in enumerate(form.cases) for problem in _case_problems(case, ("cases", index))]
    names = [case.name for case in form.cases]
    for index, name in enumerate(names):
        if name in names[:index]:
            problems.append(Problem(("cases", index, "name"), "is another case's name too", "give each case its own"))
    if problems:
        raise errors(source, problems)
    default = form.config or CONFIG
    lines = [source.lines["cases", index] for index in range(len(form.cases))]
    cases = tuple(PolicyCase(line, case, case.config or default) for line, case in zip(lines, form.cases, strict=True))
    return PolicyCases(file, file.parent / form.policy, cases)


def _form(source: PolicySource) -> CasesForm:
    try:
        return CasesForm.model_validate(source.data)
    except ValidationError as error:
        problems = list(form_problems(error, source.data, case_form_at))
    raise errors(source, problems)


def _case_problems(case: CaseForm, here: Location) -> Iterator[Problem]:
    if (case.text is None) == (case.task is None):
        yield Problem(here, "must have one task", "write either text: TEXT, or task: {data: {...}}")
    if not case.expect.model_fields_set:
        remedy = "write rule, providers, leaves, refused, contains, lacks or entities"
        yield Problem((*here, "expect"), "says nothing", remedy)
    for form, place in ((case, here), (case.expect, (*here, "expect"))):
        for name in form.model_fields_set - {"rule"}:
            if getattr(form, name) is None:
                yield Problem((*place, name), "has no value", "write one, or remove the line")


def case_form_at(where: Location) -> type[BaseModel]:
    """Return the form that a block of keys must have."""
    match where:
        case ("cases", _, "expect", *_):
            return ExpectForm
        case ("cases", _, "task", *_):
            return TaskForm
        case ("cases", _, *_):
            return CaseForm
    return CasesForm
