"""What may be named in a policy is what detection finds."""

from backend.policy.file.entities import ENTITY_TYPES, entity_types_in
from backend.privacy.text.merge import LITERAL, WITHHELD
from tests.parts import detector


def test_every_type_that_is_found_may_be_named():
    assert detector().kinds <= ENTITY_TYPES
    assert {LITERAL, WITHHELD} <= ENTITY_TYPES


def test_types_of_ones_own_recognizers_are_known(tmp_path):
    file = tmp_path / "ours.yaml"
    file.write_text("recognizers: [{name: wards, supported_entity: WARD_7, type: custom}]")
    assert entity_types_in(file.read_text()) == {"WARD_7"}
    assert entity_types_in("") == frozenset()
