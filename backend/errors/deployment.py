"""Settings, databases, Label Studio's API, the record, and bugs of ours."""

from pathlib import Path

from backend.errors.base import LabelguardError


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


class LabelStudioError(LabelguardError):
    """Label Studio did not do what its API was asked for.

    Args:
        problem: what it did, without a word of its answer.
        remedy: what to do about it.
        passes: whether it may pass by itself: it was busy, failed, or could not be reached.
        rest_s: seconds for which it asks to be left alone; None if it does not say.
    """

    status = 502
    code = "label_studio"

    def __init__(self, problem: str, remedy: str, *, passes: bool = False, rest_s: float | None = None) -> None:
        super().__init__(f"Label Studio {problem} - {remedy}")
        self.passes, self.rest_s = passes, rest_s


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
