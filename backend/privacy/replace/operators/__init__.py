"""What is done with a value that was found, chosen by a policy for each entity type.

An operator writes what stands in a value's place; where it has nothing to offer, a placeholder stands there.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from backend.privacy.entity_types import LITERAL, WITHHELD
from backend.privacy.replace.operators.generalized import Generalized
from backend.privacy.replace.operators.hashed import Hashed, read_salt
from backend.privacy.replace.operators.masked import Masked
from backend.privacy.replace.operators.surrogate import Surrogate
from backend.privacy.replace.same_value import TextValue
from backend.privacy.types import Operator

DEFAULT = Operator()
EVERY = "*"
"""Key of the operator for all entity types that have none of their own."""


class Replacing(Protocol):
    """Writes what stands in a value's place."""

    def replace(self, value: TextValue) -> str | None:
        """Return what stands in a value's place; None if this operator can say nothing."""


class Operators:
    """The operators of a task.

    Args:
        chosen: by entity type, `*` for all others.
        seed: makes surrogates; the same seed makes the same ones of the same texts.
        texts: of the task, in which no surrogate may stand already.
        values: all that was found.

    Raises:
        SettingsError: the key of `hash` is missing.
    """

    def __init__(
        self, chosen: Mapping[str, Operator], seed: str, texts: Iterable[str], values: Iterable[TextValue]
    ) -> None:
        self._chosen = chosen
        self._made: dict[Operator, Replacing | None] = {}
        self.surrogate: Surrogate | None = None
        for operator in {*chosen.values()}:
            match operator.name:
                case "surrogate":
                    if self.surrogate is None:
                        own = [value for value in values if self.of(value.entity_type).name == "surrogate"]
                        self.surrogate = Surrogate(seed, texts, own)
                    self._made[operator] = self.surrogate
                case "mask":
                    self._made[operator] = Masked()
                case "hash":
                    self._made[operator] = Hashed(read_salt(operator))
                case "generalize":
                    self._made[operator] = Generalized()

    def of(self, entity_type: str) -> Operator:
        """Return the operator for an entity type."""
        return operator_of(self._chosen, entity_type)

    def replace(self, value: TextValue) -> tuple[str | None, str]:
        """Return what stands in a value's place, None for a placeholder, and the operator's name."""
        operator = self.of(value.entity_type)
        made = self._made.get(operator)
        shown = made.replace(value) if made else None
        return shown, operator.name if shown is not None else DEFAULT.name


def operator_of(chosen: Mapping[str, Operator], entity_type: str) -> Operator:
    """Return the operator for an entity type; what a policy withholds is never kept, nor is a literal changed."""
    if entity_type == LITERAL:
        return DEFAULT
    operator = chosen.get(entity_type) or chosen.get(EVERY, DEFAULT)
    return DEFAULT if entity_type == WITHHELD and operator.name == "keep" else operator


def is_kept(chosen: Mapping[str, Operator], entity_type: str) -> bool:
    """Say whether values of an entity type stay as they are."""
    return operator_of(chosen, entity_type).name == "keep"
