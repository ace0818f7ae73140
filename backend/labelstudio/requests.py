"""What Label Studio sends, as far as we read it. All else, human labels and tokens first, is dropped here (P11)."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from backend.errors import RequestError
from backend.labelstudio.reduce import is_annotated
from backend.labelstudio.types import Task

M = TypeVar("M", bound="WireModel")


class WireModel(BaseModel):
    """Base of the requests: unknown keys are dropped, errors never show values."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, frozen=True)

    @classmethod
    def take(cls: type[M], asked: Any) -> M:
        """Read a request that was parsed.

        Raises:
            RequestError: names the place in the body, never what stands there.
        """
        try:
            return cls.model_validate(asked)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            problem = f"{'.'.join(map(str, first['loc'])) or 'the body'}: {first['type'].replace('_', ' ')}"
        raise RequestError(f"{problem} - Label Studio 1.x is what we speak with")


class Project(WireModel):
    """The part that both requests share: Label Studio writes the project as `ID.TIMESTAMP`."""

    project: str = ""

    @field_validator("project", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return "" if value is None else str(value) if isinstance(value, int) else value


class SetupRequest(Project):
    """POST /setup. `access_token` is not read."""

    label_config: str = Field(alias="schema", repr=False)


class WireTask(WireModel):
    """A task: its data and meta. Data of a wrong shape is taken as empty, so that this task fails and no other.

    Attributes:
        large: whether its data was left out, being longer than any text that a policy allows.
        is_annotated: whether it has all the annotations that its project asks for; those themselves are not read.
    """

    id: str = ""
    data: dict[str, Any] = Field(default_factory=dict, repr=False)
    meta: dict[str, Any] = Field(default_factory=dict, repr=False)
    large: bool = False
    is_annotated: bool = False

    @model_validator(mode="before")
    @classmethod
    def _is_annotated(cls, value: Any) -> Any:
        if isinstance(value, dict) and "is_annotated" not in value:
            return value | {"is_annotated": is_annotated(value)}
        return value

    @field_validator("data", "meta", mode="before")
    @classmethod
    def _as_fields(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {}

    @field_validator("id", mode="before")
    @classmethod
    def _as_number(cls, value: Any) -> Any:
        """Take a number alone: what else may stand there could be anything."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""

    def task(self) -> Task:
        """Return it as the engine takes it."""
        return Task(self.data, self.meta, self.id, self.is_annotated)


class Context(WireModel):
    """What the annotator who asks has in the editor: their typed prompt and their regions of this very task."""

    result: list[dict[str, Any]] = Field(default_factory=list, repr=False)

    @field_validator("result", mode="before")
    @classmethod
    def _as_regions(cls, value: Any) -> Any:
        return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


class Params(WireModel):
    """The parameters: all but the context is dropped."""

    context: Context | None = None

    @field_validator("context", mode="before")
    @classmethod
    def _as_context(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else None


class PredictRequest(Project):
    """POST /predict. An interactive one has a context."""

    tasks: list[WireTask] = Field(repr=False)
    label_config: str = Field(repr=False)
    params: Params = Field(default_factory=Params)

    @field_validator("params", mode="before")
    @classmethod
    def _as_params(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {}
