"""Our server beside real Label Studio, told of reviews, and the commands of its administrator."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import command
from tests.child import Child, labelguard
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.harness import TOKEN, LabelStudio
from tests.parts import provider, write_policy
from tests.patience import until


@dataclass(frozen=True, slots=True)
class Reviewing:
    """A running server. Use `running()`.

    Attributes:
        folder: has its state, `state.db`, and its key.
    """

    url: str
    child: Child
    folder: Path

    @classmethod
    @contextmanager
    def running(
        cls,
        label_studio: LabelStudio,
        model: str,
        folder: Path,
        patch: pytest.MonkeyPatch,
        *,
        samples: int = 0,
        blind: int = 0,
        **learn: object,
    ) -> Iterator["Reviewing"]:
        """Start it, and have commands of this process take its settings.

        Args:
            label_studio: where its projects are.
            model: the address of the model.
            folder: an empty one.
            patch: sets the settings.
            samples: by how many answers each prediction is scored; 0 for no scores.
            blind: one in how many tasks gets no prediction before it is annotated; 0 for none.
            learn: what the policy says of annotations.
        """
        settings = {
            "LABELGUARD_BASIC_AUTH_USER": USER,
            "LABELGUARD_BASIC_AUTH_PASSWORD": PASSWORD,
            "LABELGUARD_LABEL_STUDIO_URL": label_studio.url,
            "LABELGUARD_LABEL_STUDIO_TOKEN": TOKEN,
            "LABELGUARD_CACHE": str(folder / "cache"),
            "LABELGUARD_LOG_LEVEL": "debug",
        }
        rule: dict[str, Any] = {"name": "all", "match": "everything", "providers": ["own"], "learn": learn}
        rule |= {"detection": {"profile": "fast"}} | ({"scores": {"samples": samples}} if samples else {})
        rule |= {"blind": {"one_in": blind}} if blind else {}
        policy = write_policy(folder, {"own": provider(model, external=False)}, [rule])
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.setenv("LABELGUARD_POLICY", str(policy.file))
        patch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{folder / 'state.db'}")
        with labelguard(policy.file, folder, (USER, PASSWORD), **settings) as (url, child):
            yield cls(url, child, folder)

    def connect(self, project: int) -> str:
        """Connect a project as its administrator does; returns what the command says."""
        done = command.run("connect", "--url", self.url, "--project", project)
        assert done.returncode == 0, done.stderr
        return done.stdout


def verdicts(project: int) -> dict[str, int]:
    """Return how often reviewers of a project kept, changed and threw away a prediction, of all versions."""
    told = json.loads(command.run("quality", "--project", project, "--json").stdout)["quality"]
    counts = {verdict: sum(one[verdict] for one in told) for verdict in ("kept", "changed", "thrown", "unknown")}
    return {verdict: count for verdict, count in counts.items() if count}


def expect_verdicts(project: int, **counts: int) -> None:
    """Wait until so many are known."""
    try:
        until(lambda: verdicts(project) == counts)
    except AssertionError:
        assert verdicts(project) == counts
