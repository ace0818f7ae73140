"""Labels that annotators gave to the tasks most like one: they stand where these are right more often than the model.

Both are judged by what reviewers said: the model by its calibrated score, the others by how often they are right among
themselves. Nothing of it leaves.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from backend.engine.project import ProjectPlan
from backend.engine.rule_choice import TaskUnderRule
from backend.engine.teaching import compared, may_learn
from backend.errors import StoreError
from backend.labelstudio.handler import Handler
from backend.labelstudio.types import Control, Label
from backend.labelstudio.visibility import ResultAbout
from backend.results.scores import raw_score, with_calibrated, with_score
from backend.review.calibration import ScoreCalibration, ScoreSample
from backend.review.similar.library import Library
from backend.system.writing import JSON

if TYPE_CHECKING:
    from backend.review.similar.nearest import NearestLabel


@dataclass(frozen=True, slots=True)
class NearestVote:
    """What the annotated tasks most like one have.

    Attributes:
        given: the label, as a result carries it.
        probability: how likely it is right, by what the annotated tasks say of each other.
        right: of how many of them the others say the same label.
        tried: how many were asked.
    """

    given: Any = field(repr=False)
    probability: float
    right: int
    tried: int


_Given: TypeAlias = tuple[Any, str]
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
        """Return what the annotated tasks most like a task say; nothing where they are too few to be judged.

        Args:
            job: its project's.
            seen: the task.
        """
        project = job.subject.project
        is_wanted = seen.way.decision.learned_nearest and project.isdecimal()
        if not is_wanted or seen.context or not may_learn(job, seen):
            return {}
        controls = [one for one in seen.way.plan.controls if self._takes_one(one)]
        if not controls:
            return {}
        async with self._turns[project]:  # the first time all annotations are read
            return await asyncio.to_thread(self._votes, job, seen, controls)

    def _votes(self, job: ProjectPlan, seen: TaskUnderRule, controls: Sequence[Control]) -> NearestVotes:
        given = [self._given(control) for control in controls]
        try:
            asked = [{key: said for key, (_, said) in own.items()} for own in given]
            found = self._library.nearest(compared(job, seen), asked)
        except StoreError:  # where nothing can be kept nothing is learnt
            return {}
        return dict(_named(controls, given, found))

    def _takes_one(self, control: Control) -> bool:
        return not control.per_region and bool(self._handlers[control.tag].alternatives(control))

    def _given(self, control: Control) -> dict[int, _Given]:
        """Return the labels of a control that may be given, as results carry them and by name, by their hashes."""
        from backend.review.similar.words import label_hash  # noqa: PLC0415 - it takes numpy, and each start time

        said = {label_hash("", one): label for label in control.labels for one in (label.result, list(label.path))}
        found = {}
        for one in self._handlers[control.tag].alternatives(control):
            label = said.get(label_hash("", one))
            found[label_hash(control.from_name, one)] = one, _said_of(label) if label else ""
        return found


def _said_of(label: Label) -> str:
    """Return what says a label in words, its hint included."""
    return " ".join(filter(None, (label.name.replace(" > ", ", "), label.hint)))


def voted(answer: ResultAbout, votes: NearestVotes, calibration: ScoreCalibration | None) -> ResultAbout:
    """Return an answer with the label of the nearest annotated tasks, where that is likelier right than the model's.

    Args:
        answer: the model's.
        votes: what they say, by control.
        calibration: by what the model's scores are calibrated; None while they count as they are.
    """
    result = answer.result
    vote = votes.get(result.get("from_name", ""))
    raw = raw_score(result) if vote else None
    if vote is None or raw is None:
        return answer
    sample = calibration.samples.get((result["from_name"], raw[0])) if calibration else None
    if vote.probability <= (sample.probability(raw[1]) if sample else raw[1]):
        return answer
    if result["value"][result["type"]] == [vote.given]:  # two that say the same are as likely right as the surer one
        return replace(answer, result=_surer(result, vote, sample)) if sample else answer
    own = {**result, "value": {**result["value"], result["type"]: [vote.given]}}
    scored = with_score(own, vote.probability, "nearest")
    if sample:  # all scores of a version are of one kind
        scored = with_calibrated(scored, vote.probability, vote.tried, is_blind=False)
    note = f"as the annotated tasks most like it have, which is right for {vote.right} of {vote.tried} of them"
    return replace(answer, result={**scored, "meta": {**scored["meta"], "text": [note]}})


def _surer(result: JSON, vote: NearestVote, sample: ScoreSample) -> JSON:
    return with_calibrated(result, vote.probability, sample.reviews, is_blind=sample.is_blind)


def _named(
    controls: Sequence[Control], given: Sequence[Mapping[int, _Given]], found: "Sequence[NearestLabel | None]"
) -> Iterator[tuple[str, NearestVote]]:
    for control, own, nearest in zip(controls, given, found, strict=True):
        if nearest is not None and nearest.trial.is_enough:
            trial, (label, _) = nearest.trial, own[nearest.label]
            vote = NearestVote(label, trial.probability(nearest.lead), sum(trial.right), len(trial.right))
            yield control.from_name, vote
