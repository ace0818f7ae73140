"""How personal data are looked for, what is found, and what takes its place."""

from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Literal, TypeAlias

from backend.providers import Provider

PackageKind: TypeAlias = Literal["spacy", "transformers", "gliner"]


@dataclass(frozen=True, slots=True, order=True)
class Package:
    """A model of one's own that reads the names of a language.

    Attributes:
        language: ISO 639-1 code.
        kind: what runs it.
        place: path of its folder, or the name of an installed package or of a model in the Hugging Face cache.
        version: of what, or a hash of the folder; "" if it is not there.
        labels: the model's labels whose entity types a policy says, with these; "" for a label that is nothing.
    """

    language: str
    kind: PackageKind
    place: str
    version: str = ""
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Scan:
    """How personal data are looked for.

    Attributes:
        profile: `fast`, `default` or `thorough`.
        languages: ISO 639-1 codes of the languages that the project's texts are in.
        unknown_language: what becomes of a text in another language: it is refused; or what has a form is looked for,
            which finds few names; or that, and words in a script that no recognizer reads are replaced whole.
        recognizers: path of a file in Presidio's YAML format, whose recognizers come beside ours; "" for none.
        recognizers_text: what stands in it, as it was read with the policy; None to read the file.
        never_redact: text of a list of words that are no names, as `backend.privacy.listed` reads it; "" for none.
        always_redact: text of a list of values that are always replaced, likewise.
        list_keys: secrets by which some of these values are hashed; the list names them.
        packages: what reads the names of some of the languages, beside or instead of what we bring.
        guard: a model of one's own that looks as well, where `backend.engine.guard` says; None for none.
    """

    profile: str = "default"
    languages: tuple[str, ...] = ("en", "fr", "ru")
    unknown_language: Literal["refuse", "patterns", "hide"] = "refuse"
    recognizers: str = ""
    recognizers_text: str | None = field(default=None, repr=False)
    never_redact: str = field(default="", repr=False)
    always_redact: str = field(default="", repr=False)
    list_keys: tuple[bytes, ...] = field(default=(), repr=False)
    packages: tuple[Package, ...] = ()
    guard: Provider | None = None

    @property
    def unlisted(self) -> "Scan":
        """The same without what needs no loading, lists and guard: ways that differ in them alone share what is loaded.

        Where there is a guard, it decides which text is refused.
        """
        bare = replace(self, never_redact="", always_redact="", list_keys=(), guard=None)
        return replace(bare, unknown_language="patterns") if self.guard else bare


@dataclass(frozen=True, slots=True)
class Operator:
    """What is done with a value of an entity type.

    Attributes:
        name: `placeholder`, `surrogate`, `mask`, `hash`, `generalize` or `keep`; or `block`, which lets no task pass
            that holds such a value.
        key_env, key_file: where the salt of `hash` stands; never the salt itself.
        local: whether a task that holds such a value may go to self-hosted providers alone.
    """

    name: Literal["placeholder", "surrogate", "mask", "hash", "generalize", "keep", "block"] = "placeholder"
    key_env: str | None = None
    key_file: str | None = None
    local: bool = False


@dataclass(frozen=True, slots=True, order=True)
class Detection:
    """Personal data found in a text: code points `start` (inclusive) to `end` (exclusive), score from 0 to 1.

    All attributes order them, so that of two at the same place the same comes first in each process.

    Attributes:
        entity_type: Presidio's, such as `PERSON`.
        recognizer: who found it, and by what, such as `Patterns: us_ssn`; never a part of the text.
    """

    start: int
    end: int
    entity_type: str
    score: float
    recognizer: str = ""


in_order = attrgetter("start", "end", "entity_type", "score", "recognizer")
"""The same order as a key for `sorted`, which takes a third of the time."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A stretch of the source text that was replaced.

    Attributes:
        token: what stands in its place, such as `[PERSON_1]`.
        entity_type: Presidio's, such as `PERSON`.
        start, end: the token's place in the redacted text.
        source_start, source_end: the value's place in the source text.
        score: the detection's, from 0 to 1.
        operator: what wrote the token; `placeholder` also where another operator had nothing to offer.
        recognizer: who found the value, and by what.
        words: of a surrogate that has its value's words one by one, for each its start and end in the redacted text
            and those of the value's word in the source text.
    """

    token: str
    entity_type: str
    start: int
    end: int
    source_start: int
    source_end: int
    score: float
    operator: str = "placeholder"
    recognizer: str = ""
    words: tuple[tuple[int, int, int, int], ...] = ()

    @property
    def edges(self) -> tuple[tuple[int, int, int, int], ...]:
        """Start and end in the redacted text, and those in the source text, of all that stands for a whole."""
        return self.words or ((self.start, self.end, self.source_start, self.source_end),)
