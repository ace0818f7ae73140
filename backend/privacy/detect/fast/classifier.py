"""Models for token classification: of transformers, or as ONNX by the onnxruntime that we have anyway.

Only local files are read, no code that lies beside a model is run, and nobody is told of it.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from backend.errors import DetectionError
from backend.privacy.detect.fast.graph import Floats
from backend.privacy.packages.places import CLASSIFIERS, read_json_file

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "ORT_DISABLE_TELEMETRY": "1",
}
"""What keeps the libraries from the network; it must be set before they are imported."""
WINDOW, OVERLAP = 254, 64
"""Tokens that are read at once, and those that two windows share: each is judged where it has more around it."""
LEAST = 0.3
"""Probability of being anything but `O` from which on a word is taken."""
Logits = Callable[[Sequence[int]], Floats]
"""Gives each token's value of each label."""


class Classifier:
    """Marks the words of a text by their labels. May be used by several threads.

    Args:
        folder: with `config.json`, `tokenizer.json` and the weights.

    Raises:
        DetectionError: it has no tokenizer that can be read, or its labels do not name what is nothing.
    """

    def __init__(self, folder: Path) -> None:
        os.environ.update(OFFLINE)
        file = folder / "tokenizer.json"
        if not file.is_file():
            raise DetectionError("a transformers model needs its tokenizer.json - save its fast tokenizer too")
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        named: dict[str, str] = read_json_file(folder / "config.json")["id2label"]
        self._labels = [str(named[str(index)]) for index in range(len(named))]
        if "O" not in self._labels:
            raise DetectionError("a transformers model must have the label O - take one for token classification")
        self._nothing = self._labels.index("O")
        self._before, self._after = self._special()
        self._logits = _loaded(folder)

    def _special(self) -> tuple[list[int], list[int]]:
        """Return the tokens that stand around each text."""
        encoding = self._tokenizer.encode("a")
        ids, mask = encoding.ids, encoding.special_tokens_mask
        first = mask.index(0)
        last = len(mask) - mask[::-1].index(0)
        return ids[:first], ids[last:]

    def spans(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield start, end and label of words that are something; neighbours of one label are one."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        if not encoding.ids:
            return
        chances = self._chances(encoding.ids)
        run: tuple[int, int, str] | None = None
        for start, end, tokens in _words(encoding.offsets, encoding.word_ids):
            label = self._label(chances[tokens])
            if run and label == run[2] and not text[run[1] : start].strip():
                run = (run[0], end, label)
                continue
            if run and run[2]:
                yield run
            run = (start, end, label)
        if run and run[2]:
            yield run

    def _chances(self, ids: Sequence[int]) -> Floats:
        """Return each token's probability of each label."""
        found = np.zeros((len(ids), len(self._labels)), np.float32)
        start = 0
        while True:
            end = min(start + WINDOW, len(ids))
            logits = self._logits([*self._before, *ids[start:end], *self._after])
            own = logits[len(self._before) : len(logits) - len(self._after)]
            powers = np.exp(own - own.max(-1, keepdims=True))
            skip = OVERLAP // 2 if start else 0
            found[start + skip : end] = (powers / powers.sum(-1, keepdims=True))[skip:]
            if end == len(ids):
                return found
            start = end - OVERLAP

    def _label(self, chances: Floats) -> str:
        """Return what a word is by its surest token, without the prefix; "" for nothing."""
        sure = 1 - chances[:, self._nothing]
        if float(sure.max()) < LEAST:
            return ""
        token = chances[int(sure.argmax())].copy()
        token[self._nothing] = 0
        label = self._labels[int(token.argmax())]
        return label[2:] if label[:2] in ("B-", "I-", "E-", "S-", "L-", "U-") else label


def _words(offsets: Sequence[tuple[int, int]], words: Sequence[int | None]) -> Iterator[tuple[int, int, slice]]:
    """Yield start and end of each word, with its tokens."""
    first = 0
    for place in range(1, len(words) + 1):
        if place == len(words) or words[place] != words[first] or words[first] is None:
            start, end = offsets[first][0], offsets[place - 1][1]
            if start < end:
                yield start, end, slice(first, place)
            first = place


def _loaded(folder: Path) -> Logits:
    weights = next(folder / name for name in CLASSIFIERS if (folder / name).is_file())
    return _onnx(weights) if weights.suffix == ".onnx" else _torch(folder)


def _onnx(file: Path) -> Logits:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    names = {given.name for given in session.get_inputs()}

    def logits(ids: Sequence[int]) -> Floats:
        tokens: NDArray[Any] = np.array([ids], np.int64)
        feed = {"input_ids": tokens, "attention_mask": np.ones_like(tokens), "token_type_ids": np.zeros_like(tokens)}
        made: Floats = session.run(None, {name: feed[name] for name in names})[0][0]
        return made

    return logits


def _torch(folder: Path) -> Logits:
    import torch
    from transformers import AutoModelForTokenClassification

    torch.set_num_threads(1)  # texts are read side by side instead; and what has one thread can be forked
    model = AutoModelForTokenClassification.from_pretrained(
        str(folder), local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
    ).eval()

    def logits(ids: Sequence[int]) -> Floats:
        tokens = torch.tensor([list(ids)])
        with torch.inference_mode():
            made: Floats = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits[0].numpy()
        return made

    return logits
