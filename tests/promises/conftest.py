"""What the promises' tests share: the real server between Label Studio's requests and two providers on record."""

import re
from contextlib import ExitStack

import pytest

from backend.privacy.types import Detection
from tests.parts import build_engine, provider, serving, write_policy


def people(text):
    """Detect Ann and Bob, by a detector that is as quick as that."""
    return [Detection(*found.span(), "PERSON", 0.9) for found in re.finditer(r"\b(Ann|Bob)\b", text)]


@pytest.fixture
def servers():
    """What `serve` started; `close` ends them before the test does."""
    with ExitStack() as running:
        yield running


@pytest.fixture
def serve(tmp_path, vendor, own, servers):
    """Start the real server under a policy of one rule; by default all that is asked goes to the external provider."""

    def start(detect=people, auth=None, *, outside=None, **keys):
        rule = {"name": "all", "match": "everything", "providers": ["vendor"], **keys}
        providers = {
            "vendor": provider(vendor.address, "openai", **(outside or {})),
            "own": provider(own.address, "openai", external=False),
        }
        engine = build_engine(write_policy(tmp_path, providers, [rule]), detect, keeps=True)
        return servers.enter_context(serving(engine, auth))

    return start
