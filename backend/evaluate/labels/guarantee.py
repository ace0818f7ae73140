"""Which predictions of a version need no human, and on which blind sample that rests."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.errors import RequestError
from backend.evaluate.labels.pairing import pairs
from backend.evaluate.labels.sample import LabelSample
from backend.evaluate.labels.tasks import UNWRITTEN, AnsweredTask
from backend.evaluate.selection import ConformalSelection, select


@dataclass(frozen=True, slots=True)
class Guarantee:
    """What may be taken without a human.

    Attributes:
        version: the model version whose predictions these are.
        controls: what has to be right.
        tasks: (number, score) of each task whose prediction may be taken, by falling score.
        waiting: predictions that nobody has reviewed, and that have a score.
        unscored: those that have none: they are not taken.
        seen: tasks that people labeled when they could see a prediction: nothing rests on them.
        selection: how it came, and the sample's size.
    """

    version: str
    controls: tuple[str, ...]
    tasks: tuple[tuple[str, float], ...]
    waiting: int
    unscored: int
    seen: int
    selection: ConformalSelection


def guarantee(
    tasks: Sequence[AnsweredTask], error: float, version: str = "", controls: Sequence[str] = ()
) -> Guarantee:
    """Say which predictions may be taken, such that on average no larger share of them than `error` is wrong.

    A prediction is right if it says of each control what people said, to the letter and the character.

    Args:
        tasks: all of a project, annotated and not.
        error: the share.
        version: whose predictions; may be left out where there is one version.
        controls: which have to be right; all if none is named.

    Raises:
        RequestError: there is no such version or control, no score, or the blind sample says too little.
    """
    version = _chosen_version(tasks, version)
    annotated = [task for task in tasks if task.humans and version in task.models]
    sample = LabelSample(tuple(annotated)).narrowed(controls, [version] if annotated else [])
    blind = [task for task in sample.tasks if all(human.is_blind for human in task.humans)]
    scored = [task for task in blind if task.models[version].score is not None]
    open_ones = [task for task in tasks if not task.humans and version in task.models]
    waiting = [(task.id, score) for task in open_ones if (score := task.models[version].score) is not None]
    if open_ones and not waiting:
        raise RequestError(f"predictions of {version} have no score - the provider gives none: see docs/providers.md")
    wrong = _wrong(LabelSample(tuple(scored)), version)
    selection = select(
        [task.models[version].score or 0.0 for task in scored],
        [place not in wrong for place in range(len(scored))],
        [score for _, score in waiting],
        error,
    )
    return Guarantee(
        version=version,
        controls=tuple(sample.kinds),
        tasks=tuple(waiting[place] for place in selection.taken),
        waiting=len(waiting),
        unscored=len(open_ones) - len(waiting),
        seen=len(annotated) - len(blind),
        selection=selection,
    )


def _wrong(sample: LabelSample, version: str) -> set[int]:
    """Return the places of the tasks of which anything is wrong."""
    return {pair.task for name in sample.kinds for pair in pairs(sample, name, version) if not pair.is_right}


def _chosen_version(tasks: Sequence[AnsweredTask], version: str) -> str:
    versions = list(dict.fromkeys(version for task in tasks for version in task.models))
    if version in versions:
        return version
    if versions and version:
        raise RequestError(f"--version {version}: there is none - there are {', '.join(versions)}")
    if not versions and any(task.unwritten for task in tasks):
        raise RequestError(UNWRITTEN)
    if not versions:
        raise RequestError("there are no predictions - have the tasks predicted: labelguard predict --project")
    if len(versions) > 1:
        raise RequestError(f"there are predictions of several versions - name one by --version: {', '.join(versions)}")
    return versions[0]
