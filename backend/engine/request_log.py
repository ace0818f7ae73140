"""One request for predictions, from its start to how it ended: what the log and the metrics say of it."""

import logging
import time
from collections import Counter
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from backend.errors import BatchedError, DeadlineError, InternalError, LabelguardError
from backend.labelstudio.types import Prediction
from backend.system.spans import OpenSpan
from backend.system.tally import Tally
from backend.system.writing import JSON

log = logging.getLogger("labelguard.pipeline")
Outcome = Prediction | LabelguardError
Ended = Literal["delivered", "deadline", "stopping", "given_up"]


@dataclass(slots=True)
class RequestLog:
    """Belongs to one event loop.

    Attributes:
        project: Label Studio's number.
        tasks: how many there are.
        tally: where it is counted.
        outcomes: by place; a task that is not there is not done.
        providers: how many tasks were predicted with answers by each.
        kept: answers that were there already.
        fallbacks: answers by a provider that was not the first, by provider and why those before it gave none.
        dropped, marked: answers that were left out, or marked, by reason.
        behind: how many tasks go on when it is answered.
    """

    project: str
    tasks: int
    tally: Tally
    outcomes: dict[int, Outcome] = field(default_factory=dict, repr=False)
    providers: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    fallbacks: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)
    behind: int = 0
    started: float = field(default_factory=time.monotonic)
    _span: OpenSpan = field(default_factory=OpenSpan)

    def begin(self) -> None:
        """Log that it starts."""
        self._span = self.tally.spans.start("request", project=self.project, tasks=self.tasks)
        log.info("project %s: asked for %d tasks", self.project, self.tasks)

    async def outcome_of(self, task: str, work: Awaitable[Prediction]) -> Outcome:
        """Return what comes of a task: one that fails, by whatever, costs the others nothing.

        Args:
            task: its number.
            work: what is done with it.
        """
        with self.tally.spans.span("task", project=self.project, task=task) as span:
            outcome = await _outcome(work)
            span.note(code=outcome.code if isinstance(outcome, LabelguardError) else "predicted")
            return outcome

    def answered(self, provider: str, passed: Sequence[str], was_kept: bool) -> None:
        """Count an answer.

        Args:
            provider: who gave it.
            passed: why each provider before it gave none.
            was_kept: whether it was there already.
        """
        if was_kept:
            self.kept += 1
            self.tally.kept()
        elif passed:
            self.fallbacks[provider, "; then ".join(passed)] += 1
            self.tally.fallback(provider)

    def go_on(self, places: Iterable[int]) -> None:
        """Note which tasks go on when it is answered, some of them since they failed by what may pass."""
        for place in places:
            self.behind += 1
            self.outcomes.pop(place, None)

    def end(self, ended: Ended) -> list[Outcome]:
        """Log how it ended, and once each reason why a task failed, or an answer was left out or marked.

        Returns:
            What came of each task, in order.
        """
        late = DeadlineError()
        outcomes = [self.outcomes.get(place, late) for place in range(self.tasks)]
        failures = [outcome for outcome in self.outcomes.values() if isinstance(outcome, LabelguardError)]
        predicted = len(self.outcomes) - len(failures)
        seconds = time.monotonic() - self.started
        self._say(ended, seconds, predicted, sum(isinstance(error, BatchedError) for error in failures))
        self._count(ended, seconds, predicted, Counter(error.code for error in failures))
        self._span.note(ended=ended, predicted=predicted)
        self._span.end()
        final = [error for error in failures if not isinstance(error, BatchedError)]
        self._say_why(Counter(f"{error.code}: {error.reason}" for error in final))
        return outcomes

    def _say(self, ended: Ended, seconds: float, predicted: int, batched: int) -> None:
        by = ", ".join(f"{provider} {count}" for provider, count in self.providers.most_common())
        done = f"{predicted} of {self.tasks} tasks predicted" + (f" ({by})" if by else "")
        done += f", {self.kept} answers were there already" if self.kept else ""
        left = f", {self.behind} go on behind" if self.behind else ""
        left += f", {batched} wait in a batch" if batched else ""
        if lost := self.tasks - len(self.outcomes) - self.behind:
            left += f", {lost} not done - ask again: it goes on from there"
        done += left if ended != "given_up" else ""
        if ended == "delivered":
            log.info("project %s: delivered after %.1f s: %s", self.project, seconds, done)
        elif ended != "given_up":
            why = "at the deadline" if ended == "deadline" else "early, since the server ends,"
            log.warning("project %s: answered %s after %.1f s: %s", self.project, why, seconds, done)
        else:
            done = done.replace("predicted", "were done", 1)
            why = "since its caller is gone or the server ends"
            log.warning("project %s: given up after %.1f s, %s: 0 delivered, %s", self.project, seconds, why, done)

    def _count(self, ended: Ended, seconds: float, predicted: int, failed: Counter[str]) -> None:
        left = "given_up" if ended == "given_up" else "deadline"
        done = "given_up" if ended == "given_up" else "predicted"
        counts = Counter({**failed, done: predicted})
        counts += Counter({left: self.tasks - len(self.outcomes) - self.behind, "queued": self.behind})
        self.tally.request(self.project, ended, seconds, counts.items())

    def _say_why(self, reasons: Counter[str]) -> None:
        for (provider, why), count in self.fallbacks.most_common():
            log.warning("project %s: %d answers by %s, since %s", self.project, count, provider, why)
        for reason, count in reasons.most_common():
            log.warning("project %s: %d tasks got no prediction: %s", self.project, count, reason)
        for reason, count in self.dropped.most_common():
            log.info("project %s: %d answers left out: %s", self.project, count, reason)
        for reason, count in self.marked.most_common():
            log.info("project %s: %d answers marked: %s", self.project, count, reason)


async def _outcome(work: Awaitable[Prediction]) -> Outcome:
    try:
        return await work
    except LabelguardError as error:
        return error.bare()
    except Exception as error:
        return InternalError(error)


@dataclass(frozen=True, slots=True)
class RequestedTask:
    """What a task's request says of it.

    Attributes:
        index: the task's place.
        context: the regions that the annotator who asks has in the editor.
        until: when it must be answered, by the loop's clock.
        click: its request.
    """

    index: int
    context: Sequence[JSON] = field(repr=False)
    until: float | None
    click: RequestLog
