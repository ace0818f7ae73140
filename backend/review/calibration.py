"""By what a project's scores are calibrated: on its own annotations, once there are enough, and changed seldom.

A calibration changes scores, and no answer. It is named after the model version whose scores it calibrates, since all
predictions of one version must have scores of one kind: they are put in one order, and a guarantee rests on it.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import delete, insert, select

from backend.labelstudio.events import CALIBRATED
from backend.review.entries import ReviewEntries
from backend.review.glance import Glances
from backend.review.scores import DETECTED, UNSCORED, ScoredTask, ScoreEntries
from backend.review.tables import CALIBRATIONS, PART, TABLES
from backend.review.venn_abers import VennAbers
from backend.store import Store, make_tables, reading, writing

LEAST = 30
"""Scored answers that it takes to calibrate a control's scores."""
LEAST_OF_EACH = 5
"""Right ones, and wrong ones, among them."""
MOST = 1_000
"""Scored answers on which a calibration rests, those of the newest tasks."""
GROWTH = 2
"""A calibration is made anew when there are so many times as many as it rests on: each is a new model version."""
NAME = 6
"""Signs of a calibration's name."""


@dataclass(frozen=True)
class ScoreSample:
    """Scored answers of one control, whose scores came in one way.

    Attributes:
        is_blind: whether those who annotated could not have seen the predictions.
        reviews: tasks that they are of.
        scores: raw ones.
        right: whether each was right.
    """

    is_blind: bool
    reviews: int
    scores: tuple[float, ...] = field(repr=False)
    right: tuple[bool, ...] = field(repr=False)

    @cached_property
    def _calibrator(self) -> VennAbers:
        return VennAbers(self.scores, self.right)

    @property
    def is_enough(self) -> bool:
        """Whether scores can be calibrated by it."""
        right = sum(self.right)
        return len(self.right) >= LEAST and min(right, len(self.right) - right) >= LEAST_OF_EACH

    def probability(self, raw: float) -> float:
        """Return how likely it is that what has a raw score is right."""
        return self._calibrator.probability(raw)

    def is_better(self, other: "ScoreSample | None") -> bool:
        """Say whether it is so much better than another one that scores are to change."""
        if other is None or self.is_blind > other.is_blind:
            return True
        return self.is_blind == other.is_blind and len(self.right) >= GROWTH * len(other.right)


SampleKey = tuple[str, str]
"""A control's name, and how its scores came."""


@dataclass(frozen=True, slots=True)
class ScoreCalibration:
    """By what the scores of a version are calibrated.

    Attributes:
        name: stands behind the version.
    """

    name: str
    samples: Mapping[SampleKey, ScoreSample] = field(repr=False)

    def version(self, base: str) -> str:
        """Return the model version of predictions whose scores are calibrated by it."""
        return f"{base}{CALIBRATED}{self.name}"


def samples_of(found: Iterable[ScoredTask]) -> dict[SampleKey, ScoreSample]:
    """Return by control what its scores are calibrated by: blind annotations if there are enough, else all.

    Args:
        found: tasks of one project and version, the newest first.
    """
    collected: defaultdict[SampleKey, list[tuple[bool, int, float, bool]]] = defaultdict(list)
    for task in found:
        for one in task.answers:
            if one.source in (DETECTED, UNSCORED):
                continue
            collected[one.control, one.source].append((task.is_blind, task.task, one.raw, one.is_right))
    samples = {}
    for key, every in collected.items():
        blind = _sample([one for one in every if one[0]], is_blind=True)
        samples[key] = blind if blind.is_enough else _sample(every, is_blind=all(one[0] for one in every))
    return samples


def _sample(found: Sequence[tuple[bool, int, float, bool]], *, is_blind: bool) -> ScoreSample:
    newest = found[:MOST]
    reviews = len({task for _, task, _, _ in newest})
    return ScoreSample(is_blind, reviews, tuple(one[2] for one in newest), tuple(one[3] for one in newest))


class Calibrations:
    """Thread-safe; many processes may share a database.

    Args:
        store: of `open_store`.
        entries: encrypt.
        now: tells Unix time.
    """

    def __init__(self, store: Store, entries: ReviewEntries, now: Callable[[], float] = time.time) -> None:
        self._store, self._entries, self._now = store, entries, now
        self._scores = ScoreEntries(entries)
        self._glances = Glances[Mapping[str, ScoreCalibration]](self._read, {}, now)
        make_tables(store, *TABLES)

    def of(self, project: str, version: str) -> ScoreCalibration | None:
        """Return what a version's scores in a project are calibrated by; None while they are raw.

        While the database cannot be asked it is what was known last.

        Args:
            project: Label Studio's number; what is none has no calibration.
            version: without the name of a calibration.
        """
        return self._glances.of(project).get(version)

    def samples(self, project: int) -> dict[str, dict[SampleKey, ScoreSample]]:
        """Return what is known of a project's scores, enough or not, by model version."""
        by_version: defaultdict[str, list[ScoredTask]] = defaultdict(list)
        with reading(self._store) as connection:
            for task in self._scores.read(connection, project):
                by_version[task.version].append(task)
        return {version: samples_of(found) for version, found in by_version.items()}

    def renew(self, project: int) -> dict[str, ScoreCalibration]:
        """Calibrate by what is known now, where that is enough and much more than before; return what is new.

        Raises:
            StoreError: the database cannot be used.
        """
        before, made = self._read(project, {}), {}
        for version, samples in self.samples(project).items():
            old = before[version].samples if version in before else {}
            better = {key: one for key, one in samples.items() if one.is_enough and one.is_better(old.get(key))}
            if better:
                made[version] = self._named({**old, **{key: one for key, one in samples.items() if one.is_enough}})
        with writing(self._store, PART) as connection:
            for version, calibration in made.items():
                row = {"project": project, "version": version, "made": int(self._now())}
                row["body"] = self._entries.close(_flat(calibration.samples), ["calibration", project, version])
                own = (CALIBRATIONS.c.project == project) & (CALIBRATIONS.c.version == version)
                connection.execute(delete(CALIBRATIONS).where(own))
                connection.execute(insert(CALIBRATIONS), [row])
        self._glances.forget(project)
        return made

    def _read(self, project: int, before: Mapping[str, ScoreCalibration]) -> dict[str, ScoreCalibration]:
        with reading(self._store) as connection:
            rows = connection.execute(select(CALIBRATIONS).where(CALIBRATIONS.c.project == project)).all()
        found = {}
        for row in rows:
            body = self._entries.open(row.body, ["calibration", project, row.version])
            if body is not None:
                found[row.version] = _same(self._named(_of_flat(body)), before.get(row.version))
        return found

    def _named(self, samples: Mapping[SampleKey, ScoreSample]) -> ScoreCalibration:
        return ScoreCalibration(self._entries.digest(["calibration", _flat(samples)])[:NAME], samples)


def _same(found: ScoreCalibration, before: ScoreCalibration | None) -> ScoreCalibration:
    """Return the one that is at hand, with what it has worked out, if it is the same."""
    return before if before and before.name == found.name else found


def _flat(samples: Mapping[SampleKey, ScoreSample]) -> list[Any]:
    return [
        [*key, one.is_blind, one.reviews, list(one.scores), [int(right) for right in one.right]]
        for key, one in sorted(samples.items())
    ]


def _of_flat(flat: Iterable[Any]) -> dict[SampleKey, ScoreSample]:
    return {
        (control, source): ScoreSample(blind, reviews, tuple(scores), tuple(map(bool, right)))
        for control, source, blind, reviews, scores, right in flat
    }
