"""Which labels are offered: those that the text names, those of like tasks, then the frequent ones; always so many."""

import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from backend.review.similar.likeliest import USUAL, LabelNames, likeliest
from backend.review.similar.shelf import LabelUse
from tests.child import ROOT

NONE = LabelUse()
COUNT = st.integers(1, 60)
USE = st.builds(LabelUse, st.sampled_from([0.0, 0.5, 1.0, 2.5]), st.integers(0, 9))


def best(names, text):
    """Return the labels that a text names, the likeliest first."""
    scores = LabelNames([name] if isinstance(name, str) else name for name in names).scores([text]).tolist()
    return [names[n] for n in sorted(range(len(names)), key=lambda n: -scores[n]) if scores[n] > 0]


def test_words_of_a_name_are_found_however_it_is_spelt():
    names = ["card_lost", "roomDirty", "money > Refund", "Other"]
    assert best(names, "I have lost my cards") == ["card_lost"]
    assert best(names, "The rooms were dirty.") == ["roomDirty"]
    assert best(names, "Please: refunded in full!") == ["money > Refund"]
    assert best(names, "Nothing of it") == []


def test_words_of_a_hint_are_found():
    assert best([("K12", "the card is lost"), ("K13", "the room is dirty")], "a dirty room") == [
        ("K13", "the room is dirty")
    ]


def test_words_of_other_scripts_are_found():
    assert best(["Утеря карты", "Грязный номер", "卡丢失"], "Потеряла карту") == ["Утеря карты"]
    assert best(["Утеря карты", "卡丢失"], "我的卡") == ["卡丢失"]


def test_what_few_labels_have_tells_more():
    names = ["card lost", "card stolen", "card late", "card broken"]
    assert best(names, "a stolen card")[0] == "card stolen"


def test_labels_of_like_tasks_and_those_that_the_text_names_come_in_turns():
    uses = [LabelUse(1.0, 1), LabelUse(3.0, 1), LabelUse(2.0, 1), NONE, NONE]
    assert likeliest(uses, [0, 0, 0, 1, 2], 5) == [1, 2, 4, 0, 3]


def test_where_nothing_tells_the_frequent_ones_come_then_the_configs_order():
    uses = [NONE, LabelUse(0.0, 2), NONE, LabelUse(0.0, 5)]
    assert likeliest(uses, [0] * 4, 3) == [3, 1, 0]
    assert likeliest([NONE] * 4, [0] * 4, 3) == [0, 1, 2]


def test_some_are_the_most_frequent_whatever_the_text_says():
    uses = [*(LabelUse(1.0, 1) for _ in range(20)), LabelUse(0.0, 9)]
    assert 20 in likeliest(uses, [0] * 21, USUAL)
    assert 20 not in likeliest(uses, [0] * 21, USUAL - 1)


@given(st.lists(st.tuples(USE, st.sampled_from([0.0, 1.0, 2.0])), max_size=60), COUNT)
def test_there_are_always_so_many_each_once_and_the_most_like_ones_among_them(labels, most):
    uses, named = [use for use, _ in labels], [score for _, score in labels]
    found = likeliest(uses, named, most)
    assert len(found) == len(set(found)) == min(most, len(labels))
    assert found == likeliest(uses, named, most)
    near = sorted(range(len(labels)), key=lambda n: (-uses[n].likeness, -uses[n].count, n))
    sure = [n for n in near if uses[n].likeness > 0][: most // 2]
    assert set(sure) <= set(found)


def test_it_is_the_same_in_each_process_though_hashes_are_others():
    """Of a text with more words than are asked about, all equally rare."""
    code = (
        "from backend.review.similar.likeliest import LabelNames\n"
        "names = LabelNames([f'name{n} other{n}'] for n in range(200))\n"
        "print(names.scores([' '.join(f'name{n}' for n in range(200))]).tolist())"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        for seed in "123"
    }
    assert len(told) == 1
