"""Labels that annotators gave to the tasks most like one: they stand where these are right more often than the model.

Both are judged by what reviewers said: the model by its calibrated score, the others by how often they are right among
themselves. Nothing of it leaves.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from backend.engine.project import ProjectPlan
from backend.engine.rule_choice import TaskUnderRule
from backend.engine.teaching import compared, may_learn
from backend.errors import StoreError
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Control
from backend.labelstudio.visibility import ResultAbout
from backend.results.scores import raw_score, with_calibrated, with_score
from backend.review.calibration import ScoreCalibration
from backend.review.similar.library import Library
from backend.review.trust import least_right

if TYPE_CHECKING:
    from backend.review.similar.nearest import NearestLabel


@dataclass(frozen=True, slots=True)
class NearestVote:
    """What the annotated tasks most like one have.

    Attributes:
        given: the label, as a result carries it.
        right: of how many annotated tasks the others that are most like them have the same label.
        tried: how many annotated tasks were asked.
    """

    given: Any = field(repr=False)
    right: int
    tried: int


NearestVotes = Mapping[str, NearestVote]
"""By control."""


class Nearest:
    """Belongs to one event loop.

    Args:
        library: the annotated tasks.
        handlers: by control tag.
    """

    def __init__(self, library: Library, handlers: Mapping[str, Handler]) -> None:
        self._library, self._handlers = library, handlers
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def votes(self, job: ProjectPlan, seen: TaskUnderRule) -> NearestVotes:
        """Return what the annotated tasks most like a task say; nothing where the model was not judged yet.

        Args:
            job: its project's.
            seen: the task.
        """
        project, calibration = job.subject.project, job.calibration
        is_wanted = seen.way.decision.learned_nearest and calibration is not None and project.isdecimal()
        if calibration is None or not is_wanted or seen.context or not may_learn(job, seen):
            return {}
        judged = {name for name, _ in calibration.samples}
        controls = [one for one in seen.way.plan.controls if one.from_name in judged and self._takes_one(one)]
        if not controls:
            return {}
        async with self._turns[project]:  # the first time all annotations are read
            return await asyncio.to_thread(self._votes, job, seen, controls)

    def _votes(self, job: ProjectPlan, seen: TaskUnderRule, controls: Sequence[Control]) -> NearestVotes:
        given = [self._given(control) for control in controls]
        try:
            found = self._library.nearest(compared(job, seen), [frozenset(own) for own in given])
        except StoreError:  # where nothing can be kept nothing is learnt
            return {}
        return dict(_named(controls, given, found))

    def _takes_one(self, control: Control) -> bool:
        return not control.per_region and bool(self._handlers[control.tag].alternatives(control))

    def _given(self, control: Control) -> dict[int, Any]:
        """Return the labels of a control that may be given, as results carry them, by their hashes."""
        from backend.review.similar.words import label_hash  # noqa: PLC0415 - it takes numpy, and each start time

        said = self._handlers[control.tag].alternatives(control)
        return {label_hash(control.from_name, one): one for one in said}


def voted(answer: ResultAbout, votes: NearestVotes, calibration: ScoreCalibration | None) -> ResultAbout:
    """Return an answer with the label of the nearest annotated tasks, where that is likelier right than the model's.

    Args:
        answer: the model's.
        votes: what they say, by control.
        calibration: by what the model's scores are calibrated.
    """
    result = answer.result
    vote = votes.get(result.get("from_name", ""))
    raw = raw_score(result) if vote and calibration else None
    if vote is None or raw is None or calibration is None:
        return answer
    sample = calibration.samples.get((result["from_name"], raw[0]))
    given = [vote.given]
    if sample is None or result["value"][result["type"]] == given:
        return answer
    if least_right(vote.right, vote.tried) <= sample.probability(raw[1]):
        return answer
    share = (vote.right + 1) / (vote.tried + 2)
    own = {**result, "value": {**result["value"], result["type"]: given}}
    scored = with_calibrated(with_score(own, share, "nearest"), share, vote.tried, is_blind=False)
    note = f"as the annotated tasks most like it have, which is right for {vote.right} of {vote.tried} of them"
    return replace(answer, result={**scored, "meta": {**scored["meta"], "text": [note]}})


def _named(
    controls: Sequence[Control], given: Sequence[Mapping[int, Any]], found: "Sequence[NearestLabel | None]"
) -> Iterator[tuple[str, NearestVote]]:
    for control, own, nearest in zip(controls, given, found, strict=True):
        if nearest is not None:
            yield control.from_name, NearestVote(own[nearest.label], nearest.right, nearest.tried)
