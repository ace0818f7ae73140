"""What detection could not do, and what would have left."""

import re

from backend.errors.base import LabelguardError


class PrivacyError(LabelguardError):
    """Nothing was sent, since the privacy layer could not vouch for it."""

    code = "privacy"


class DetectionError(PrivacyError):
    """Detection failed or ran out of time."""

    code = "detection"


class LanguageError(DetectionError):
    """A text in a language whose names would not be found, where the policy refuses it.

    Args:
        language: its code, such as `de`, or a word for what is none of those asked for.
    """

    code = "language"

    def __init__(self, language: str) -> None:
        self.language = language if re.fullmatch("[a-z]{1,8}", language) else "(none)"
        super().__init__(
            f"unknown language {self.language}"
            " - add it to detection.languages, or set detection.unknown_language: patterns in the policy"
        )


class LastLookError(PrivacyError):
    """A redacted value or a withheld field would have left.

    Args:
        where: the place in the request, such as `messages[0]`.
    """

    code = "last_look"

    def __init__(self, where: str) -> None:
        super().__init__(
            f"a redacted value stands in {where} of the request, which was not sent"
            " - remove it from labels, hints and prompts, keep its entity type by policy, or take it off always_redact"
        )
