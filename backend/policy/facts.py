"""What a rule may ask about a task. What costs time is found out when it is asked first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from backend.errors import BlockedError
from backend.policy.types import Decision
from backend.privacy.types import Detection, Operator

Found = Mapping[str, Sequence[Detection]]
"""By text, what was detected in it; detections may overlap."""


@dataclass
class Facts:
    """A task, as the rule sees it that asks.

    Attributes:
        data, meta: the task's.
        texts: returns the texts that would be sent under the rule, by name.
        found: returns what the rule's own detection finds in them.
        language: returns a text's language, "" if it cannot be told.
    """

    data: Mapping[str, Any] = field(repr=False)
    meta: Mapping[str, Any] = field(repr=False)
    texts: Callable[[], Mapping[str, str]] = field(repr=False)
    found: Callable[[], Found] = field(repr=False)
    language: Callable[[str], str] = field(repr=False)

    @cached_property
    def characters(self) -> int:
        """The characters of all texts together."""
        return sum(map(len, self.texts().values()))

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages of the texts; `unknown` stands for those that cannot be told."""
        return frozenset(self.language(text) or "unknown" for text in self.texts().values() if text.strip())

    def count(self, entity_type: str, score: float) -> int:
        """Count the stretches of a type, `*` for any, that were found with a score or a higher one."""
        return sum(1 for own in self.found().values() for _ in stretches(own, entity_type, score))


def stretches(found: Sequence[Detection], entity_type: str, score: float) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a text in which a type is found, `*` for any; what overlaps is one."""
    end = -1
    for d in sorted(found, key=lambda d: (d.start, d.end)):
        if entity_type not in ("*", d.entity_type) or d.score < score:
            continue
        if d.start >= end:
            yield d.start, d.end
        end = max(end, d.end)


def restrict(decision: Decision, found: Found) -> Decision:
    """Return a decision with the providers alone that may be asked about what was found (P6).

    Args:
        decision: a rule's.
        found: in the texts that would be sent.

    Raises:
        BlockedError: something was found that may not be sent, or that may not leave while nobody else is named.
    """
    kinds = sorted({d.entity_type for own in found.values() for d in own if d.score >= decision.threshold})
    operators = {kind: _operator(decision, kind) for kind in kinds}
    for kind, operator in operators.items():
        if operator.name == "block":
            raise BlockedError(decision.rule, kind, "label this task by hand, or change its operator in the policy")
    local = [kind for kind, operator in operators.items() if operator.local]
    if not local:
        return decision
    own = tuple(provider for provider in decision.providers if not provider.external)
    if not own:
        raise BlockedError(decision.rule, local[0], "it may not leave: name a self-hosted provider in the rule")
    return replace(decision, providers=own)


def _operator(decision: Decision, kind: str) -> Operator:
    if kind in decision.operators:
        return decision.operators[kind]
    return Operator() if kind in decision.keep else decision.operators.get("*", Operator())
