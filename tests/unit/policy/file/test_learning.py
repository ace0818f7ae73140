"""How many of very many labels are offered: a number, on which answers hang."""

import pytest

from backend.errors import PolicyFileError
from tests.unit.policy.test_policy import decide, load, rule


def test_how_many_labels_are_offered_is_a_part_of_what_an_answer_hangs_on(tmp_path):
    (tmp_path / "plain").mkdir()
    plain = decide(load(tmp_path / "plain", rule("r", rest="providers: [ours]")))
    decided = decide(load(tmp_path, rule("r", rest="providers: [ours]\n    labels: {offer: 40}")))
    assert (plain.offered, decided.offered) == (0, 40)
    assert decided.digest != plain.digest


@pytest.mark.parametrize("said", ["{}", "{offer: 1}", "{offer: 2001}", "{offer: 5, most: 3}", "40"])
def test_labels_that_are_offered_are_a_number_of_them(tmp_path, said):
    with pytest.raises(PolicyFileError, match=r"rules\[0\]\.labels"):
        load(tmp_path, rule("r", rest=f"providers: [ours]\n    labels: {said}"))
