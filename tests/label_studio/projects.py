"""Three projects with a label config, a profile and tasks each. All people are invented."""

from dataclasses import dataclass
from itertools import count

from tests.label_studio.api import JSON
from tests.label_studio.backend import PASSWORD, USER, Backend
from tests.label_studio.harness import LabelStudio

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a project is about.

    Attributes:
        profile: the path prefix in the backend's URL, which chooses the policy's rule.
        field: the task field that its text stands in.
    """

    profile: str
    field: str
    label_config: str
    texts: tuple[str, ...]


TRIAGE = Kind(
    profile="helpdesk",
    field="message",
    label_config='<View><Text name="mail" value="$message"/><Choices name="triage" toName="mail">'
    '<Choice value="Urgent" alias="u"/><Choice value="Can wait"/></Choices></View>',
    texts=(
        "Please call Maria Lopez at maria.lopez@example.org today, the pump has failed.",
        "John Carter asks when the invoice of last month is due.",
        "😀 Thanks, Peter Novak here: all is well, no hurry.",
    ),
)
ENTITIES = Kind(
    profile="clinic",
    field="note",
    label_config='<View><Labels name="who" toName="note"><Label value="Person"/><Label value="Contact"/></Labels>'
    '<Text name="note" value="$note"/></View>',
    texts=(
        "John Carter came with Maria Lopez. John Carter sleeps well. Write to john.carter@example.org.",
        "😀😀 Herr Jürgen Weiß wohnt in Köln; ask juergen@example.org for Jürgen Weiß.",
        "No complaints today.",
    ),
)
SUMMARIES = Kind(
    profile="newsroom",
    field="story",
    label_config='<View><Text name="text" value="$story"/><TextArea name="summary" toName="text"/></View>',
    texts=(
        "The river rose by two metres in the night.",
        "The library opens again on Monday, after ten years.",
        "Two goats have taken the town hall.",
    ),
)
KINDS = (TRIAGE, ENTITIES, SUMMARIES)


@dataclass(frozen=True, slots=True)
class Project:
    """A project in Label Studio, its backend connected, its tasks imported in the order of the texts."""

    kind: Kind
    id: int
    tasks: dict[int, str]
    """Each task's id and text."""


def create_project(label_studio: LabelStudio, backend: Backend, kind: Kind, *data: JSON) -> Project:
    """Create a project, connect our backend and import tasks: those of the kind, or `data`."""
    data = data or tuple({kind.field: text} for text in kind.texts)
    project = label_studio.api.create_project(f"{kind.profile} {next(_numbers)}", kind.label_config)
    label_studio.api.connect(project, backend.address(kind.profile), USER, PASSWORD)
    tasks = label_studio.api.import_tasks(project, *data)
    texts = [str(item.get(kind.field, "")) for item in data]
    return Project(kind, project, dict(zip(tasks, texts, strict=True)))
