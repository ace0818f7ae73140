"""What was found and is sent as it stands is left out of what is shown, however it is written."""

from backend.engine.previews.report.kept import Veil, _is_within, _outside


def test_values_are_left_out_under_their_types():
    veil = Veil({"Emily Watson": "PERSON", "10.1.2.3": "IP_ADDRESS", " ": "NAME"})
    assert veil.over("Emily\n  Watson at 10.1.2.3!") == "█PERSON█ at █IP_ADDRESS█!"
    assert veil.over("Emily, EMILY WATSON") == "Emily, EMILY WATSON"
    assert Veil({}).over("Emily") == "Emily"


def test_the_longest_value_goes_first_and_a_short_one_stands_alone():
    veil = Veil({"Ann": "NAME", "Ann Lee": "PERSON", "45": "AGE"})
    assert veil.over("Ann Lee, Ann, Hannah; 45 or 1945") == "█PERSON█, █NAME█, Hannah; █AGE█ or 1945"
    assert (
        Veil({"北京": "LOCATION", "Boston": "LOCATION"}).over("在北京市 Bostonians") == "在█LOCATION█市 █LOCATION█ians"
    )


def test_letters_of_all_kinds_are_left_out():
    assert Veil({"Straße": "STREET_ADDRESS"}).over("Straße, straße") == "█STREET_ADDRESS█, straße"
    assert Veil({"İzmir": "LOCATION"}).over("İzmir") == "█LOCATION█"


def test_what_is_hidden_is_no_part_of_what_stands():
    assert list(_outside(0, 10, [(2, 4), (8, 12)])) == [(0, 2), (4, 8)]
    assert list(_outside(0, 10, [])) == [(0, 10)]
    assert list(_outside(3, 5, [(0, 9)])) == []
    hidden = [(2, 4), (4, 9), (12, 15)]
    assert [_is_within(*one, hidden) for one in ((2, 4), (5, 9), (12, 13))] == [True] * 3
    assert [_is_within(*one, hidden) for one in ((1, 3), (3, 5), (9, 12), (14, 16))] == [False] * 4
    assert not _is_within(1, 2, [])
