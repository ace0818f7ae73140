"""How good predictions are: what `labelguard quality` counts, and what their scores are worth where that is known."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from markupsafe import Markup

from backend.engine.engine import Engine
from backend.errors import LabelguardError
from backend.policy.types import Decision
from backend.review.calibration import Calibrations, ScoreSample, samples_of
from backend.review.quality import VersionQuality, known_of, quality_of
from backend.review.reviews import Reviews
from backend.review.scores import ScoredTask, ScoreEntries
from backend.review.trust import least_right, most_right
from backend.server.console.forms import Fields, number_field
from backend.store import reading

MOST_ROWS = 200
"""Projects and versions of the overview."""
MOST_VERSIONS = 5
"""Versions of a project, those with the latest annotations."""
MOST_REVIEWS = 10_000
"""Annotations of a project that are read."""
MOST_SCORED = 2_000
"""Predictions of a project that were held against annotations, of the newest tasks."""
WEEKS = 12
RESAMPLES = 400
LEAST_DRAWN = 10
"""Scored answers of which a picture is drawn."""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row of the overview: a project, a version, and what reviewers did.

    Attributes:
        known: of how many that is known.
        share: the share of them that was kept, with its interval (Wilson's, 95 %); "" if none is known.
    """

    project: int
    version: str
    verdicts: Mapping[str, int]
    known: int
    share: str


@dataclass(frozen=True, slots=True)
class HeldRow:
    """How many parts of predictions are as annotations say.

    Attributes:
        is_blind: whether nobody could have seen a prediction who annotated.
        share: the share of answers that is right, with its interval.
    """

    version: str
    control: str
    is_blind: bool
    tasks: int
    answers: int
    share: str


@dataclass(frozen=True, slots=True)
class ScoreWorth:
    """What raw scores of a control are worth.

    Attributes:
        sample: what it rests on.
        error: the expected calibration error, over ten bins.
        picture: a reliability diagram, as SVG.
        bins: the same in figures: score, share right with its interval, how many.
    """

    version: str
    control: str
    source: str
    sample: ScoreSample
    error: str
    picture: Markup = field(repr=False)
    bins: Sequence[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class LearningRule:
    """What the policy lets be learned under a rule.

    Attributes:
        days: for which annotations are kept; None for not at all.
        uses: what is made of them, in words.
    """

    rule: str
    days: int | None
    uses: Sequence[str]


@dataclass(frozen=True, slots=True)
class ProjectFigures:
    """All that is shown of a project.

    Attributes:
        versions: what reviewers did, by version.
        weeks: pictures of the share that was kept, week by week, by version.
        held: how many answers are right, by version and control.
        worth: what scores are worth, of the newest versions.
        calibrated: by version, the name of its calibration, where it has one.
        kept: of how many tasks annotations are kept, of which examples are made.
        rules: what the policy lets be learned.
        problem: why that cannot be told, "" if it can.
        is_part: whether there are more annotations than are counted.
    """

    project: int
    versions: Sequence[VersionQuality]
    weeks: Mapping[str, Markup]
    held: Sequence[HeldRow]
    worth: Sequence[ScoreWorth]
    calibrated: Mapping[str, str]
    kept: int
    rules: Sequence[LearningRule]
    problem: str
    is_part: bool


@dataclass(frozen=True, slots=True)
class QualityPage:
    """All that the page shows.

    Attributes:
        more: how many rows are not shown.
        project: the project that was asked about, if one was.
    """

    rows: Sequence[KeptRow]
    more: int
    project: ProjectFigures | None


def quality_page(engine: Engine, reviews: Reviews, fields: Fields) -> QualityPage:
    """Count what reviewers did, and what is known of a project if one is named.

    Args:
        engine: has the policy in force.
        reviews: what is known of reviews.
        fields: `project`, Label Studio's number.

    Raises:
        RequestError: it is no number.
        StoreError: the database cannot be asked.
    """
    project = number_field(fields, "project")
    counted = sorted(reviews.counts().items())
    rows = [_kept(*key, verdicts) for key, verdicts in counted[:MOST_ROWS]]
    more = len(counted) - len(rows)
    return QualityPage(rows, more, _project(engine, reviews, project) if project else None)


def _kept(project: int, version: str, verdicts: Mapping[str, int]) -> KeptRow:
    known = known_of(verdicts)
    return KeptRow(project, version, verdicts, known, _share(verdicts.get("kept", 0), known) if known else "")


def _share(part: int, whole: int) -> str:
    return _told(part / whole, least_right(part, whole), most_right(part, whole))


def _told(value: float, low: float, high: float) -> str:
    interval = f" ({low:.0%} to {high:.0%})" if low == low and high == high else ""  # noqa: PLR0124 - nan is not itself
    return f"{value:.1%}{interval}"


def _project(engine: Engine, reviews: Reviews, project: int) -> ProjectFigures:
    counted = list(reviews.latest(project, MOST_REVIEWS + 1))
    found = quality_of(counted[:MOST_REVIEWS])
    versions = [one for one in found if one.version][:MOST_VERSIONS]
    scored = _scored(reviews, project)
    calibrations = Calibrations(reviews.store, reviews.entries)
    made = {version: calibrations.of(str(project), version) for version in dict.fromkeys(one.version for one in scored)}
    rules, problem = _learning(engine, reviews, project)
    return ProjectFigures(
        project,
        versions,
        {one.version: drawn for one in versions if (drawn := _weeks(one))},
        list(_held(scored)),
        list(_worth(scored)),
        {version: one.name for version, one in made.items() if one},
        reviews.kept_tasks(project),
        rules,
        problem,
        len(counted) > MOST_REVIEWS,
    )


def _scored(reviews: Reviews, project: int) -> list[ScoredTask]:
    with reading(reviews.store) as connection:
        return list(islice(ScoreEntries(reviews.entries).read(connection, project), MOST_SCORED))


def _weeks(version: VersionQuality) -> Markup | None:
    """Draw which share was kept in each of the last weeks."""
    from backend.evaluate.labels.pictures import draw_intervals  # noqa: PLC0415 - it takes numpy, and each start time
    from backend.evaluate.labels.resampling import Estimate  # noqa: PLC0415 - likewise

    figures: dict[str, Estimate] = {}
    for week in sorted(version.weeks)[-WEEKS:]:
        verdicts = version.weeks[week]
        kept, known = verdicts["kept"], known_of(verdicts)
        if known:
            figures[f"{week}: {known:,}"] = Estimate(kept / known, least_right(kept, known), most_right(kept, known))
    return Markup(draw_intervals(figures)) if figures else None  # noqa: S704 - it escapes all it is given


def _held(scored: Sequence[ScoredTask]) -> Iterator[HeldRow]:
    """Yield the share of answers that is right, by version and control, blind ones apart from others."""
    from backend.evaluate.labels.resampling import Resampling, mean_of  # noqa: PLC0415 - it takes numpy

    found: defaultdict[tuple[str, str, bool], list[tuple[int, bool]]] = defaultdict(list)
    for task in scored:
        for one in task.answers:
            found[task.version, one.control, task.is_blind].append((task.task, one.is_right))
    newest = list(dict.fromkeys(task.version for task in scored))[:MOST_VERSIONS]
    for (version, control, is_blind), units in sorted(found.items(), key=lambda item: (item[0][:2], not item[0][2])):
        if version in newest:
            tasks = [task for task, _ in units]
            share = Resampling(RESAMPLES).estimate(mean_of([right for _, right in units]), tasks)
            told = _told(share.value, share.low, share.high)
            yield HeldRow(version, control, is_blind, len(set(tasks)), len(units), told)


def _worth(scored: Sequence[ScoredTask]) -> Iterator[ScoreWorth]:
    import numpy as np  # noqa: PLC0415 - it takes each start time

    from backend.evaluate.labels.calibration import calibration_error, reliability  # noqa: PLC0415 - likewise
    from backend.evaluate.labels.pictures import draw_reliability  # noqa: PLC0415 - likewise

    by_version: defaultdict[str, list[ScoredTask]] = defaultdict(list)
    for task in scored:
        by_version[task.version].append(task)
    for version, own in islice(by_version.items(), MOST_VERSIONS):
        for (control, source), sample in sorted(samples_of(own).items()):
            if len(sample.scores) >= LEAST_DRAWN:
                error = float(calibration_error(sample.scores, sample.right)(np.ones((1, len(sample.scores))))[0])
                bins = reliability(sample.scores, sample.right)
                picture = Markup(draw_reliability(bins))  # noqa: S704 - it draws numbers alone
                rows = [
                    (f"{b.low:.1f} to {b.high:.1f}", _share(round(b.right * b.count), b.count), b.count) for b in bins
                ]
                yield ScoreWorth(version, control, source, sample, f"{error:.2f}", picture, rows)


def _learning(engine: Engine, reviews: Reviews, project: int) -> tuple[list[LearningRule], str]:
    """Ask the policy in force what is made of a project's annotations."""
    known = reviews.project(project)
    if known is None:
        return [], "nothing is known of the project's label config: no webhook came of it, and no sync"
    try:
        job = engine.job(known.label_config, str(known.number), known.path, known.title)
    except LabelguardError as error:
        return [], error.reason
    return [LearningRule(way.decision.rule, job.annotations_days, [*_uses(way.decision)]) for way in job.ways], ""


def _uses(decision: Decision) -> Iterator[str]:
    if decision.learned:
        yield f"up to {decision.learned.most} examples before a task, of {decision.learned.tokens:,} tokens together"
    if decision.learned_marks:
        yield f"words that were marked in {decision.learned_marks} tasks are marked again"
    if decision.learned_nearest:
        yield "the label of the nearest tasks, where it is likelier right"
