"""Stars in place of a value."""

import re

from backend.privacy.replace.same_value import TextValue


class Masked:
    """Presidio's mask over every character but white space, so that lines and columns stay where they are."""

    def __init__(self) -> None:
        # It brings all of Presidio's analyzer along, which takes seconds the first time.
        from presidio_anonymizer.operators import Mask

        self._mask = Mask()

    def replace(self, value: TextValue) -> str | None:
        """Return as many stars as the value has characters."""
        return re.sub(r"\S+", self._starred, value.text)

    def _starred(self, match: re.Match[str]) -> str:
        word = match[0]
        params = {"masking_char": "*", "chars_to_mask": len(word), "from_end": False}
        return str(self._mask.operate(text=word, params=params))
