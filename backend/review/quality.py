"""How good predictions are, as reviewers show: kept, changed or thrown away, over time, and which labels they correct.

Whoever sees a prediction is swayed by it, so that these figures flatter: they are no blind ones.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from backend.review.entries import Review
from backend.review.facts import VERDICTS
from backend.system.writing import JSON

NONE_KNOWN = "no annotation is known - labelguard connect sets up webhooks, annotations sync looks back"
"""Where there is nothing to count."""
MOST_LABELS = 20
"""Labels that are told of one version, those corrected most first."""
_CORRECTED = ("changed", "removed", "moved")


@dataclass(slots=True)
class LabelQuality:
    """How a label fares.

    Attributes:
        predicted: how often it was predicted.
        corrected: how often reviewers changed, removed or moved it.
        missed: how often they added it.
        became: what they made of it, how often.
    """

    control: str
    label: str
    predicted: int = 0
    corrected: int = 0
    missed: int = 0
    became: Counter[str] = field(default_factory=Counter)

    def flat(self) -> JSON:
        """Return it as JSON."""
        said = {name: getattr(self, name) for name in ("control", "label", "predicted", "corrected", "missed")}
        return {**said, "became": dict(self.became.most_common())}


@dataclass(slots=True)
class VersionQuality:
    """How the predictions of a project by one model version fare.

    Attributes:
        version: "" for annotations of which no prediction is known.
        verdicts: how many of each.
        weeks: the same by the Monday of the week in which they were annotated, UTC.
        labels: by control and label.
    """

    project: int
    version: str
    verdicts: Counter[str] = field(default_factory=Counter)
    weeks: dict[str, Counter[str]] = field(default_factory=dict)
    labels: dict[tuple[str, str], LabelQuality] = field(default_factory=dict)

    @property
    def known(self) -> int:
        """Of how many it is known what became of the prediction."""
        return known_of(self.verdicts)

    @property
    def share_kept(self) -> float | None:
        """How many of those that are known were kept, 0 to 1; None if there are none."""
        return self.verdicts["kept"] / self.known if self.known else None

    def most_corrected(self) -> list[LabelQuality]:
        """Return the labels that are corrected or missed, most first."""
        wrong = [label for label in self.labels.values() if label.corrected or label.missed]
        return sorted(wrong, key=lambda one: (-one.corrected - one.missed, one.control, one.label))[:MOST_LABELS]

    def flat(self) -> JSON:
        """Return it as JSON."""
        return {
            "project": self.project,
            "model_version": self.version,
            "blind": False,
            **{verdict: self.verdicts[verdict] for verdict in VERDICTS},
            "share_kept": self.share_kept,
            "weeks": {
                week: {verdict: self.weeks[week][verdict] for verdict in VERDICTS} for week in sorted(self.weeks)
            },
            "labels": [label.flat() for label in self.most_corrected()],
        }

    def add(self, review: Review) -> None:
        """Count a review."""
        self.verdicts[review.verdict] += 1
        self.weeks.setdefault(_week(review.made), Counter())[review.verdict] += 1
        for change in review.changes:
            if not change.was and not change.became:
                self._label(change.control, "").predicted += change.count
                self._label(change.control, "").corrected += change.count * (change.how != "kept")
                continue
            if change.was:
                label = self._label(change.control, change.was)
                label.predicted += change.count
                label.corrected += change.count * (change.how in _CORRECTED)
                if change.how == "changed":
                    label.became[change.became] += change.count
            if change.became and change.how in ("added", "changed"):
                self._label(change.control, change.became).missed += change.count

    def _label(self, control: str, label: str) -> LabelQuality:
        return self.labels.setdefault((control, label), LabelQuality(control, label))


def known_of(verdicts: Mapping[str, int]) -> int:
    """Return how many verdicts say what became of a prediction."""
    return sum(verdicts.get(verdict, 0) for verdict in VERDICTS if verdict != "unknown")


def quality_of(reviews: Iterable[Review]) -> list[VersionQuality]:
    """Count reviews, by project and model version; the version with the latest annotation comes first."""
    found: dict[tuple[int, str], VersionQuality] = {}
    latest: dict[tuple[int, str], float] = {}
    for review in reviews:
        key = (review.project, review.version)
        found.setdefault(key, VersionQuality(*key)).add(review)
        latest[key] = max(latest.get(key, 0.0), review.made)
    return [found[key] for key in sorted(found, key=lambda key: (key[0], -latest[key]))]


def _week(made: float) -> str:
    day = datetime.fromtimestamp(made, UTC).date()
    return str(day - timedelta(days=day.weekday()))
