"""A distilled model as it lies in its folder, and how it answers.

Plain JSON says what it answers, and numpy's own format holds its numbers, read without pickle: nothing in the folder
can be run. The JSON names the hash of the numbers, and the policy that of the JSON.
"""

import hashlib
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.model.answer.tokens import MOST_OTHERS
from backend.model.distilled.features import SIZE, VERSION, features_of, meanings
from backend.model.distilled.tagging import begins, likeliest_tags, spans_of, sureness, told_once
from backend.model.distilled.words import WORD_SIZE, word_features, words_of
from backend.providers import MANIFEST
from backend.system.disk import read_bounded, write_whole
from backend.system.embedding import SIZE as VECTOR_SIZE
from backend.system.embedding import Embed, installed_embed, installed_version
from backend.system.writing import JSON

WEIGHTS = "weights.npz"
MOST_BYTES = 2**29
LEAST_PROBABILITY = 1e-9


class BadModelError(ValueError):
    """A folder that holds no model that can be asked: says why."""


@dataclass(frozen=True, slots=True)
class DistilledControl:
    """What a model knows of a control.

    Attributes:
        key: under which it is answered.
        values: what may be answered, as JSON; of one that marks spans, their labels.
        temperature: by which its doubts are calibrated.
        spans: whether it marks spans.
    """

    key: str
    values: tuple[str, ...] = field(repr=False)
    temperature: float = 1.0
    spans: bool = False

    def shape(self, *, meaning: bool) -> tuple[int, int]:
        """Return the shape of its weights: of a span each word is told apart, of all else the whole text."""
        if self.spans:
            return begins(len(self.values)), WORD_SIZE + 1
        return len(self.values), SIZE + VECTOR_SIZE * meaning + 1


@dataclass(frozen=True, slots=True)
class DistilledModel:
    """A model.

    Attributes:
        controls: what it answers, in this order.
        weights: by control, of each value or tag: for each feature, and one beside them.
        idf: of each feature of a text, how much it tells.
        meaning: the package and version whose vectors of a text it looks at besides, "" for none.
        embed: makes those vectors.
    """

    controls: tuple[DistilledControl, ...]
    weights: tuple[NDArray[np.float32], ...] = field(repr=False)
    idf: NDArray[np.float32] = field(repr=False)
    meaning: str = ""
    embed: Embed | None = field(default=None, repr=False)

    def completion(self, messages: Sequence[Mapping[str, Any]]) -> JSON:
        """Answer a call, in the form of a chat completion, with the probabilities of its tokens.

        Args:
            messages: the last is the user's, whose text is classified, and marked.
        """
        tokens: list[JSON] = []
        said = "{"
        text = str(messages[-1]["content"])
        amounts = self._amounts(text)
        for control, weights in zip(self.controls, self.weights, strict=True):
            tokens.append(_token(f"{said}{json.dumps(control.key)}: ", 1.0))
            if control.spans:
                tokens += _entities(control, marked(control, weights, text))
            else:
                tokens.append(_value(control, _softmax(self._logits(weights, amounts) / control.temperature)))
            said = ", "
        tokens.append(_token("}", 1.0))
        message = {"role": "assistant", "content": "".join(token["token"] for token in tokens)}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": {"content": tokens}}
        usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        return {"object": "chat.completion", "choices": [choice], "usage": usage}

    def probabilities(self, text: str) -> list[NDArray[np.float64]]:
        """Return, by control that marks no spans, the probability of each value."""
        amounts = self._amounts(text)
        return [
            _softmax(self._logits(weights, amounts) / control.temperature)
            for control, weights in zip(self.controls, self.weights, strict=True)
            if not control.spans
        ]

    def _amounts(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the features that a text has, by number, and how much of each."""
        if all(control.spans for control in self.controls):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        counted = features_of(text)
        places = np.fromiter(counted, dtype=np.int64, count=len(counted))
        amounts = np.fromiter(counted.values(), dtype=np.float32, count=len(counted)) * self.idf[places]
        amounts /= float(np.linalg.norm(amounts)) or 1.0
        if self.embed is None:
            return places, amounts
        vector = meanings(self.embed, [text])[0]
        return np.append(places, np.arange(SIZE, SIZE + VECTOR_SIZE)), np.append(amounts, vector)

    @staticmethod
    def _logits(
        weights: NDArray[np.float32], amounts: tuple[NDArray[np.int64], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        places, of_each = amounts
        logits: NDArray[np.float32] = weights[:, places] @ of_each + weights[:, -1]
        return logits


def marked(control: DistilledControl, weights: NDArray[np.float32], text: str) -> list[tuple[int, str, float]]:
    """Return the labels and words that a text is marked with, and how sure each is; see `told_once`."""
    words = words_of(text)
    features = word_features(words)
    logits = np.stack([weights[:, own].sum(axis=1) for own in features]) + weights[:, -1] if words else weights[:0, :1]
    shares = np.stack([_softmax(own / control.temperature) for own in logits]) if words else logits
    spans = spans_of(words, likeliest_tags(logits))
    return told_once(text, [(span, sureness(span, shares)) for span in spans])


def write_distilled(folder: Path, model: DistilledModel, about: Mapping[str, Any]) -> str:
    """Write a model into a folder, readable by its owner alone; returns the hash by which a policy knows it.

    Args:
        folder: is made if it is not there.
        model: the model.
        about: what else is to be known of it, without text of any task.

    Raises:
        OSError: it cannot be written.
    """
    held = io.BytesIO()
    named = {f"weights_{number}": weights for number, weights in enumerate(model.weights)}
    np.savez_compressed(held, idf=model.idf, **named)  # type: ignore[arg-type]  # names are those of arrays
    said = {
        "features": VERSION,
        "meaning": model.meaning,
        "controls": [asdict(control) for control in model.controls],
        "weights_sha256": hashlib.sha256(held.getvalue()).hexdigest(),
        "about": dict(about),
    }
    manifest = json.dumps(said, indent=1, ensure_ascii=False).encode()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(folder / WEIGHTS, held.getvalue(), 0o600)
    write_whole(folder / MANIFEST, manifest, 0o600)
    return manifest_hash(manifest)


def manifest_hash(manifest: bytes) -> str:
    """Return the hash by which a policy knows a model."""
    return hashlib.sha256(manifest).hexdigest()[:16]


def read_distilled(folder: Path, known: str) -> DistilledModel:
    """Read a model.

    Args:
        folder: where it lies.
        known: its hash, as the policy has it.

    Raises:
        BadModelError: it is another one, or was changed or broken.
        OSError: it cannot be read.
    """
    manifest = read_bounded(folder / MANIFEST)
    if manifest_hash(manifest) != known:
        raise BadModelError("is another model than the policy was read with")
    weights = read_bounded(folder / WEIGHTS, MOST_BYTES)
    problem = "holds a model that cannot be read"
    try:
        return _read(json.loads(manifest), weights)
    except BadModelError as error:
        problem = str(error)
    except Exception as error:  # whatever numpy raises of what is no file of its own
        problem = f"{problem} ({type(error).__name__})"
    raise BadModelError(problem)


def _read(said: Any, content: bytes) -> DistilledModel:
    if said["weights_sha256"] != hashlib.sha256(content).hexdigest():
        raise BadModelError("has weights that are not those of its model.json")
    if said["features"] != VERSION:
        raise BadModelError("was distilled by another version of Labelguard: distil it anew")
    meaning = str(said.get("meaning", ""))
    if meaning not in ("", installed_version()):
        raise BadModelError(f"looks at texts by {meaning}, which is not installed - pip install 'labelguard[similar]'")
    controls = tuple(_read_control(one) for one in said["controls"])
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        idf = held["idf"]
        weights = tuple(held[f"weights_{number}"] for number in range(len(controls)))
    shapes = [control.shape(meaning=bool(meaning)) for control in controls]
    is_whole = idf.shape == (SIZE,) and [each.shape for each in weights] == shapes and bool(controls)
    if not is_whole or not all(bool(np.isfinite(each).all()) for each in (idf, *weights)):
        raise BadModelError("holds a model that cannot be read")
    return DistilledModel(controls, weights, idf, meaning, installed_embed() if meaning else None)


def _read_control(said: Mapping[str, Any]) -> DistilledControl:
    return DistilledControl(
        str(said["key"]), tuple(said["values"]), float(said["temperature"]), bool(said.get("spans", False))
    )


def _value(control: DistilledControl, probabilities: NDArray[np.float64]) -> JSON:
    order = np.argsort(-probabilities)[: MOST_OTHERS + 1]
    best, *others = [(control.values[n], float(probabilities[n])) for n in order]
    return _token(*best, others)


def _entities(control: DistilledControl, found: Sequence[tuple[int, str, float]]) -> Iterator[JSON]:
    """Yield a list of entities, each as sure as its words are."""
    said = "["
    for label, words, sure in found:
        yield _token(f'{said}{{"label": {control.values[label]}, "text": ', 1.0)
        yield _token(json.dumps(words, ensure_ascii=False), sure)
        said = "}, "
    yield _token("}]" if found else "[]", 1.0)


def _softmax(numbers: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(numbers.astype(np.float64) - float(numbers.max()))
    result: NDArray[np.float64] = powers / powers.sum()
    return result


def _token(text: str, probability: float, others: Sequence[tuple[str, float]] = ()) -> JSON:
    told = [{"token": other, "logprob": _log(share)} for other, share in ((text, probability), *others)]
    return {"token": text, "logprob": _log(probability), "top_logprobs": told if others else []}


def _log(probability: float) -> float:
    return math.log(max(min(probability, 1.0), LEAST_PROBABILITY))
