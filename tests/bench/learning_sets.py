"""The sets on which learning is measured: what is annotated, what is asked, and what is right.

Those of `front_desk.txt`, `shop_tree.txt` and `guest_topics.txt` in tests/data were written for it, each sentence once,
plain ones (+) and roundabout ones (?): which of them are annotated is left to chance.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from math import ceil
from pathlib import Path
from typing import Any

from backend.review.entries import KeptAnnotation, Review, ReviewedProject
from backend.review.reviews import Reviews
from backend.review.tables import PART
from backend.store import writing
from backend.system.writing import JSON
from tests.bench import known, label_tasks
from tests.bench.label_tasks import DATA, Task, read_tasks

EXPIRES = 4_000_000_000
ALONE = "notes by examples alone"
EXAMPLES_ALONE = {
    **{"reviews": "sentiments", "notes": "notes", ALONE: "notes", "names": "entities", "topics": "intents"},
    **{"intents20": "intents20", "intents70": "intents70", "multi": "multi", "taxonomy": "taxonomy"},
}
BY_NEAREST = {f"{name}, nearest": name for name in ("reviews", "topics", "intents20", "intents70", "taxonomy")}
"""Sets without examples, where the label of the nearest may stand in place of the model's; what each is read from."""
SETS = EXAMPLES_ALONE | {name: EXAMPLES_ALONE[own] for name, own in BY_NEAREST.items()}
"""By the set's name, the kind of its tasks."""
SPANS = frozenset({"notes", "entities"})
SEVERAL = frozenset({"multi"})
"""Kinds of which a task may have several labels, and no place."""
BY_MEANING = frozenset({"intents20", "intents70", "multi", "taxonomy", *BY_NEAREST})
"""Sets whose texts are compared by what they mean, too; of the others by words alone."""
CONTROLS = {"sentiments": "sentiment", "multi": "topics", "taxonomy": "matter"}
"""By the kind of tasks without spans, the control's name; of others it is `topic`."""
CONFUSED = (
    *("Card not arrived", "Card lost or stolen", "Card payment declined", "Card payment not recognised"),
    *("Card swallowed by a machine", "Cash withdrawal charge", "Exchange rate applied", "Charged twice"),
    *(
        "Transfer not received by the payee",
        "Incoming money missing",
        "Direct debit refund",
        "Refund by a shop missing",
    ),
    *("Registering as a new patient", "Moving an appointment", "Cancelling an appointment", "Late for an appointment"),
    *("Repeat prescription", "Prescription not at the pharmacy", "Test result", "Preparing for a test"),
)
"""The twenty intents, which are easily taken for each other; the seventy are these and all others."""
SLOTS = {
    "day": ("3 May", "Monday", "12 October", "Friday", "the 9th"),
    "amount": ("£40", "£125.50", "£900", "£65", "£2,300"),
    "town": ("Leeds", "York", "Derby"),
}
ANNOTATED = 0.6
PARTS = {"tuning": 100, "reporting": 40}
"""Texts of each half that are put together of parts."""


def read_set(name: str, *, tuning: bool = False) -> tuple[list[Task], list[Task]]:
    """Return what is annotated and what is asked, each in an order of chance that is the same at each run.

    Args:
        name: of the set.
        tuning: whether both are of what else is annotated.
    """
    own: Mapping[str, Callable[[], list[Task]]] = {
        **{"reviews": _reviews, "notes": _notes, ALONE: _notes},
        **{"intents20": partial(_intents, "intents20", CONFUSED), "intents70": partial(_intents, "intents70", ())},
        **{"multi": _multi, "taxonomy": _taxonomy},
    }
    name = BY_NEAREST.get(name, name)
    tasks = own[name]() if name in own else [task for task in read_tasks() if task.kind == SETS[name]]
    tasks.sort(key=lambda task: _digest(task.text))
    annotated = [task for task in tasks if task.half == "tuning"]
    if tuning:
        return annotated[::2], annotated[1::2]
    return annotated, [task for task in tasks if task.half == "reporting"]


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _notes() -> list[Task]:
    halves = (note for half in ("tuning", "reporting") for note in known.read_notes(half))
    return [Task("notes", note.half, note.text, note.text, note.wanted) for note in halves]


def _reviews() -> list[Task]:
    with (DATA / "amazon_cells_500.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = []
    for row in rows:
        label = "Positive" if row["label"] == "1" else "Negative"
        half = "tuning" if _digest(row["text"])[-1] % 2 else "reporting"
        found.append(Task("sentiments", half, row["text"], row["text"], frozenset({(0, 0, label)})))
    return found


def read_texts(file: Path) -> dict[str, dict[str, list[str]]]:
    """Read the texts of a file, by label and by half: of each label three of five, by chance, are to be annotated."""
    texts: dict[str, list[str]] = {}
    label = ""
    for line in filter(None, file.read_text(encoding="utf-8").splitlines()):
        if line[:2] in ("+ ", "? "):
            texts[label].append(_filled(line[2:]))
        elif line[0] != "#":
            label = line
            texts[label] = []
    return {label: _halved(sorted(own, key=_digest)) for label, own in texts.items()}


def _halved(texts: Sequence[str]) -> dict[str, list[str]]:
    most = ceil(len(texts) * ANNOTATED)
    return {"tuning": list(texts[:most]), "reporting": list(texts[most:])}


def _filled(text: str) -> str:
    chance = _digest(text)[0]
    return text.format_map({name: values[chance % len(values)] for name, values in SLOTS.items()})


FRONT_DESK = read_texts(DATA / "front_desk.txt")
SHOP_TREE = read_texts(DATA / "shop_tree.txt")
GUEST_TOPICS = read_texts(DATA / "guest_topics.txt")


def _of(kind: str, texts: Mapping[str, Mapping[str, Sequence[str]]]) -> Iterator[Task]:
    for label, by_half in texts.items():
        for half, own in by_half.items():
            yield from (Task(kind, half, label, text, frozenset({(0, 0, label)})) for text in own)


def _intents(kind: str, labels: Sequence[str]) -> list[Task]:
    return list(_of(kind, {label: own for label, own in FRONT_DESK.items() if not labels or label in labels}))


def _taxonomy() -> list[Task]:
    return list(_of("taxonomy", SHOP_TREE))


def _multi() -> list[Task]:
    """Put together texts of one to three parts, each of another topic; all parts are used about equally often."""
    found: dict[str, Task] = {}
    for half, most in PARTS.items():
        parts = [(label, text) for label, own in GUEST_TOPICS.items() for text in own[half]]
        texts = (_joined(parts, half, number) for number in count())
        new = ((text, own) for text, own in texts if text not in found)
        for (text, own), number in zip(new, range(most), strict=False):
            found[text] = Task("multi", half, str(number), text, frozenset((0, 0, label) for label in own))
    return list(found.values())


def _joined(parts: Sequence[tuple[str, str]], half: str, number: int) -> tuple[str, list[str]]:
    """Return a text and its labels: one part after the other, the next text goes on where it ends."""
    turn, place = divmod(number, len(GUEST_TOPICS))
    order = sorted(parts, key=lambda part: _digest(f"{half} {turn} {part[1]}"))
    own = dict(order[place :: len(GUEST_TOPICS)][: 1 + number % 3])
    return ". ".join(said[0].upper() + said[1:] for said in own.values()) + ".", list(own)


def _tree(paths: Sequence[str]) -> str:
    """Return the tags of a tree, one within the other."""
    below: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        head, _, rest = path.partition(" > ")
        below[head] += [rest] if rest else []
    return "".join(f'<Choice value="{head}">{_tree(rest)}</Choice>' for head, rest in below.items())


_TEXT = '<View><Text name="text" value="$text"/>'
CONFIGS = {
    **label_tasks.CONFIGS,
    "notes": known.config(known.LABELS),
    "intents20": f'{_TEXT}<Choices name="topic" toName="text">{_tree(CONFUSED)}</Choices></View>',
    "intents70": f'{_TEXT}<Choices name="topic" toName="text">{_tree(list(FRONT_DESK))}</Choices></View>',
    "multi": f'{_TEXT}<Choices name="topics" toName="text" choice="multiple">{_tree(list(GUEST_TOPICS))}'
    "</Choices></View>",
    "taxonomy": f'{_TEXT}<Taxonomy name="matter" toName="text" leafsOnly="true" maxUsages="1">{_tree(list(SHOP_TREE))}'
    "</Taxonomy></View>",
}


def result_of(task: Task) -> list[JSON]:
    """Return what a reviewer would have made of a task."""
    if task.kind in SPANS:
        return [
            {
                **{"id": f"r{number}", "from_name": "ner", "to_name": "text", "type": "labels"},
                "value": {"start": start, "end": end, "text": task.text[start:end], "labels": [label]},
            }
            for number, (start, end, label) in enumerate(sorted(task.right))
        ]
    labels = sorted(label for _, _, label in task.right)
    kind = "taxonomy" if task.kind == "taxonomy" else "choices"
    said: list[Any] = [label.split(" > ") if kind == "taxonomy" else label for label in labels]
    name = CONTROLS.get(task.kind, "topic")
    return [{"id": "c", "from_name": name, "to_name": "text", "type": kind, "value": {kind: said}}]


def labels_in(result: JSON) -> list[str]:
    """Return the labels of a result, a path as one."""
    given = result["value"][result["type"]]
    return [" > ".join(label) if isinstance(label, list) else label for label in given]


def annotate(reviews: Reviews, project: int, path: str, tasks: Sequence[Task]) -> None:
    """Write annotations down, as webhooks do."""
    with writing(reviews.store, PART) as connection:
        reviews.remember(connection, ReviewedProject(project, CONFIGS[tasks[0].kind], path))
        for number, task in enumerate(tasks, 10_001):
            kept = KeptAnnotation(result_of(task), {"text": task.text}, "a", [], is_clean=True)
            review = Review(project, number, number, "v", "unknown", 1.0, 1.0, expires=EXPIRES, kept=kept)
            reviews.write(connection, [review])


def path_of(name: str) -> str:
    """Return the path prefix of a set's rule."""
    return name.replace(",", "").replace(" ", "-")
