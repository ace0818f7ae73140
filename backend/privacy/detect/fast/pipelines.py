"""spaCy's pipelines, as far as their entity taggers need them, in a fraction of the time that spaCy takes.

Beside the tokenizer that a pipeline brings, spaCy makes one by the language's own rules, which nobody uses then. For
French both compile an expression of 266 alternatives, with thousands of ranges of letters in each: two seconds twice.
"""

import re
import runpy
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import spacy.lang
import srsly
from spacy.language import Language
from spacy.tokenizer import Tokenizer
from spacy.util import load_config, load_model_from_config, registry

from backend.privacy.detect.fast.tokens import quicken

OTHER_PIPES = ("tagger", "parser", "attribute_ruler", "lemmatizer", "senter", "tok2vec", "morphologizer")
NEUTRAL = "xx"
"""spaCy's language without rules of its own."""
BARE = "labelguard.bare"
"""A tokenizer without rules, into which a pipeline's own are read."""
_BEGINS, _BETWEEN = "(?iu)(?:", ")|(?:"
_LETTERS = re.compile(r"\[(?:[^\]\\]|\\.){200,}\]")
"""Any letter, as spaCy writes it."""
_ANY = "(?s:.)"
Match = Callable[[str], "re.Match[str] | None"]


def _bare() -> Callable[[Language], Tokenizer]:
    return lambda pipeline: Tokenizer(pipeline.vocab)


registry.tokenizers.register(BARE, func=_bare)


def load_pipeline(package: str) -> Language:
    """Load a pipeline's vocabulary, quickened tokenizer and entity tagger; they find the same as if spaCy loaded them.

    Args:
        package: its name.

    Raises:
        FileNotFoundError: it is not installed, or not whole.
    """
    folder = _folder(package)
    rules = srsly.msgpack_loads((folder / "tokenizer").read_bytes())
    match, exceptions = rules.pop("token_match", None), rules.pop("exceptions", {})
    overrides = {"nlp.lang": NEUTRAL} if match else {}
    config = load_config(folder / "config.cfg", overrides=overrides)
    config["nlp"]["tokenizer"] = {"@tokenizers": BARE}
    pipeline = load_model_from_config(config, exclude=OTHER_PIPES)
    pipeline.from_disk(folder, exclude=[*OTHER_PIPES, "tokenizer"], overrides=overrides)
    tokenizer: Any = pipeline.tokenizer
    tokenizer.from_bytes(srsly.msgpack_dumps(rules))
    tokenizer.token_match = quick_match(match) if match else None
    quicken(pipeline)
    tokenizer = pipeline.tokenizer
    tokenizer.rules = exceptions  # last: whatever is set after them has spaCy read them all again
    return pipeline


def _folder(package: str) -> Path:
    spec = find_spec(package)
    places = (spec.submodule_search_locations if spec else None) or ()
    found = [file.parent for place in places for file in Path(place).glob("*/config.cfg")]
    if len(found) != 1:
        raise FileNotFoundError(package)
    return found[0]


def stop_words(language: str) -> list[str]:
    """Return half of all words of a language, without loading its rules."""
    file = Path(spacy.lang.__path__[0]) / language / "stop_words.py"
    return sorted(runpy.run_path(str(file))["STOP_WORDS"])


def quick_match(pattern: str) -> Match:
    """Return what matches as an expression does, and compiles of its alternatives only those that a word may match.

    Whether it may is told by an expression in which any character stands for any letter.
    """
    whole = pattern.removeprefix(_BEGINS)
    if whole == pattern or "(?!" in pattern or "(?<!" in pattern:  # there, what may be any letter says nothing
        return re.compile(pattern).match
    alternatives = whole.removesuffix(")").split(_BETWEEN)
    likely = [re.compile(f"(?iu){_LETTERS.sub(_ANY, alternative)}") for alternative in alternatives]
    some = re.compile(_LETTERS.sub(_ANY, pattern))
    compiled = cache(re.compile)

    def match(word: str) -> "re.Match[str] | None":
        if not some.match(word):
            return None
        may = (compiled(f"(?iu){full}") for quick, full in zip(likely, alternatives, strict=True) if quick.match(word))
        return next(filter(None, (expression.match(word) for expression in may)), None)

    return match
