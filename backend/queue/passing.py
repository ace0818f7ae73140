"""Which failures may pass by themselves, and for how long a task waits before it is tried again."""

from backend.errors import (
    GatewayError,
    InvalidAnswerError,
    LabelguardError,
    LabelStudioError,
    ProviderAuthError,
    ProviderPausedError,
    ProviderQuotaError,
    ProviderRefusalError,
    ProviderSetupError,
    RateLimitError,
    RecordError,
    StoreError,
)

PAUSES_S = (15.0, 60.0, 300.0, 900.0, 3600.0)
"""Before each further try."""

_STAYS = (InvalidAnswerError, ProviderAuthError, ProviderQuotaError, ProviderRefusalError, ProviderSetupError)
_PASSES = (GatewayError, RateLimitError, RecordError, StoreError)


def retry_pause(error: LabelguardError, tries: int) -> float | None:
    """Return the seconds before a task is tried again; None if it is not.

    Args:
        error: why it failed.
        tries: how often it was tried.
    """
    passes = error.passes if isinstance(error, LabelStudioError) else isinstance(error, _PASSES)
    if not passes or isinstance(error, _STAYS) or tries > len(PAUSES_S):
        return None
    return PAUSES_S[max(tries, 1) - 1]


def was_tried(error: LabelguardError) -> bool:
    """Say whether a task that failed counts as tried: not where it only waited for its turn, and nothing was sent."""
    return not isinstance(error, RateLimitError | ProviderPausedError)
