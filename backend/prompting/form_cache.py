"""What a call asks is the same for most tasks of a project: it is made once for a plan, and kept."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from backend.labelstudio.types import Plan
from backend.prompting.answer_form import Question

T = TypeVar("T")
MOST = 256
"""Forms that are kept."""


class FormCache(Generic[T]):
    """Forms of answers, and what is told about them, by what is asked. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], tuple[tuple[object, ...], T]] = OrderedDict()

    def get(self, plan: Plan, question: Question, hangs_on: tuple[object, ...], make: Callable[[], T]) -> T:
        """Return what is made for a question; nothing is kept of one with words, labels or regions of a task.

        Args:
            plan: of the project, as long as it lives the same object.
            question: what is asked.
            hangs_on: all else on which it hangs, known by its identity.
            make: makes it.
        """
        if question.plan is not plan or question.given:
            return make()
        known = (plan, *question.controls, *hangs_on)
        key = (*map(id, known), *question.items.items(), question.is_part)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        made = make()
        with self._lock:
            self._kept[key] = known, made  # what is known by its identity must live as long
            if len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return made
