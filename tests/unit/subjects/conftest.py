"""A state about which data subjects may ask."""

import pytest

from tests.unit.subjects.world import World


@pytest.fixture
def world(request, store_url, tmp_path):
    files = tmp_path / "state" if store_url.startswith("sqlite") else request.getfixturevalue("postgresql").data
    (tmp_path / "policy").mkdir()
    made = World(store_url, tmp_path / "policy", files)
    yield made
    made.store.dispose()
