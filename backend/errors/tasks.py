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


class AnnotationError(LabelguardError):
    """An annotation that no answer to what a model is asked says."""

    code = "annotation"


class QueueFullError(LabelguardError):
    """A task that would go on behind, if the queue had room for it.

    Args:
        tasks, size: how many tasks, and bytes of them, may wait.
    """

    status = 503
    code = "queue_full"

    def __init__(self, tasks: int, size: int) -> None:
        super().__init__(
            f"not done in time, and the queue is full ({tasks} tasks, {size // 2**20} MiB) - ask again, or raise"
            " LABELGUARD_QUEUE_TASKS or LABELGUARD_QUEUE_BYTES"
        )


class ExpiredError(LabelguardError):
    """A task that waited in the queue for too long.

    Args:
        hours: for which a task's text is kept.
    """

    status = 504
    code = "expired"

    def __init__(self, hours: float) -> None:
        super().__init__(f"waited in the queue for {hours:g} h, and its text was erased - ask again")


class UnreadableError(LabelguardError):
    """A task in the queue that was encrypted by another secret, or changed."""

    code = "unreadable"

    def __init__(self) -> None:
        super().__init__(
            "its text in the queue cannot be read by this secret - ask again, and see LABELGUARD_SURROGATE_KEY_FILE"
        )


class BatchedError(LabelguardError):
    """A task that waits for its answer in a batch."""

    status = 503
    code = "batched"

    def __init__(self) -> None:
        super().__init__("waits for its answer in a batch - the same command goes on")


class StoredError(LabelguardError):
    """A task whose prediction was stored in Label Studio while its request waited for it."""

    code = "stored"

    def __init__(self) -> None:
        super().__init__("its prediction was written into Label Studio meanwhile")


class AbandonedError(LabelguardError):
    """A task in the queue that nobody brought to an end: whoever took it was ended.

    Args:
        tries: how often it was taken.
    """

    code = "abandoned"

    def __init__(self, tries: int) -> None:
        super().__init__(f"taken {tries} times, and each time the server ended before it was done")
