"""Write the annotated sets of tests/data from their sources: `python -m tests.bench.make_sets`.

A source line marks each gold span as `⟦TYPE|value⟧`, and a word of the trade, which must stay, as `⟦-|word⟧`; the
offsets in the JSON files are counted, never typed.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from tests.bench import invented, russian

DATA = Path(__file__).parent.parent / "data"
SOURCES = DATA / "sources"
HALVES = {"T": "tuning", "R": "reporting"}
TRADES = ("clinics", "courts", "banks", "support", "offices")
WORLD = ("de", "es", "it", "nl", "pl", "pt", "tr", "zh")

Document = dict[str, Any]

_TERM = "-"
_SPAN = re.compile(rf"⟦([A-Z_]+|{_TERM})\|(.+?)⟧", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|(.))")
_SLOT = re.compile(r"\{(\w+)\.(\w+)\.(\w)\}")
_VALUE = re.compile(r"\{([A-Za-z_]+)\}")
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
# What nobody can see, nobody can review: format characters, unusual spaces, Latin's combining marks.
_UNSEEN = re.compile(r"[^\S ]|[\u00ad\u0300-\u036f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]")


def unescape(line: str) -> str:
    r"""Resolve `\n`, `\t`, `\r`, `\\` and `\uXXXX`."""
    return _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _SIMPLE[m[2]], line)


def read_marked(marked: str) -> tuple[str, list[Document]]:
    """Split a marked text into its plain text and its spans, by offsets in code points."""
    text, spans, last = "", [], 0
    for match in _SPAN.finditer(marked):
        text += marked[last : match.start()]
        spans.append({"start": len(text), "end": len(text) + len(match[2]), "entity_type": match[1]})
        text += match[2]
        last = match.end()
    return text + marked[last:], spans


def bypasses() -> list[Document]:
    """Read the hand-written ways round a detector."""
    documents: list[Document] = []
    counts: Counter[str] = Counter()
    for group, half, line in _cases("bypasses.txt"):
        key = f"{group}-{half[0]}"
        counts[key] += 1
        text, spans = read_marked(unescape(line))
        documents.append({"id": f"{key}{counts[key]}", "text": text, "spans": spans, "half": half, "group": group})
    return documents


def russian_names() -> list[Document]:
    """Fill the Russian templates, six documents each; the halves share no template and no name."""
    random = Random(4)
    documents: list[Document] = []
    for number, (kind, half, template) in enumerate(_cases("russian.txt"), 1):
        for copy in range(1, 7):
            people: dict[str, russian.Person] = {}
            marked = _SLOT.sub(lambda m: _russian(m, people, random, half == "reporting"), template)  # noqa: B023
            text, spans = read_marked(marked.replace(".⟧.", ".⟧"))  # an initial's full stop ends the sentence, too
            group = f"{kind}-{number:02}"
            documents.append({"id": f"{group}-{copy}", "text": text, "spans": spans, "half": half, "group": group})
    return documents


def _russian(slot: re.Match[str], people: dict[str, russian.Person], random: Random, offset: int) -> str:
    who, form, case = slot.groups()
    if who not in people:
        gender = random.choice("mf") if who[0] == "x" else who[0]
        people[who] = russian.draw(random, gender, offset)
    return f"⟦PERSON|{people[who].write(form, case)}⟧"


def long_documents() -> list[Document]:
    """Fill each long template with five people of each country."""
    random = Random(196)
    documents = [document for _ in range(5) for document in _filled("long.txt", invented.LOCALES, random)]
    counts: Counter[str] = Counter()
    for document in documents:
        counts[document["id"]] += 1
        document["id"] += f"-{counts[document['id']]}"
    return documents


def structured() -> list[Document]:
    """Fill the templates of JSON, tables, markup, logs and forms."""
    random = Random(5)
    return _filled("structured.txt", random.sample(invented.LOCALES[:-1], 3), random)


def _filled(name: str, locales: Sequence[str], random: Random) -> list[Document]:
    """Fill a source of templates of many lines, one document for each locale."""
    documents = []
    for number, (group, half, template) in enumerate(_blocks(name), 1):
        for locale in locales:
            text, spans = fill(template, invented.invent(random, locale, "en"))
            key = f"{group}-{number:02}-{locale}"
            documents.append({"id": key, "text": text, "spans": spans, "half": half, "group": group})
    return documents


def languages() -> list[Document]:
    """Fill the short French templates three times, the German and Spanish ones twice."""
    random = Random(33)
    documents = []
    for number, (language, half, template) in enumerate(_cases("languages.txt"), 1):
        for copy in range(1, 4 if language == "fr" else 3):
            values = invented.invent(random, f"{language}_{language.upper()}", language)
            text, spans = fill(unescape(template), values)
            key = f"{language}-{number:02}-{copy}"
            documents.append({"id": key, "text": text, "spans": spans, "half": half, "group": language})
    return documents


def trades() -> list[Document]:
    """Read the hand-written texts of five trades; the words of a trade stand apart from the personal data."""
    return [
        {**document, "group": trade, "language": language}
        for trade in TRADES
        for language, document in _written(f"trades_{trade}.txt", f"{trade}-")
    ]


def world() -> list[Document]:
    """Read the hand-written texts of eight languages that have no tagger of their own."""
    return [
        {**document, "group": language, "language": language}
        for language in WORLD
        for _, document in _written(f"world_{language}.txt", f"{language}-")
    ]


def russian_texts() -> list[Document]:
    """Read the hand-written Russian texts, with all personal data marked; the group is the kind of text."""
    documents: list[Document] = []
    counts: Counter[str] = Counter()
    for group, half, line in _cases("russian_texts.txt"):
        counts[key := f"{group}-{half[0]}"] += 1
        text, spans = read_marked(unescape(line))
        documents.append({"id": f"{key}-{counts[key]}", "text": text, "spans": spans, "half": half, "group": group})
    return documents


def records() -> list[Document]:
    """Read the hand-written business records, by kind."""
    return [{**document, "group": kind} for kind, document in _written("records.txt")]


def chats() -> list[Document]:
    """Read the hand-written short informal texts of ten platforms, with the words that must stay apart."""
    return [{**document, "group": platform} for platform, document in _written("chats.txt")]


def mixed() -> list[Document]:
    """Read the hand-written English texts of eight kinds, with the words that must stay apart."""
    return [{**document, "group": kind} for kind, document in _written("mixed.txt")]


def clinical() -> list[Document]:
    """Read the hand-written clinical notes, with what is labelled in them."""
    notes = ({**document, "group": group} for group, document in _written("clinical.txt"))
    return [{key: part for key, part in note.items() if key != "terms"} for note in notes]


def lines(name: str) -> list[Document]:
    """Read any source of one hand-written text a line."""
    return [document for _, document in _written(name)]


def _written(name: str, prefix: str = "") -> Iterator[tuple[str, Document]]:
    """Yield group and text of a source of hand-written texts; words of the trade stand apart from personal data."""
    counts: Counter[str] = Counter()
    for group, half, line in _cases(name):
        key = f"{prefix}{group}-{half}"
        counts[key] += 1
        text, marks = read_marked(unescape(line))
        spans = [mark for mark in marks if mark["entity_type"] != _TERM]
        terms = [{"start": m["start"], "end": m["end"]} for m in marks if m["entity_type"] == _TERM]
        yield group, {"id": f"{key}-{counts[key]}", "text": text, "spans": spans, "terms": terms, "half": half}


def fill(template: str, values: invented.Values) -> tuple[str, list[Document]]:
    """Fill a template of one person; every value with a type is a span."""

    def written(slot: re.Match[str]) -> str:
        kind, text = values[slot[1]]
        return f"⟦{kind}|{text}⟧" if kind else text

    return read_marked(_VALUE.sub(written, template))


def _blocks(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield group, half and text of a source of texts of many lines."""
    _, *blocks = re.split(r"^## (?=\w+ [TR]$)", (SOURCES / name).read_text("utf-8"), flags=re.MULTILINE)
    for block in blocks:
        header, _, text = block.partition("\n")
        group, half = header.split()
        yield group, HALVES[half], text.strip("\n")


def _cases(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield group, half and line of a source of one case a line."""
    group = ""
    for line in (SOURCES / name).read_text("utf-8").splitlines():
        if line.startswith("## "):
            group = line[3:]
        elif line[:2] in {"T ", "R "}:
            yield group, HALVES[line[0]], line[2:]


def to_json(documents: list[Document]) -> str:
    r"""Write a set, one document a line; characters that cannot be seen are written as `\uXXXX`."""
    lines = [json.dumps(document, ensure_ascii=False) for document in documents]
    return "[\n" + ",\n".join(_UNSEEN.sub(lambda m: f"\\u{ord(m[0]):04x}", line) for line in lines) + "\n]\n"


SETS = {
    "bypasses.json": bypasses,
    "russian_names.json": russian_names,
    "russian_texts.json": russian_texts,
    "long_documents.json": long_documents,
    "french.json": languages,
    "structured.json": structured,
    "trades.json": trades,
    "world.json": world,
    "records.json": records,
    "chats.json": chats,
    "mixed.json": mixed,
    "clinical.json": clinical,
}


def main() -> None:
    """Write every set."""
    for name, make in SETS.items():
        (DATA / name).write_text(to_json(make()), "utf-8")


if __name__ == "__main__":
    main()
