"""Every error that Labelguard raises on purpose, as one tree.

    LabelguardError
    ├── RequestError            what a client sent over HTTP (Unauthorized, WebhookSecret, BodyTooLarge, TooManyValues,
    │                           UnknownPath, UnknownMethod, ForeignForm, NotAllowed, Malformed, TooSlow),
    │                           or when it came (Busy, Loading)
    ├── ConfigError             a label config that cannot be served
    ├── PolicyError
    │   ├── PolicyFileError     a policy file that cannot be read: file, line, key, remedy
    │   ├── NoRuleError         default deny: no rule matches
    │   ├── RefusedError        a rule that sends nothing
    │   ├── BlindError          a task that people are to label before they see a prediction
    │   ├── BatchDeniedError    a rule that does not allow a batch
    │   └── BlockedError        something was found that the rule does not let pass
    ├── PromptError             a template that cannot be rendered
    ├── TaskError               a task's data: missing field, empty, too long, broken Unicode
    ├── TaskTimeoutError        a task that took longer than the policy allows
    ├── DeadlineError           a task that was not done when its request had to be answered
    ├── StoppingError           a request that was under way when the server had to end
    ├── QueueFullError          a task that would go on behind, if the queue had room
    ├── ExpiredError            a task that waited in the queue for too long
    ├── UnreadableError         a task in the queue, by another secret
    ├── AbandonedError          a task in the queue that nobody brought to an end
    ├── BatchedError            a task that waits for its answer in a batch
    ├── StoredError             a task whose prediction was stored while its request waited
    ├── PrivacyError
    │   ├── DetectionError      detection failed or ran out of time
    │   │   └── LanguageError   a text in a language that the policy does not name
    │   └── LastLookError       a redacted value would have left
    ├── GatewayError
    │   ├── ProviderSetupError  key or address missing
    │   ├── ProviderTimeoutError
    │   ├── ProviderAuthError   401, 403
    │   ├── ProviderBusyError   429
    │   │   ├── ProviderQuotaError  429 that does not pass by itself
    │   │   └── ProviderPausedError  it asked to be left alone, or failed again and again: nothing was sent
    │   ├── ProviderDownError   5xx, connection refused or cut
    │   │   └── NoCompletionError  what came is no answer of a model: a page, a stream, an error in a 200
    │   ├── ProviderRefusalError  400 and the like: the request itself is refused
    │   │   ├── WrongPathError  nothing answers at this path
    │   │   ├── UnknownModelError
    │   │   ├── NoRoomError     text and answer are longer than the model takes
    │   │   ├── FilteredError   the provider's content filter
    │   │   └── DeclinedError   the model itself declined
    │   ├── BatchError          a line of a batch: cancelled, or refused with all others
    │   │   ├── BatchExpiredError  not done in time
    │   │   └── BatchResultError  its result is missing, stands twice, or cannot be read
    │   └── InvalidAnswerError  no valid answer within the allowed attempts
    │       └── CutAnswerError  it ended at max_tokens
    ├── BudgetError             a call that would exceed what its rule may use
    │   ├── RateLimitError      requests or tokens a minute
    │   ├── SpendError          money: DayBudgetError, MonthBudgetError
    │   ├── PriceError          money is limited, and the model's price is not known
    │   └── TuningSpentError    as much was spent on tuning a prompt as may be
    ├── AnswerError             a valid answer that does not fit the task
    ├── AnnotationError         an annotation that no answer of a model says
    ├── ModelFileError          the embedded model's file
    ├── SettingsError           an environment variable with a bad value
    ├── StoreError              the database that keeps the state
    ├── LabelStudioError        its API did not do what it was asked for
    ├── RecordError             the record of what was sent: not writable, or not as it was written
    └── InternalError           a bug of ours, told by type and place alone

An error builds its message from arguments that are safe to show: names of fields, tags, files, providers, counts.
Never from task text, prompts, answers, label values of a task, tokens or keys, nor the keys of a task's data. `reason`
is one printable line of bounded length, without angle brackets, since Label Studio's dialogs render it as HTML; `code`
is a stable word for logs and metrics.
"""

from backend.errors.base import LONGEST_REASON, LabelguardError, one_line
from backend.errors.budget import (
    BudgetError,
    DayBudgetError,
    MonthBudgetError,
    PriceError,
    RateLimitError,
    SpendError,
    TuningSpentError,
)
from backend.errors.deployment import InternalError, LabelStudioError, RecordError, SettingsError, StoreError
from backend.errors.model import (
    BatchError,
    BatchExpiredError,
    BatchResultError,
    CutAnswerError,
    DeclinedError,
    FilteredError,
    GatewayError,
    InvalidAnswerError,
    ModelFileError,
    NoCompletionError,
    NoRoomError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderPausedError,
    ProviderQuotaError,
    ProviderRefusalError,
    ProviderSetupError,
    ProviderTimeoutError,
    UnknownModelError,
    WrongPathError,
)
from backend.errors.policy import (
    BatchDeniedError,
    BlindError,
    BlockedError,
    ConfigError,
    NoRuleError,
    PolicyError,
    PolicyFileError,
    PromptError,
    RefusedError,
)
from backend.errors.privacy import DetectionError, LanguageError, LastLookError, PrivacyError
from backend.errors.requests import (
    BodyTooLargeError,
    BusyError,
    ForeignFormError,
    IdentityProviderError,
    LoadingError,
    MalformedError,
    NoRoleError,
    NotAllowedError,
    RequestError,
    SignInError,
    TooManyValuesError,
    TooSlowError,
    UnauthorizedError,
    UnknownMethodError,
    UnknownPathError,
    WebhookSecretError,
)
from backend.errors.tasks import (
    AbandonedError,
    AnnotationError,
    AnswerError,
    BatchedError,
    DeadlineError,
    ExpiredError,
    QueueFullError,
    StoppingError,
    StoredError,
    TaskError,
    TaskTimeoutError,
    UnreadableError,
)

__all__ = [
    "LONGEST_REASON",
    "AbandonedError",
    "AnnotationError",
    "AnswerError",
    "BatchDeniedError",
    "BatchError",
    "BatchExpiredError",
    "BatchResultError",
    "BatchedError",
    "BlindError",
    "BlockedError",
    "BodyTooLargeError",
    "BudgetError",
    "BusyError",
    "ConfigError",
    "CutAnswerError",
    "DayBudgetError",
    "DeadlineError",
    "DeclinedError",
    "DetectionError",
    "ExpiredError",
    "FilteredError",
    "ForeignFormError",
    "GatewayError",
    "IdentityProviderError",
    "InternalError",
    "InvalidAnswerError",
    "LabelStudioError",
    "LabelguardError",
    "LanguageError",
    "LastLookError",
    "LoadingError",
    "MalformedError",
    "ModelFileError",
    "MonthBudgetError",
    "NoCompletionError",
    "NoRoleError",
    "NoRoomError",
    "NoRuleError",
    "NotAllowedError",
    "PolicyError",
    "PolicyFileError",
    "PriceError",
    "PrivacyError",
    "PromptError",
    "ProviderAuthError",
    "ProviderBusyError",
    "ProviderDownError",
    "ProviderPausedError",
    "ProviderQuotaError",
    "ProviderRefusalError",
    "ProviderSetupError",
    "ProviderTimeoutError",
    "QueueFullError",
    "RateLimitError",
    "RecordError",
    "RefusedError",
    "RequestError",
    "SettingsError",
    "SignInError",
    "SpendError",
    "StoppingError",
    "StoreError",
    "StoredError",
    "TaskError",
    "TaskTimeoutError",
    "TooManyValuesError",
    "TooSlowError",
    "TuningSpentError",
    "UnauthorizedError",
    "UnknownMethodError",
    "UnknownModelError",
    "UnknownPathError",
    "UnreadableError",
    "WebhookSecretError",
    "WrongPathError",
    "one_line",
]
