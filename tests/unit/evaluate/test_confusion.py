"""What annotated values are taken for is counted by kind."""

from backend.evaluate import NOTHING, Annotated, Mark, confusion


def test_a_value_counts_under_what_covers_most_of_it():
    text = "card 4111 1111 and zip 52001, Ann"
    spans = (Mark(5, 14, "CREDIT_CARD"), Mark(23, 28, "ZIP_CODE"), Mark(30, 33, "PERSON"))
    found = [Mark(5, 9, "ZIP_CODE"), Mark(9, 14, "CREDIT_CARD"), Mark(23, 28, "ID_NUMBER")]
    counts = confusion([Annotated(text, spans)], [found])
    assert counts == {("CREDIT_CARD", "CREDIT_CARD"): 1, ("ZIP_CODE", "ID_NUMBER"): 1, ("PERSON", NOTHING): 1}


def test_a_country_s_own_type_is_of_its_kind():
    documents = [
        Annotated("no. K0813", (Mark(4, 9, "DRIVER_LICENSE"),)),
        Annotated("1990", (Mark(0, 4, "DATE_OF_BIRTH"),)),
    ]
    found = [[Mark(4, 9, "US_DRIVER_LICENSE")], [Mark(0, 4, "DATE_TIME")]]
    assert confusion(documents, found) == {("DRIVER_LICENSE", "DRIVER_LICENSE"): 1, ("DATE_TIME", "DATE_TIME"): 1}
