"""What is counted: names and numbers alone."""

import pytest

from backend.system.tally import Tally


def test_a_stage_is_timed_however_it_ends():
    tally = Tally()
    with tally.stage("ask"):
        pass
    with pytest.raises(ValueError, match="it failed"), tally.stage("ask"):
        raise ValueError("it failed")
    assert 'labelguard_stage_seconds_count{stage="ask"} 2.0' in tally.metrics().decode()


@pytest.mark.parametrize(("project", "name"), [("12", "12"), ("Smith", "others"), ("١٢", "others")])
def test_a_project_is_a_number(project, name):
    tally = Tally()
    tally.behind(project, "done")
    assert f'labelguard_tasks_behind_total{{outcome="done",project="{name}"}} 1.0' in tally.metrics().decode()
