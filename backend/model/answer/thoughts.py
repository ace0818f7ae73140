"""A model's thoughts within its words, by the marks of the models that think aloud: cut, since they are no answer."""

import re
from collections.abc import Iterable

_NAMES = "(?:seed:|longcat_)?(?:think|thinking|thoughts?|reasoning|reflection)"
_CHANNEL = r"<\|?channel\|?>\s*+"
_OPENS = (
    rf"<{_NAMES}\b[^<>]{{0,80}}+>",
    r"\[THINK\]",  # Mistral
    "◁think▷",  # Kimi
    rf"{_CHANNEL}(?:analysis|thought)",  # gpt-oss, Gemma
    r"\Aanalysis(?=[A-Z])",  # gpt-oss, by a server that leaves its marks out
    r"<\|START_THINKING\|>",  # Command A
    r"<\|begin_of_thought\|>",
    r"<unused94>\s*+thought",  # MedGemma
)
_CLOSES = (
    rf"</{_NAMES}\s*+>",
    r"\[/THINK\]",
    "◁/think▷",
    rf"{_CHANNEL}(?:final|commentary)",
    r"<channel\|>",
    r"assistant(?:final|commentary)",
    r"<\|END_THINKING\|>",
    r"<\|end_of_thought\|>",
    r"<unused95>",
)
_MARKS = re.compile(f"(?P<opens>{'|'.join(_OPENS)})|(?:{'|'.join(_CLOSES)})", re.IGNORECASE)


def thinks(text: str) -> bool:
    """Say whether a text may hold thoughts."""
    return _MARKS.search(text) is not None


def without_thoughts(text: str, said: Iterable[tuple[int, int]] = ()) -> str:
    """Return what a model said beside its thoughts.

    All before a mark that closes thoughts is one where none opened them: some servers write that into the prompt.
    Where thoughts do not end, nothing is left: what stands before them was not the model's last word.

    Args:
        text: all that it wrote.
        said: stretches of it, in their order, in which a mark is none: it is written about there.
    """
    kept: list[str] = []
    place, is_thought = 0, False
    stretches = iter(said)
    start, end = next(stretches, (len(text), len(text)))
    for mark in _MARKS.finditer(text):
        while end <= mark.start() < len(text):
            start, end = next(stretches, (len(text), len(text) + 1))
        if start <= mark.start():
            continue
        if mark["opens"] and not is_thought:
            kept.append(text[place : mark.start()])
        elif not mark["opens"] and not is_thought:
            kept.clear()
        is_thought = bool(mark["opens"])
        place = mark.end()
    return "" if is_thought else "".join([*kept, text[place:]])
