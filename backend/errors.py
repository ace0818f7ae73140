"""Every error that Labelguard raises on purpose, as one tree.

    LabelguardError
    ├── RequestError            what a client sent over HTTP (Unauthorized, BodyTooLarge, TooManyValues, UnknownPath,
    │                           UnknownMethod, Malformed, TooSlow), or when it came (Busy)
    ├── ConfigError             a label config that cannot be served
    ├── PolicyError
    │   ├── PolicyFileError     a policy file that cannot be read: file, line, key, remedy
    │   ├── NoRuleError         default deny: no rule matches
    │   ├── RefusedError        a rule that sends nothing
    │   └── BlockedError        something was found that the rule does not let pass
    ├── PromptError             a template that cannot be rendered
    ├── TaskError               a task's data: missing field, empty, too long, broken Unicode
    ├── TaskTimeoutError        a task that took longer than the policy allows
    ├── DeadlineError           a task that was not done when its request had to be answered
    ├── StoppingError           a request that was under way when the server had to end
    ├── PrivacyError
    │   ├── DetectionError      detection failed or ran out of time
    │   │   └── LanguageError   a text in a language that the policy does not name
    │   └── LastLookError       a redacted value would have left
    ├── GatewayError
    │   ├── ProviderSetupError  key or address missing
    │   ├── ProviderTimeoutError
    │   ├── ProviderAuthError   401, 403
    │   ├── ProviderBusyError   429
    │   │   └── ProviderQuotaError  429 that does not pass by itself
    │   ├── ProviderDownError   5xx, connection refused or cut
    │   │   └── NoCompletionError  what came is no answer of a model: a page, a stream, an error in a 200
    │   ├── ProviderRefusalError  400 and the like: the request itself is refused
    │   │   ├── WrongPathError  nothing answers at this path
    │   │   ├── UnknownModelError
    │   │   ├── NoRoomError     text and answer are longer than the model takes
    │   │   ├── FilteredError   the provider's content filter
    │   │   └── DeclinedError   the model itself declined
    │   └── InvalidAnswerError  no valid answer within the allowed attempts
    │       └── CutAnswerError  it ended at max_tokens
    ├── BudgetError             a call that would exceed what its rule may use
    │   ├── RateLimitError      requests or tokens a minute
    │   ├── SpendError          money: DayBudgetError, MonthBudgetError
    │   └── PriceError          money is limited, and the model's price is not known
    ├── AnswerError             a valid answer that does not fit the task
    ├── ModelFileError          the embedded model's file
    ├── SettingsError           an environment variable with a bad value
    ├── StoreError              the database that keeps the state
    ├── RecordError             the record of what was sent: not writable, or not as it was written
    └── InternalError           a bug of ours, told by type and place alone

An error builds its message from arguments that are safe to show: names of fields, tags, files, providers, counts.
Never from task text, prompts, answers, label values of a task, tokens or keys, nor the keys of a task's data. `reason`
is one printable line of bounded length, without angle brackets, since Label Studio's dialogs render it as HTML; `code`
is a stable word for logs and metrics.
"""

import re
import unicodedata
from pathlib import Path
from typing import ClassVar, Self

LONGEST_REASON = 2_000
"""Characters of a reason."""

_ANGLES = str.maketrans("<>", "()")


def one_line(text: str, most: int) -> str:
    """Write a text as one printable line: what breaks, hides or turns it is told by its number.

    Args:
        text: may hold what a client sent.
        most: characters that are left.
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(char if _is_plain(char) else f"\\u{ord(char):04x}" for char in cut)[:most]


def _is_plain(char: str) -> bool:
    return char == " " or unicodedata.category(char)[0] not in "CZ"


class LabelguardError(Exception):
    """Base of all errors; `str()` of it never holds task text."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "error"

    def __init__(self, reason: str) -> None:
        self.reason = one_line(reason.translate(_ANGLES), LONGEST_REASON)
        super().__init__(self.reason)

    def bare(self) -> Self:
        """Return it without the frames that it came through: they hold the task, and what holds them, itself."""
        self.__context__ = self.__cause__ = None
        return self.with_traceback(None)


class RequestError(LabelguardError):
    """A request that we do not take."""

    status = 400
    code = "bad_request"


class UnauthorizedError(RequestError):
    """Basic auth is set and the request's is missing or wrong."""

    status = 401
    code = "unauthorized"

    def __init__(self) -> None:
        super().__init__("user name or password is missing or wrong - set them in the backend's connection")


class BodyTooLargeError(RequestError):
    """The body is larger than the limit (bytes)."""

    status = 413
    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes - send fewer tasks or raise LABELGUARD_MAX_BODY_BYTES")


class UnknownPathError(RequestError):
    """No such path."""

    status = 404
    code = "unknown_path"

    def __init__(self) -> None:
        super().__init__("no such path - the backend URL may hold one policy profile: http://host:9090/PROFILE")


class TooManyValuesError(RequestError):
    """The body's JSON holds more values, or more tasks, than are taken."""

    status = 413
    code = "too_many_values"

    def __init__(self, limit: int, what: str = "values") -> None:
        super().__init__(f"the body holds more than {limit} {what} - send fewer tasks at a time")


class UnknownMethodError(RequestError):
    """The path exists, and is asked by another method."""

    status = 405
    code = "unknown_method"

    def __init__(self) -> None:
        super().__init__("this path is asked by another method - /openapi.json lists them")


class MalformedError(RequestError):
    """What came is no HTTP request."""

    def __init__(self) -> None:
        super().__init__("this is no HTTP/1.1 request, or its header is longer than 16 KiB")


class TooSlowError(RequestError):
    """A request did not come in time.

    Args:
        part: of the request.
        seconds: how long was waited.
    """

    status = 408
    code = "too_slow"

    def __init__(self, part: str, seconds: float) -> None:
        super().__init__(f"the request's {part} did not come: {seconds:g} s were waited")


class BusyError(RequestError):
    """As much as the server takes at a time is under way."""

    status = 503
    code = "busy"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} - try again in a few seconds")


class ConfigError(LabelguardError):
    """A label config that cannot be served."""

    status = 422
    code = "config"


class PolicyError(LabelguardError):
    """A policy that cannot decide."""

    status = 403
    code = "policy"


class PolicyFileError(PolicyError):
    """A policy file that cannot be read.

    Args:
        file: the policy file.
        problem: what is wrong.
        remedy: what to do about it.
        line: 1-based line, if known.
        key: dotted path of the key, if known.

    Attributes:
        others: what else is wrong in the file.
    """

    status = 500
    code = "policy_file"

    def __init__(self, file: Path, problem: str, remedy: str, line: int | None = None, key: str | None = None) -> None:
        place = str(file) + (f":{line}" if line else "") + (f": {key}" if key else "")
        super().__init__(f"{place}: {problem} - {remedy}")
        self.file, self.line, self.key, self.problem, self.remedy = file, line, key, problem, remedy
        self.others: tuple[PolicyFileError, ...] = ()


class NoRuleError(PolicyError):
    """Default deny: no rule of the policy matches."""

    code = "no_rule"

    def __init__(self, project: str, path: str, file: Path, *, of_task: bool = False) -> None:
        said = path if re.fullmatch(r"[\w.~-]{1,64}", path, re.ASCII) else "(other than letters, digits and . _ ~ -)"
        where = f"project {project or '(none)'}" + (f", path {said}" if path else "")
        what = f"this task of {where}" if of_task else where
        super().__init__(f"no policy rule matches {what} - add one to {file.name}")


class RefusedError(PolicyError):
    """A rule of the policy says that nothing is sent.

    Args:
        rule: its name.
        why: the reason that the policy gives.
    """

    code = "refused"

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(f"rule {rule!r} refuses: {why}")
        self.rule = rule


class BlockedError(PolicyError):
    """Something was found in a task that its rule does not let pass.

    Args:
        rule: its name.
        entity_type: what was found.
        remedy: what to do about it.
    """

    code = "blocked"

    def __init__(self, rule: str, entity_type: str, remedy: str) -> None:
        super().__init__(f"rule {rule!r} lets no {entity_type} pass - {remedy}")


class PromptError(LabelguardError):
    """A prompt template that cannot be rendered."""

    status = 422
    code = "prompt"


class TaskError(LabelguardError):
    """A task whose data cannot be labeled."""

    status = 422
    code = "task"

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"field {field!r} {problem} - {remedy}")
        self.field = field


class TaskTimeoutError(LabelguardError):
    """A task that took longer than the policy allows.

    Args:
        rule: the rule that decided on it.
        seconds: how long it may take.
    """

    status = 504
    code = "task_timeout"

    def __init__(self, rule: str, seconds: float) -> None:
        super().__init__(f"took over {seconds:g} s - raise limits.task_timeout_s of rule {rule!r}")


class DeadlineError(LabelguardError):
    """A task that was not done when its request had to be answered."""

    status = 504
    code = "deadline"

    def __init__(self) -> None:
        super().__init__("not done when the request had to be answered - ask again: it goes on from there")


class StoppingError(LabelguardError):
    """A request that was under way when the server had to end."""

    status = 503
    code = "stopping"

    def __init__(self) -> None:
        super().__init__("the server is ending - ask again when it is back: it goes on from there")


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


class CutAnswerError(InvalidAnswerError):
    """The answer was cut where it reached the most tokens that it may have."""

    code = "answer_cut"


class BudgetError(LabelguardError):
    """A call was not made, since it would exceed what its rule may use."""

    status = 429
    code = "budget"


class RateLimitError(BudgetError):
    """Requests or tokens a minute are used up, and did not become free in time.

    Args:
        rule: its name.
        limit: the limit's key in the policy.
        most: its value.
        problem: what stands against it.
    """

    code = "rate_limit"

    def __init__(self, rule: str, limit: str, most: int, problem: str) -> None:
        super().__init__(f"rule {rule!r}: {limit} is {most}: {problem} - try later, or raise limits.{limit}")
        self.rule, self.limit = rule, limit


class SpendError(BudgetError):
    """Base of what would exceed a limit of money.

    Args:
        rule: its name.
        most, spent, held, wanted: US dollars: the limit, what calls have cost, what calls under way may yet cost,
            and what this one may.
        resets: when the budget begins anew, such as `2026-12-01 00:00 UTC`.
    """

    limit: ClassVar[str] = ""

    def __init__(self, rule: str, most: str, spent: str, held: str, wanted: str, resets: str) -> None:
        super().__init__(
            f"rule {rule!r}: {self.limit} is {most} USD: {spent} are spent, {held} held for calls under way, and this"
            f" call may cost {wanted} - it begins anew on {resets}; or raise limits.{self.limit}"
        )
        self.rule = rule


class DayBudgetError(SpendError):
    """The day's budget is used up."""

    code = "budget_day"
    limit = "spend_per_day"


class MonthBudgetError(SpendError):
    """The month's budget is used up."""

    code = "budget_month"
    limit = "spend_per_month"


class PriceError(BudgetError):
    """Money is limited, and what the model costs is not known.

    Args:
        rule: its name.
        provider: its name.
        model: its name.
    """

    code = "budget_price"

    def __init__(self, rule: str, provider: str, model: str) -> None:
        super().__init__(
            f"rule {rule!r} limits what is spent, and the price of {model!r} is not known"
            f" - write price: {{input: 0.15, output: 0.60}} (US dollars a million tokens) at provider {provider}"
        )
        self.rule = rule


class AnswerError(LabelguardError):
    """A valid answer that does not fit the task."""

    code = "answer"


class ModelFileError(LabelguardError):
    """The embedded model's file cannot be fetched or does not have the expected hash."""

    code = "model_file"


class SettingsError(LabelguardError):
    """A setting that cannot be used.

    Args:
        variable: the environment variable's name; its value is never shown.
        problem: what is wrong with it.
        remedy: what to do about it.
    """

    code = "settings"

    def __init__(self, variable: str, problem: str, remedy: str) -> None:
        super().__init__(f"{variable}: {problem} - {remedy}")
        self.variable = variable


class StoreError(LabelguardError):
    """The database that keeps the state cannot be used.

    Args:
        store: its URL without the password.
        problem: what is wrong.
        remedy: what to do about it.
    """

    status = 503
    code = "store"

    def __init__(self, store: str, problem: str, remedy: str) -> None:
        super().__init__(f"{store}: {problem} - {remedy}")
        self.problem = problem


class RecordError(LabelguardError):
    """The record of what was sent cannot be written or read. What cannot be recorded is not sent."""

    status = 503
    code = "record"


class InternalError(LabelguardError):
    """A bug of ours. Built from the exception's type and place, never from its message."""

    code = "internal"

    def __init__(self, error: BaseException) -> None:
        place = ""
        trace = error.__traceback__
        while trace is not None:
            place = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"
            trace = trace.tb_next
        super().__init__(f"internal error {type(error).__name__}{place} - please report it")
