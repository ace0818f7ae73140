"""Calls at once are divided among workers, and never more than the policy says."""

import pytest

from backend.engine.dividing import check_workers
from backend.errors import SettingsError
from tests.parts import provider, write_policy

RULE = {"name": "all", "match": "everything", "providers": ["own"]}


def test_workers_that_can_share_may_begin(tmp_path):
    check_workers(write_policy(tmp_path, {"own": provider("http://127.0.0.1:9", concurrency=4)}, [RULE]), 4)


@pytest.mark.parametrize(("name", "concurrency", "limit"), [("provider own", 3, 8), ("rule 'all'", 8, 3)])
def test_more_workers_than_calls_at_once_are_refused(tmp_path, name, concurrency, limit):
    own = provider("http://127.0.0.1:9", concurrency=concurrency)
    policy = write_policy(tmp_path, {"own": own}, [RULE | {"limits": {"concurrency": limit}}])
    with pytest.raises(SettingsError) as caught:
        check_workers(policy, 4)
    assert f"LABELGUARD_WORKERS: 4 workers cannot share {name}, whose concurrency is 3" in caught.value.reason
