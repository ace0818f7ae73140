"""Our server beside real Label Studio, where it stores what is done behind a click."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.child import Child, labelguard
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.harness import TOKEN, LabelStudio
from tests.parts import provider, write_policy


@contextmanager
def serving_behind(
    label_studio: LabelStudio, model: str, folder: Path, seconds: float, concurrency: int = 2, token: str = TOKEN
) -> Iterator[tuple[str, Child]]:
    """Serve all projects by one model; yields the URL and the process. The next one in the folder goes on from there.

    Args:
        label_studio: where predictions are stored.
        model: its address.
        folder: an existing one, for state, policy and log.
        seconds: after which a click is answered.
        concurrency: calls of the model at a time.
        token: of a user of Label Studio.
    """
    settings = {
        "LABELGUARD_BASIC_AUTH_USER": USER,
        "LABELGUARD_BASIC_AUTH_PASSWORD": PASSWORD,
        "LABELGUARD_LABEL_STUDIO_URL": label_studio.url,
        "LABELGUARD_LABEL_STUDIO_TOKEN": token,
        "LABELGUARD_PREDICT_TIMEOUT": str(seconds),
        "LABELGUARD_CACHE": str(folder / "cache"),
    }
    detection = {"profile": "fast", "languages": ["en"]}  # quick to load
    rule = {"name": "all", "match": "everything", "providers": ["own"], "detection": detection}
    policy = write_policy(folder, {"own": provider(model, external=False, concurrency=concurrency)}, [rule])
    with labelguard(policy.file, folder, (USER, PASSWORD), **settings) as running:
        yield running


def let_go(folder: Path) -> None:
    """Have the time be over for which a server that was killed held its tasks."""
    with sqlite3.connect(folder / "state.db", timeout=60) as connection:
        connection.execute("UPDATE queue_tasks SET free_at = 0")
