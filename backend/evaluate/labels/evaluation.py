"""Predictions beside annotations: all figures of each control and model version."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from backend.errors import RequestError
from backend.evaluate.labels.agreement import AlternativeTest, HumanAgreement, alternative_test, human_agreement
from backend.evaluate.labels.answers import WHOLE, Kind
from backend.evaluate.labels.by_kind import Confusion, measure_kind
from backend.evaluate.labels.calibration import ReliabilityBin, calibration_statistics, reliability
from backend.evaluate.labels.counting import LabelFigures
from backend.evaluate.labels.names import headline
from backend.evaluate.labels.pairing import AnswerPair, pairs, several, unpredicted
from backend.evaluate.labels.resampling import Estimate, Resampling, Statistic
from backend.evaluate.labels.sample import LabelSample
from backend.evaluate.labels.spending import VersionSpending
from backend.evaluate.labels.suspects import SuspectLabel, suspect_labels


@dataclass(frozen=True, slots=True)
class Blindness:
    """On how many pairs a figure rests, and how many of them are blind."""

    count: int
    blind: int

    def __str__(self) -> str:
        if self.blind == self.count:
            return "blind"
        return "seen" if not self.blind else f"{self.blind:,} of {self.count:,} blind"


@dataclass(frozen=True, slots=True)
class ControlFigures:
    """How well a version answers a control.

    Attributes:
        rests: on what.
        tasks: on how many tasks.
        unpredicted: annotated tasks without a prediction of this version: they are not in the figures.
        unanswered: places that only one side answered, where nothing can be compared: numbers and rankings.
        figures: by name.
        labels: of each label.
        confusion: what was predicted for what: by truth and prediction.
        calibration: figures of the scores by name; empty where there are none.
        bins: of the reliability diagram.
        alternative: whether it may stand in for annotators; None where too few annotated the same.
    """

    control: str
    kind: Kind
    version: str
    rests: Blindness
    tasks: int
    unpredicted: int
    unanswered: int
    figures: Mapping[str, Estimate]
    labels: Sequence[LabelFigures] = ()
    confusion: Confusion = field(default_factory=dict, repr=False)
    calibration: Mapping[str, Estimate] = field(default_factory=dict)
    bins: Sequence[ReliabilityBin] = ()
    alternative: AlternativeTest | None = None


@dataclass(frozen=True, slots=True)
class VersionGap:
    """By how much a version is above the first one, on the tasks that both predicted.

    Attributes:
        figure: the name of the figure that says most of the control.
        tasks: how many.
    """

    control: str
    version: str
    first: str
    figure: str
    tasks: int
    gap: Estimate


@dataclass(frozen=True, slots=True)
class LabelEvaluation:
    """All that is to be shown of a sample.

    Attributes:
        rows: by control and version. Where a part of the pairs is blind, a row for all is followed by one for that.
        gaps: between versions.
        agreement: of people among each other, by control.
        seconds: for which a person had a task open, the median: of blind annotations, and of others; None if unknown.
        suspects: annotations that are probably wrong, the least likely first.
        spending: what calls cost, by version, if the record was asked.
    """

    sample: LabelSample = field(repr=False)
    rows: Sequence[ControlFigures]
    gaps: Sequence[VersionGap]
    agreement: Mapping[str, HumanAgreement]
    seconds: Mapping[str, float | None]
    suspects: Sequence[SuspectLabel] = ()
    spending: Mapping[str, VersionSpending] | None = None


def evaluate_sample(sample: LabelSample, resampling: Resampling, labels: Sequence[str] = ()) -> LabelEvaluation:
    """Compare predictions with annotations.

    Args:
        sample: what was read.
        resampling: makes the intervals.
        labels: the labels that count; all if none is named.

    Raises:
        RequestError: there is no such label.
    """
    rows = []
    for control in sample.kinds:
        for version in sample.versions:
            found = pairs(sample, control, version)
            if not found:
                continue
            rows.append(_figures(sample, control, version, found, resampling, labels))
            blind = [pair for pair in found if pair.is_blind]
            if 0 < len(blind) < len(found):
                rows.append(_figures(sample, control, version, blind, resampling, labels))
    if labels and not any(row.labels for row in rows):
        raise RequestError(f"--label {', '.join(labels)}: no control has such a label")
    agreement = {control: human_agreement(several(sample, control), kind) for control, kind in sample.kinds.items()}
    gaps = [gap for control in sample.kinds for gap in _gaps(sample, control, resampling, labels)]
    agreed = {control: found for control, found in agreement.items() if found}
    return LabelEvaluation(sample, rows, gaps, agreed, _seconds(sample), suspect_labels(sample))


def _figures(
    sample: LabelSample,
    control: str,
    version: str,
    found: Sequence[AnswerPair],
    resampling: Resampling,
    labels: Sequence[str],
) -> ControlFigures:
    kind = sample.kinds[control]
    compared = [pair for pair in found if pair.truth is not None and pair.predicted is not None]
    measured = measure_kind(kind, [pair.truth for pair in compared], [pair.predicted for pair in compared])
    tasks = [pair.task for pair in compared]
    counts = measured.counts.only(labels) if measured.counts and labels else measured.counts
    statistics = measured.all_statistics(counts)
    scores, right, scored = _scores(sample, control, version, compared)
    calibrated = calibration_statistics(scores, right) if scores else {}
    is_offered = sample.is_offered(control)  # then its labels are texts of tasks, and are not shown
    predicted = {(pair.task, pair.unit): pair.predicted for pair in compared if pair.predicted is not None}
    shared = [place for place in several(sample, control) if place[:2] in predicted]
    return ControlFigures(
        control,
        kind,
        version,
        rests=Blindness(len(found), sum(pair.is_blind for pair in found)),
        tasks=len({pair.task for pair in found}),
        unpredicted=unpredicted(sample, version),
        unanswered=len(found) - len(compared),
        figures={name: resampling.estimate(statistic, tasks) for name, statistic in statistics.items()},
        labels=counts.by_label(resampling, tasks) if counts and not is_offered else (),
        confusion={} if is_offered else measured.confusion,
        calibration={name: resampling.estimate(statistic, scored) for name, statistic in calibrated.items()},
        bins=reliability(scores, right) if scores else (),
        alternative=alternative_test(shared, predicted, kind),
    )


def _gaps(sample: LabelSample, control: str, resampling: Resampling, labels: Sequence[str]) -> Iterator[VersionGap]:
    """Yield by how much each further version is above the first."""
    first, *others = sample.versions
    kind = sample.kinds[control]

    def measured(version: str, shared: set[int]) -> tuple[dict[str, Statistic], list[int]]:
        found = [pair for pair in pairs(sample, control, version) if pair.task in shared]
        found = [pair for pair in found if pair.truth is not None and pair.predicted is not None]
        said = measure_kind(kind, [pair.truth for pair in found], [pair.predicted for pair in found])
        counts = said.counts.only(labels) if said.counts and labels else said.counts
        return said.all_statistics(counts), [pair.task for pair in found]

    for version in others:
        shared = {n for n, task in enumerate(sample.tasks) if first in task.models and version in task.models}
        (new, new_tasks), (old, old_tasks) = measured(version, shared), measured(first, shared)
        name = headline(new)
        if name and new_tasks and old_tasks:
            gap = resampling.difference(new[name], old[name], new_tasks, old_tasks)
            yield VersionGap(control, version, first, name, len({*new_tasks} | {*old_tasks}), gap)


def _scores(
    sample: LabelSample, control: str, version: str, compared: Sequence[AnswerPair]
) -> tuple[list[float], list[bool], list[int]]:
    """Return scores, whether what has them is right, and of which tasks it is: spans where each has a score.

    Of texts none: that one is not what people wrote does not say that it is wrong.
    """
    if sample.kinds[control] == "texts":
        return [], [], []
    spans = []
    for pair in compared:
        said = sample.tasks[pair.task].models[version].answer.span_scores
        if isinstance(pair.predicted, frozenset) and isinstance(pair.truth, frozenset) and pair.unit == WHOLE:
            spans += [(said[control, s], s in pair.truth, pair.task) for s in pair.predicted if (control, s) in said]  # type: ignore[index]
    whole = [(pair.score, pair.is_right, pair.task) for pair in compared if pair.score is not None]
    chosen: Sequence[tuple[float, bool, int]] = spans or whole
    return [score for score, _, _ in chosen], [right for _, right, _ in chosen], [task for _, _, task in chosen]


def _seconds(sample: LabelSample) -> Mapping[str, float | None]:
    """Return the median time of annotations: of all tasks, not of each control, since nobody measures that."""
    humans = [human for task in sample.tasks for human in task.humans if human.seconds]
    times = {"blind": [h.seconds for h in humans if h.is_blind], "seen": [h.seconds for h in humans if not h.is_blind]}
    return {name: median(filter(None, found)) if found else None for name, found in times.items()}


def error_counts(row: ControlFigures) -> Counter[tuple[str, str]]:
    """Count what was predicted wrongly for what."""
    return Counter({pair: count for pair, count in row.confusion.items() if pair[0] != pair[1]})
