"""What is learned from a project's annotations: how its scores are calibrated, and who is trusted with known labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.review.calibration import Calibrations, SampleKey, ScoreCalibration, ScoreSample
from backend.review.entries import ReviewEntries
from backend.review.reviews import Keeping
from backend.review.trust import ProjectTrusts, Trusted
from backend.store import Store


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned.

    Attributes:
        calibrations: those that are new, by model version.
        samples: all that there is to calibrate by, by model version.
        trusted: labels on which it is now decided who is trusted with them; "" for one that only tasks name.
    """

    calibrations: Mapping[str, ScoreCalibration]
    samples: Mapping[str, Mapping[SampleKey, ScoreSample]]
    trusted: Sequence[tuple[str, Trusted]]


def learn(store: Store, entries: ReviewEntries, project: int, keeping: Keeping) -> Learned:
    """Learn from all that is known of a project now.

    Args:
        store: of `open_store`.
        entries: encrypt.
        project: Label Studio's number.
        keeping: what its policy keeps, which names its labels.

    Raises:
        StoreError: the database cannot be used.
    """
    calibrations, trusts = Calibrations(store, entries), ProjectTrusts(store, entries)
    made = calibrations.renew(project)
    names = {trusts.hash_of(label): label for own in keeping.labels.values() for label in own if isinstance(label, str)}
    trusted = [(names.get(label, ""), who) for label, who in sorted(trusts.renew(project).items())]
    return Learned(made, calibrations.samples(project), trusted)
