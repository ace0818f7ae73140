"""The tasks by which the cost of redaction is measured: entities, intents and sentiments, with what is right."""

import csv
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from tests.bench.label_texts import ENTITIES, LEFT_OUT, MOST_WORDS, SOURCES, read_pieces
from tests.child import ROOT

DATA = ROOT / "tests" / "data"
PAIR = ("none", "surrogate")
"""The ways that are compared on all tasks; on those of the sets of our own, no others."""
PER_TEMPLATE = {"tuning": 1, "reporting": 8}
PER_INTENT_TEMPLATE = 4
MOST_ENTITIES = 4

INTENTS: Mapping[str, Mapping[str, Sequence[int]]] = {
    "Lost card": {"tuning": (10,), "reporting": (30, 54)},
    "Correction of personal details": {"tuning": (8, 48), "reporting": (28, 50)},
    "Question about limits or charges of a card": {"tuning": (0, 18), "reporting": (6, 56)},
    "Music or film": {"tuning": (104, 112, 116), "reporting": (106, 118, 122)},
    "Where to meet": {"tuning": (46, 74), "reporting": (72, 158)},
}
"""Templates whose texts mean one thing without doubt. All are even ones: those of the reporting half of
`synth_dataset_v2` are never read, so the halves here are of other templates among them."""

PREFIXES = (
    "{name}, {address}, wrote on {date}: {text}",
    "{text} ({name}, {town}, {email})",
    "Review by {name} from {town}, {date}: {text}",
    "From: {name} <{email}>\nDate: {date}\n\n{text}",
    "{name} (phone {phone}) told us: {text}",
)
PEOPLE = (
    ("Maria Lopez", "12 Elm Street", "Denver", "maria.lopez@example.org", "+1 303 555 0142", "May 3rd"),
    ("John Carter", "48 Station Road", "Leeds", "jcarter@example.com", "0113 496 0758", "12 March 2019"),
    ("Aisha Khan", "7 Garden Lane", "Karachi", "aisha.k@example.net", "+92 21 3555 0186", "2021-08-17"),
    ("Peter Novák", "301 Hill Avenue", "Brno", "novak.peter@example.org", "+420 541 555 017", "4/9/2020"),
    ("Susan Miller", "9 Birch Court", "Portland", "s.miller@example.com", "(503) 555-0119", "June 21"),
    ("Olivier Martin", "15 rue des Lilas", "Lyon", "olivier.martin@example.net", "04 72 55 01 34", "30 January 2022"),
    ("Mei Tanaka", "2210 Lake Drive", "Osaka", "mei.tanaka@example.org", "+81 6 5550 1277", "October 5th, 2018"),
)


@dataclass(frozen=True, slots=True)
class Task:
    """A text with what is right about it.

    Attributes:
        kind: a key of `CONFIGS`.
        half: `tuning` or `reporting`.
        group: of texts that are alike, since they were made of one template.
        right: (start, end, label) of each entity, or (0, 0, label) of the one choice.
    """

    kind: str
    half: str
    group: str
    text: str = field(repr=False)
    right: frozenset[tuple[int, int, str]] = field(repr=False)


def _labels_config(labels: Sequence[str]) -> str:
    own = "".join(f'<Label value="{label}"/>' for label in labels)
    return f'<View><Text name="text" value="$text"/><Labels name="ner" toName="text">{own}</Labels></View>'


def _choices_config(name: str, labels: Sequence[str]) -> str:
    own = "".join(f'<Choice value="{label}"/>' for label in labels)
    return f'<View><Text name="text" value="$text"/><Choices name="{name}" toName="text">{own}</Choices></View>'


_NAMES_CONFIG = _labels_config(tuple(dict.fromkeys(ENTITIES.values())))
CONFIGS = {
    "texts": _NAMES_CONFIG,
    "entities": _NAMES_CONFIG,
    "chats": _NAMES_CONFIG,
    "intents": _choices_config("topic", tuple(INTENTS)),
    "sentiments": _choices_config("sentiment", ("Positive", "Negative")),
    "french": _NAMES_CONFIG,
    "russian": _NAMES_CONFIG,
}
"""By the kind of task."""
STAGES = {"texts": 0, "entities": 0, "intents": 1, "sentiments": 1}
"""When tasks of a kind are asked; the others last."""


def ways_of(kind: str) -> Sequence[str]:
    """Return the ways in which tasks of a kind are asked about."""
    return PAIR if kind in {source.kind for source in SOURCES} else (*PAIR, "placeholder")


def read_tasks() -> list[Task]:
    """Return all tasks, the same ones in the same order each time.

    The names first, for which most tasks are needed; of each template one task, then another: so that those of a run
    that was stopped are a fair sample.
    """
    documents = json.loads((DATA / "synth_dataset_v2.json").read_text(encoding="utf-8"))
    by_template: dict[int, list[Any]] = defaultdict(list)
    for document in documents:
        by_template[document["template_id"]].append(document)
    # Some texts stand there twice.
    tasks = dict.fromkeys([*_entities(by_template), *_texts(), *_intents(by_template), *_sentiments()])
    seen: Counter[tuple[str, str]] = Counter()
    places = {}
    for task in tasks:
        stage = STAGES.get(task.kind, len(STAGES))
        places[task] = stage, seen[task.kind, task.group], hashlib.sha256(task.text.encode()).digest()
        seen[task.kind, task.group] += 1
    return sorted(tasks, key=places.__getitem__)


def _texts() -> Iterator[Task]:
    for source in SOURCES:
        for half, group, piece in read_pieces(source, DATA):
            yield Task(source.kind, half, group, piece.text, piece.right)


def _entities(by_template: Mapping[int, Sequence[Any]]) -> Iterator[Task]:
    """Yield the first texts of each template that are short and have a few entities but no street addresses.

    Whether a street's name is a location, the annotations do not say.
    """
    for template, documents in sorted(by_template.items()):
        half = "reporting" if template % 2 else "tuning"
        fitting = (document for document in documents if _fits(document))
        for document, _ in zip(fitting, range(PER_TEMPLATE[half]), strict=False):
            right = frozenset(
                (span["start_position"], span["end_position"], ENTITIES[span["entity_type"]])
                for span in document["spans"]
                if span["entity_type"] in ENTITIES
            )
            yield Task("entities", half, str(template), document["full_text"], right)


def _fits(document: Any) -> bool:
    kinds = [span["entity_type"] for span in document["spans"]]
    wanted = sum(kind in ENTITIES for kind in kinds)
    short = len(document["full_text"].split()) < MOST_WORDS
    return short and 1 <= wanted <= MOST_ENTITIES and LEFT_OUT not in kinds


def _intents(by_template: Mapping[int, Sequence[Any]]) -> Iterator[Task]:
    for intent, halves in INTENTS.items():
        for half, templates in halves.items():
            for template in templates:
                for document in by_template[template][:PER_INTENT_TEMPLATE]:
                    yield Task("intents", half, str(template), document["full_text"], frozenset({(0, 0, intent)}))


def _sentiments() -> Iterator[Task]:
    """Yield sentences with a person before or after them; neighbours, one good and one bad, have the same one."""
    people, prefixes = cycle(PEOPLE), cycle(PREFIXES)
    with (DATA / "amazon_cells_60.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for index in range(0, len(rows), 2):
        values = dict(zip(("name", "address", "town", "email", "phone", "date"), next(people), strict=True))
        prefix = next(prefixes)
        for row in rows[index : index + 2]:
            label = "Positive" if row["label"] == "1" else "Negative"
            half = "reporting" if index % 4 else "tuning"
            text = prefix.format(text=row["text"], **values)
            yield Task("sentiments", half, row["text"], text, frozenset({(0, 0, label)}))
