"""P9, spans are exact: `text[start:end]` of the original is the region's text, though the model saw a redacted one.

Any text with any spans is tried in tests/unit/privacy/test_redact.py and tests/unit/results/test_grounding.py.
"""

import re

import pytest

from tests.parts import ENTITIES, predict_body

TEXTS = [
    "Ann met Bob.",
    "👩‍👩‍👧 naïve 𝒜 Ann met Bob, cafe\u0301 Ann 🇩🇪 Bob",
    "\r\n\tİstanbul:\u00a0Ann met Bob.\r\nBob said «Ann».",
]


def marks_what_it_sees(request, schema):
    """Answer who met whom, in the words that the model was given."""
    shown = request["messages"][-1]["content"]
    ((first, second),) = re.findall(r"(\S+) met (\[\w+\]|\w+)", shown)
    return {"ner": [{"label": "PER", "text": first}, {"label": "PER", "text": second}]}


@pytest.mark.parametrize("operator", ["placeholder", "surrogate"])
@pytest.mark.parametrize("text", TEXTS)
def test_p09_regions_lie_where_their_text_stands_in_the_original(serve, vendor, text, operator):
    vendor.answer = marks_what_it_sees
    client = serve(operators={"*": operator}, known_labels="off")
    (result,) = client.post("/predict", json=predict_body(ENTITIES, text)).json()["results"]
    values = [region["value"] for region in result["result"]]
    assert [text[value["start"] : value["end"]] for value in values] == [value["text"] for value in values]
    wanted = [found.span() for found in re.finditer("Ann|Bob", text)]
    assert sorted((value["start"], value["end"]) for value in values) == wanted
    assert not re.search(r"\b(Ann|Bob)\b", vendor.requests[0]["messages"][-1]["content"])


@pytest.mark.parametrize("text", TEXTS)
def test_p09_so_do_those_that_detection_marks_and_nothing_is_sent_for_them(serve, vendor, text):
    config = ENTITIES.replace('<Label value="ORG"/>', "")
    (result,) = serve().post("/predict", json=predict_body(config, text)).json()["results"]
    values = [region["value"] for region in result["result"]]
    assert [text[value["start"] : value["end"]] for value in values] == [value["text"] for value in values]
    wanted = [found.span() for found in re.finditer("Ann|Bob", text)]
    assert [(value["start"], value["end"]) for value in values] == wanted
    assert not vendor.received
