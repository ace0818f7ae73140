"""What a task holds, and for how long it is worked on."""

from backend.errors.base import LabelguardError


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


class AnswerError(LabelguardError):
    """A valid answer that does not fit the task."""

    code = "answer"
