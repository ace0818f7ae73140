"""What several suites of seams begin with."""

from contextlib import contextmanager
from copy import deepcopy

import pytest

from tests.parts import SENTIMENT, build_engine, finds, predict_body, provider, serving, write_policy
from tests.seams.shelf import LEARN, NAMES, Shelf


@pytest.fixture
def shelf(tmp_path):
    """Kept annotations, in the state that `tests.parts.build_engine` gives a policy of the same folder."""
    return Shelf(tmp_path)


@pytest.fixture
def serve(tmp_path, vendor):
    """Return what serves a policy of one rule, or of several, that learns; it gives what has tasks predicted."""

    @contextmanager
    def served(*rules, detect=None, **keys):
        own = {"name": "all", "match": "everything", "providers": ["p"], "learn": LEARN, **keys}
        external = own.get("redact", True)
        providers = {"p": provider(vendor.address, external=external), "q": provider(vendor.address, external=external)}
        policy = write_policy(tmp_path, providers, [deepcopy(rule) for rule in rules] or [own])
        with serving(build_engine(policy, detect or finds(*NAMES), keeps=True)) as client:

            def predict(*texts, config=SENTIMENT, project="1.1", offset=0):
                body = predict_body(config, *texts, project=project)
                for task in body["tasks"]:
                    task["id"] += offset
                return client.post("/predict", json=body).raise_for_status().json()["results"]

            yield predict

    return served
