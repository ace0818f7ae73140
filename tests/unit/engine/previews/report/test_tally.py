"""How tasks are named and reasons are parted in a report."""

from backend.engine.previews.preview import PreviewedTask
from backend.engine.previews.report.tally import ReportTally, _parted, task_name, task_names
from backend.labelstudio.types import Task


def test_numbers_that_follow_each_other_are_written_as_one():
    assert task_names(["12", "3", "4", "5", "no. 2", "9", "10"]) == "3-5, 9-10, 12, no. 2"
    assert task_names([]) == ""


def test_an_id_that_is_no_number_is_not_shown():
    assert task_name(PreviewedTask(Task({}, {}, "17"), ""), 4) == "17"
    for word in ("", "Emily Watson", "1" * 20, "٣", "-1", "1\n"):
        assert task_name(PreviewedTask(Task({}, {}, word), ""), 4) == "no. 5"


def test_a_reason_has_what_is_wrong_and_what_to_do():
    assert _parted("rule 'a - b' lets no CVV pass - label it") == ("rule 'a - b' lets no CVV pass", " - ", "label it")
    assert _parted("broken") == ("broken", "", "")


def test_tasks_that_were_deleted_meanwhile_are_told():
    (gone,) = ReportTally()._refusals(["7", "8"])
    assert (gone.code, gone.tasks, gone.count, gone.is_unreadable) == ("gone", "7-8", 2, True)
