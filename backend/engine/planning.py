"""Plans of projects under one policy, with what their reviewers taught."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace

from backend.engine.jobs import Key, ProjectPlans
from backend.engine.project import ActivePolicy, ProjectPlan, make_job
from backend.labelstudio.handler import Handler
from backend.policy import Policy, project_id
from backend.prompting.detected_labels import DetectedLabel, LabelTrust, WhoIsTrusted, usual_trust
from backend.review.calibration import Calibrations
from backend.review.trust import ProjectTrusts

log = logging.getLogger("labelguard.pipeline")


class Planning:
    """Thread-safe.

    Args:
        active_policy: the policy.
        handlers: by control tag.
        calibrations: by what scores are calibrated; None leaves them raw.
        trusts: who is trusted with labels; None for who usually is.
    """

    def __init__(
        self,
        active_policy: ActivePolicy,
        handlers: Mapping[str, Handler],
        calibrations: Calibrations | None,
        trusts: ProjectTrusts | None,
    ) -> None:
        self._policy, self._handlers = active_policy, handlers
        self._calibrations, self._trusts = calibrations, trusts
        self._jobs, self._expanded = ProjectPlans(self._make_and_tell), ProjectPlans(self._make)

    @property
    def policy(self) -> Policy:
        """The policy that it plans under."""
        return self._policy.policy

    def job(self, label_config: str, project: str, path: str, title: str) -> ProjectPlan:
        """Plan a project; the arguments, and what is raised, are those of `Engine.job`."""
        job = self._jobs.get((label_config, project, path, title, self._taught(project)))
        if self._calibrations is None:
            return job
        return job.calibrated(self._calibrations.of(job.subject.project, job.model_version))

    def expanded(self, job: ProjectPlan, label_config: str) -> ProjectPlan:
        """Plan the tags that a Repeater makes of a task.

        Args:
            job: the project's.
            label_config: with those tags.
        """
        about = job.subject
        key = (label_config, about.project, about.path, about.title, self._taught(about.project))
        made = self._expanded.get(key) if job.active_policy is self._policy else self._make(key, job.active_policy)
        return replace(made, model_version=job.model_version, calibration=job.calibration)

    def _taught(self, project: str) -> str:
        """Return who is trusted with a project's labels as JSON, "" where its reviewers say nothing."""
        found = self._trusts.of(project_id(project)) if self._trusts else {}
        return json.dumps(found, sort_keys=True) if found else ""

    def _make(self, key: Key, active_policy: ActivePolicy | None = None) -> ProjectPlan:
        label_config, project, path, title, taught = key
        subject = (project, path, title)
        return make_job(active_policy or self._policy, label_config, subject, self._handlers, self._trust(taught))

    def _make_and_tell(self, key: Key) -> ProjectPlan:
        job = self._make(key)
        for what in job.plan.left_out:
            log.warning("project %s: %s", job.subject.project, what)
        return job

    def _trust(self, taught: str) -> WhoIsTrusted:
        """Return who is trusted with a label: who the label config or the policy says, then who reviewers say."""
        trusts = self._trusts
        if trusts is None or not taught:
            return usual_trust
        found = json.loads(taught)

        def trusted(label: DetectedLabel) -> LabelTrust:
            shown = None if label.is_told else found.get(trusts.hash_of(label.result))
            return LabelTrust(shown) if shown else usual_trust(label)

        return trusted
