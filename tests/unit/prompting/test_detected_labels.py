"""Which labels mean what detection finds, and what a model is asked instead."""

import pytest

from backend.labelstudio.config import build_plan
from backend.policy.types import KnownLabels
from backend.privacy.language import Legible
from backend.prompting.detected_labels import (
    LabelTrust,
    asked_plans,
    detected_labels,
    labels_within,
    offered_answer,
    offered_plan,
)
from tests.parts import HANDLERS

ALONE, BOTH = LabelTrust.DETECTION, LabelTrust.BOTH


def config(*labels, tag="Labels", more="", on="Text"):
    inner = "".join(label if label.startswith("<") else f'<Label value="{label}"/>' for label in labels)
    return f'<View><{on} name="text" value="$text"/><{tag} name="ner" toName="text"{more}>{inner}</{tag}></View>'


def planned(*labels, **kinds):
    return build_plan(config(*labels, **kinds), HANDLERS)


def detected(*labels, known=None, **kinds):
    """Return what detection marks: by label, what it means and who is trusted."""
    found = detected_labels(planned(*labels, **kinds), KnownLabels() if known is None else known)
    return {label.result: (label.means, label.trust) for label in found.get("ner", ())}


@pytest.mark.parametrize(
    ("name", "means"),
    [
        *(
            (name, "PERSON")
            for name in ("Person", "PER", "per", "People", "Name", "full_name", "Personne", "Имя", "ФИО")
        ),
        *((name, "PERSON") for name in ("Persona", "Personen", "nombre completo")),
        *((name, "PHONE_NUMBER") for name in ("Phone", "phone-number", "Téléphone", "Телефон", "Telefonnummer")),
        *((name, "EMAIL_ADDRESS") for name in ("E-mail", "email", "EMAIL_ADDRESS", "Courriel", "Почта")),
        *((name, "IBAN_CODE") for name in ("IBAN", "iban code")),
    ],
)
def test_a_label_means_an_entity_type_by_its_name_in_five_languages(name, means):
    assert detected(name, "Drug") == {name: (means, ALONE)}


@pytest.mark.parametrize("name", ["Date", "Дата", "Datum", "Address", "Адрес", "Location", "LOC", "Time"])
def test_where_detection_is_often_right_the_model_is_asked_too(name):
    ((_, trust),) = detected(name, "Drug").values()
    assert trust is BOTH


@pytest.mark.parametrize("name", ["Drug", "Organization", "ORG", "Patient", "Personal", "Company", "City", "$who"])
def test_other_labels_are_left_to_the_model(name):
    assert detected(name) == {}


def test_an_alias_counts_as_a_name():
    assert detected('<Label value="Кто" alias="person"/>') == {"person": ("PERSON", ALONE)}


def test_a_label_that_means_the_rest_beside_a_narrower_one_is_left_to_the_model():
    assert detected("Person", "Doctor") == {}
    assert detected("Date", "DOB", "Phone") == {"Phone": ("PHONE_NUMBER", ALONE)}
    assert detected('<Label value="Person" entity="PERSON"/>', "Doctor") == {"Person": ("PERSON", ALONE)}


def test_the_config_says_what_a_label_means_and_so_does_the_policy():
    assert detected('<Label value="Who" entity="PERSON"/>') == {"Who": ("PERSON", ALONE)}
    assert detected('<Label value="Person" entity="none"/>') == {}
    assert detected('<Label value="Person" entity="none"/>', known=KnownLabels({"Person": "PERSON"})) == {}
    known = KnownLabels({"Patient": "PERSON", "Date": "DATE_TIME", "phone": ""})
    assert detected("Patient", "Date", "Phone", known=known) == {
        "Patient": ("PERSON", ALONE),
        "Date": ("DATE_TIME", ALONE),
    }
    assert detected('<Label value="Badge" entity="STAFF_NUMBER"/>') == {"Badge": ("STAFF_NUMBER", ALONE)}


def test_what_no_single_stretch_can_answer_is_left_to_the_model():
    assert detected("Person", more=' choice="multiple"') == {}
    assert detected('<Label value="Person" maxUsages="1"/>') == {}
    assert detected("Person", more=' maxUsages="2"') == {}
    assert detected_labels(planned("Person"), None) == {}
    about = (
        '<Choices name="sure" toName="text" perRegion="true"><Choice value="a"/><Choice value="b"/></Choices></View>'
    )
    plan = build_plan(config("Person").replace("</View>", about), HANDLERS)
    assert detected_labels(plan, KnownLabels()) == {}
    choices = config('<Choice value="Person"/>', tag="Choices")
    assert detected_labels(build_plan(choices, HANDLERS), KnownLabels()) == {}


def test_what_is_related_is_asked_for_as_well():
    related = config("Person", "Drug").replace("</View>", '<Relations><Relation value="takes"/></Relations></View>')
    found = detected_labels(build_plan(related, HANDLERS), KnownLabels())
    assert [label.trust for label in found["ner"]] == [BOTH]


def test_a_model_is_offered_the_other_labels_and_need_not_find_any():
    plan = planned("Person", "Date", "Drug", more=' required="true"')
    offered = offered_plan(plan, detected_labels(plan, KnownLabels()))
    (control,) = offered.controls
    assert [label.name for label in control.labels] == ["Date", "Drug"]
    assert not control.flag("required")
    assert plan.controls[0].flag("required")


def test_names_hang_on_the_language_and_what_has_a_form_does_not():
    labels = detected_labels(planned("Person", "Address", "Phone", "Date"), KnownLabels({"Phone": "PHONE_NUMBER"}))
    within = {legible: labels_within(labels, legible) for legible in Legible}
    assert within[Legible.WHOLLY] is labels
    found = {legible: {label.result: label.trust for label in own["ner"]} for legible, own in within.items()}
    assert found[Legible.PARTLY] == {"Person": BOTH, "Address": BOTH, "Phone": ALONE, "Date": BOTH}
    assert found[Legible.NOT] == {"Phone": ALONE, "Date": BOTH}


def test_a_model_is_asked_more_the_less_is_read():
    plan = planned("Person", "Phone", "Drug")
    asked = asked_plans(plan, detected_labels(plan, KnownLabels()))
    offered = {
        legible: [label.name for c in own.offered.controls for label in c.labels] for legible, own in asked.items()
    }
    assert offered[Legible.WHOLLY] == ["Drug"]
    assert offered[Legible.PARTLY] == offered[Legible.NOT] == ["Person", "Drug"]
    alike = asked_plans(plan, detected_labels(planned("Phone"), KnownLabels()))
    assert alike[Legible.WHOLLY] is alike[Legible.PARTLY] is alike[Legible.NOT]


def test_a_control_of_known_labels_is_not_offered_and_a_plan_without_any_is_the_same():
    plan = planned("Person", "Phone")
    assert offered_plan(plan, detected_labels(plan, KnownLabels())).controls == ()
    other = planned("Drug")
    assert offered_plan(other, detected_labels(other, KnownLabels())) is other


def test_examples_say_nothing_of_known_labels():
    plan = planned("Person", "Drug")
    labels = detected_labels(plan, KnownLabels())
    person, drug = {"label": "Person", "text": "Ann"}, {"label": "Drug", "text": "aspirin"}
    assert offered_answer({"ner": [person, drug], "mood": "Person"}, plan, labels) == {"ner": [drug], "mood": "Person"}
