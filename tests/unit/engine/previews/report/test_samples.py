"""Which tasks are shown as they would be sent: so few that each entity type is seen."""

from backend.engine.previews.report.report import Sample
from backend.engine.previews.report.samples import Samples, _Chosen


def chosen(*types):
    samples = Samples(shows_originals=False)
    samples._chosen["rule", ("ours",)] = [
        _Chosen(frozenset(own), (Sample(str(place), "rule", ("ours",), tuple(own), ()),))
        for place, own in enumerate(types)
    ]
    return [sample.task for sample in samples.samples()]


def test_a_task_whose_types_others_show_is_left_out():
    assert chosen("A", "B", "AB") == ["0", "1"]
    assert chosen("", "AB", "C") == ["1", "2"]
    assert chosen("A", "AB") == ["1"]
    assert chosen("") == ["0"]
