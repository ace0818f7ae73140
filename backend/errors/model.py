"""Models and those who provide them."""

from backend.errors.base import LabelguardError


class GatewayError(LabelguardError):
    """A provider gave no usable answer."""

    status = 502
    code = "gateway"

    def __init__(self, provider: str, reason: str) -> None:
        super().__init__(f"provider {provider}: {reason}")
        self.provider = provider


class ProviderSetupError(GatewayError):
    """The provider's key or address is missing."""

    code = "provider_setup"


class ProviderTimeoutError(GatewayError):
    """No answer in time."""

    code = "provider_timeout"


class ProviderAuthError(GatewayError):
    """401 or 403."""

    code = "provider_auth"


class ProviderBusyError(GatewayError):
    """429."""

    code = "provider_busy"


class ProviderQuotaError(ProviderBusyError):
    """What may be asked of it is used up, which does not pass by itself."""

    code = "provider_quota"


class ProviderPausedError(ProviderBusyError):
    """It is left alone for a while: it asked for that, or failed again and again. Nothing was sent."""

    code = "provider_paused"


class ProviderDownError(GatewayError):
    """5xx, or no connection."""

    code = "provider_down"


class NoCompletionError(ProviderDownError):
    """What came is no answer of a model: a page, a stream, an error in a 200."""

    code = "no_completion"


class ProviderRefusalError(GatewayError):
    """The provider refuses the request itself (400, 404, 413, 422)."""

    code = "provider_refusal"


class WrongPathError(ProviderRefusalError):
    """Nothing answers at this path: the address is not that of an API."""

    code = "wrong_path"


class UnknownModelError(ProviderRefusalError):
    """The provider does not know the model."""

    code = "unknown_model"


class NoRoomError(ProviderRefusalError):
    """Text and answer together are longer than the model takes."""

    code = "no_room"


class FilteredError(ProviderRefusalError):
    """The provider's content filter refused the text or the answer."""

    code = "content_filter"


class DeclinedError(ProviderRefusalError):
    """The model itself declined to answer."""

    code = "declined"


class InvalidAnswerError(GatewayError):
    """No valid answer within the allowed attempts."""

    code = "invalid_answer"


class BatchError(GatewayError):
    """A line of a batch that brought no answer: it was not done in time, cancelled, or refused with all others."""

    code = "batch"


class BatchExpiredError(BatchError):
    """A line that was not done within the time that a batch has."""

    code = "batch_expired"


class BatchResultError(BatchError):
    """A line whose result is missing, stands twice, or cannot be read."""

    code = "batch_result"


class CutAnswerError(InvalidAnswerError):
    """The answer was cut where it reached the most tokens that it may have."""

    code = "answer_cut"


class ModelFileError(LabelguardError):
    """The embedded model's file cannot be fetched or does not have the expected hash."""

    code = "model_file"
