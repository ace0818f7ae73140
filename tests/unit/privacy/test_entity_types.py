"""One table says what kinds of personal data there are; whoever speaks of one speaks of one that it knows."""

from collections import Counter
from typing import get_args

from backend.engine.guard.listing import Kind
from backend.evaluate import is_direct
from backend.privacy.entity_types import ENTITY_TYPES, INDIRECT_TYPES, KINDS, LITERAL, WITHHELD, entity_types_in
from backend.privacy.packages.labels import ASKED, TYPES
from backend.privacy.structure.vocabulary import OTHERS
from backend.results.new_personal_data import INDIRECT
from tests.parts import detector


def test_every_type_that_is_found_may_be_named():
    assert detector().kinds <= ENTITY_TYPES
    assert {LITERAL, WITHHELD} <= ENTITY_TYPES


def test_no_name_is_of_two_kinds():
    named = Counter(name for kind in KINDS for name in (*kind.types, *kind.others))
    assert not [name for name, times in named.items() if times > 1]


def test_what_keys_labels_and_guards_tell_is_in_the_table():
    told = {entity_type for _, entity_type in OTHERS} | set(TYPES.values()) - {""} | set(ASKED.values())
    assert told | set(get_args(Kind)) <= ENTITY_TYPES


def test_what_leads_to_nobody_by_itself():
    assert {"AGE", "DATE_TIME", "LOCATION", "NRP", "ORGANIZATION", "TITLE", "ZIP_CODE"} == INDIRECT_TYPES
    assert not any(map(is_direct, ("DATE", "GPE", "ORG", *INDIRECT_TYPES)))
    assert all(map(is_direct, ("DATE_OF_BIRTH", "NAME", "UK_NHS", "WARD_7")))


def test_of_what_leads_to_nobody_answers_are_searched_for_postal_codes_alone():
    assert {"ZIP_CODE"} == INDIRECT_TYPES - INDIRECT


def test_types_of_ones_own_recognizers_are_known(tmp_path):
    file = tmp_path / "ours.yaml"
    file.write_text("recognizers: [{name: wards, supported_entity: WARD_7, type: custom}]")
    assert entity_types_in(file.read_text()) == {"WARD_7"}
    assert entity_types_in("") == frozenset()
