"""The forms of what a rule says about reviewers' annotations, and about labels of which there are many."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from backend.policy.file.form import StrictForm


def _switched(value: Any) -> Any:
    """Take `off` for the word that it is, though YAML has it for false."""
    return "off" if value is False else value


class LearnedForm(StrictForm):
    """Examples for a prompt that are made of annotations which are kept."""

    most: int = Field(5, ge=1, le=50, description="examples in a prompt at most, 1 to 50")
    tokens: int = Field(1000, ge=50, le=100_000, description="tokens of all of them together, as they are estimated")


class LearnForm(StrictForm):
    """What may be learnt from reviewers."""

    annotations: Annotated[Literal["keep", "off"], BeforeValidator(_switched)] = Field(
        "off", description="keep to keep annotations with their tasks' data, encrypted; off for what became of labels"
    )
    days: int = Field(90, ge=1, le=3_650, description="days after which what is kept of an annotation is erased")
    examples: LearnedForm | None = Field(
        None,
        description="write {most: 5, tokens: 1000} to have redacted annotations stand as examples before like tasks",
    )
    marks: int | None = Field(
        None,
        ge=2,
        le=1_000,
        description="write 3 to mark in a task the words that annotators marked in three others, wherever they stood",
    )
    nearest: bool = Field(
        False,
        description="true to give the one label of the annotated tasks most like a task, where that is likelier right"
        " than the model's answer by its score",
    )


class OfferedForm(StrictForm):
    """What a model is offered of a control that has very many labels."""

    offer: int = Field(
        ge=2, le=2_000, description="labels of a control that a model is offered for a task, 2 to 2000: the likeliest"
    )
