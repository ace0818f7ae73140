"""What a proposed prompt must hold, and what it must not: before it is tried, shown to anybody else, or written."""

from collections.abc import Callable, Iterator, Sequence

import regex

from backend.engine.tuning.tasks import TuningTask
from backend.errors import LastLookError, PromptError
from backend.prompting.templates import OWN_NAMES, Template

ROOM = 6_000
"""Characters by which a prompt may grow."""
RUN = 6
"""Words in a row that are a quotation, where they stand in a task's text too."""
_WORD = regex.compile(r"\w+")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]{12,}")
"""Stretches of scripts that put no space between words, so long that any part of 12 characters is a quotation."""
_CONSTRUCT = regex.compile(r"\{%.*?%\}|\{\{.*?\}\}", regex.DOTALL)

HIDDEN = "it holds a value that is hidden in a task"
QUOTED = "it quotes a task"


class CandidateCheck:
    """Says which prompts may be tried.

    Args:
        seed: the prompt that is there.
        tasks: all that are used, those to test by included: no value that is hidden in one may come into a prompt.
        render: writes by a prompt what a task would be sent; raises a PromptError if it cannot.
    """

    def __init__(
        self, seed: Template, tasks: Sequence[TuningTask], render: Callable[[TuningTask, str], object]
    ) -> None:
        self._seed, self._tasks, self._render = seed, tasks, render
        self._constructs = _constructs(seed)
        first, *others = [guard for task in tasks for guard in task.redacted]
        self._guard = first.clear((), others)  # looks for all their values at once
        shown = frozenset(run for task in tasks for text in task.shown for run in _runs(text))
        self._runs = shown - frozenset(_runs(seed.source))

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What each prompt must hold, as it stands in the old one."""
        if self._seed.name.endswith(".txt"):
            named = (f"{{{name}}}" for name in self._seed.variables)
            return tuple(sorted(named, key=self._seed.source.find))
        return tuple(dict.fromkeys(_CONSTRUCT.findall(self._seed.source)))

    def refusal(self, text: str) -> str:
        """Return why a prompt may not be tried, without a word of it; "" if it may."""
        if len(text) > len(self._seed.source) + ROOM:
            return f"it is longer than the old one by more than {ROOM} characters"
        try:
            return self.tells(text) or self._lacks(text)
        except PromptError:
            return "it is no valid template"
        except UnicodeEncodeError:
            return "it holds half of a character"

    def _lacks(self, text: str) -> str:
        """Return what of the old prompt's a template has not, or what it has that the old one had not.

        Raises:
            PromptError: it is no template, or gives no message of a task.
            UnicodeEncodeError: it cannot be sent.
        """
        text.encode()
        template = Template(self._seed.name, text)
        if lost := sorted(self._seed.variables - template.variables):
            return f"it lost {{{lost[0]}}}"
        if template.variables - self._seed.variables - OWN_NAMES:
            return "it names a field that the old one does not"
        if not _in_order(self._constructs, _constructs(template)):
            return "it lost a part of the template language"
        for task in self._tasks:
            self._render(task, text)
        return ""

    def tells(self, text: str) -> str:
        """Return what words of a model's give away of the tasks; "" if nothing that is known."""
        try:
            self._guard.last_look({"prompt": text})
        except LastLookError:
            return HIDDEN
        return "" if self._runs.isdisjoint(_runs(text)) else QUOTED


def _constructs(template: Template) -> list[str]:
    """Return what stands in a template of Jinja's language, in its order; a text template has fields alone."""
    if template.name.endswith(".txt"):
        return []
    return [" ".join(found.strip("{}%-+ \n").split()) for found in _CONSTRUCT.findall(template.source)]


def _in_order(wanted: Sequence[str], there: Sequence[str]) -> bool:
    rest = iter(there)
    return all(any(one == other for other in rest) for one in wanted)


def _runs(text: str) -> Iterator[str]:
    """Yield all runs of words, so long that two texts have one in common only if one quotes the other."""
    words = _WORD.findall(text.casefold())
    yield from (" ".join(words[place : place + RUN]) for place in range(len(words) - RUN + 1))
    for found in _UNSPACED.findall(text):
        yield from (found[place : place + 12] for place in range(len(found) - 11))
