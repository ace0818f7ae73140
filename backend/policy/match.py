"""Does a rule match a project? Each condition that is written must hold; one that is not written is not asked."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import translate

from backend.policy.schema import MatchForm
from backend.types import Plan

_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


def project_id(project: str) -> str:
    """Return the id out of what Label Studio sends, such as `12.1795417599`; "" if it is none."""
    identity = project.partition(".")[0]
    return identity if _ID.fullmatch(identity) else ""


@dataclass(frozen=True, slots=True)
class Globs:
    """Patterns with `*`, `?` and `[…]`; upper and lower case differ."""

    patterns: tuple[str, ...]
    _compiled: re.Pattern[str]

    @classmethod
    def of(cls, patterns: Sequence[str] | None) -> "Globs | None":
        """Compile patterns; None stands for no condition."""
        if patterns is None:
            return None
        return cls(tuple(patterns), re.compile("|".join(map(translate, patterns))))

    def match(self, value: str) -> bool:
        """Say whether a value fits one of the patterns. What is unknown, "", fits none, not even `*`."""
        return bool(value) and self._compiled.match(value) is not None


@dataclass(frozen=True, slots=True)
class Match:
    """The conditions of a rule.

    Attributes:
        project: on the project's id.
        profile: on the path prefix of the backend's URL.
        control_tags: every control tag that we label must fit, so that no tag comes to a project unnoticed.
        object_tags: likewise, on the object tags whose text is read.
    """

    project: Globs | None = None
    profile: Globs | None = None
    control_tags: Globs | None = None
    object_tags: Globs | None = None

    @classmethod
    def of(cls, form: MatchForm) -> "Match":
        """Compile what the policy file says."""
        return cls(
            project=Globs.of(form.project),
            profile=Globs.of(form.profile),
            control_tags=Globs.of(form.control_tags),
            object_tags=Globs.of(form.object_tags),
        )

    def covers(self, project: str, profile: str, plan: Plan) -> bool:
        """Say whether all conditions hold for a project's id, its profile and its plan."""
        return (
            _holds(self.project, (project,))
            and _holds(self.profile, (profile,))
            and _holds(self.control_tags, {control.tag for control in plan.controls})
            and _holds(self.object_tags, {obj.tag for obj in plan.objects})
        )


def _holds(condition: Globs | None, values: Collection[str]) -> bool:
    return condition is None or (bool(values) and all(map(condition.match, values)))
