"""Names, places and organisations in Russian, by natasha's tagger and by pymorphy's dictionary of forms."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from presidio_analyzer import EntityRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts
from typing_extensions import override

from backend.privacy.detect.vocabulary.cyrillic import CYRILLIC
from backend.privacy.detect.vocabulary.dictionary import Readings, read
from backend.privacy.detect.vocabulary.diminutives import is_diminutive
from backend.system.once import once

ENTITIES = {"PER": "PERSON", "LOC": "LOCATION", "ORG": "ORGANIZATION"}
WORD = re.compile(r"(?<!\w)[\u0400-\u052f]{2,}(?:['’-][\u0400-\u052f]+)*(?!\w)")
BEFORE = re.compile(
    r"(?<!\w)(?:(?:[А-ЯЁ]\.\s?){1,2}|(?:(?:ван|фон|дер|ден|де|ди|дель|дос|ибн|бин|бен|аль|эль|ла|ле|тер|тен) ){1,3})$"
)
POSSESSIVE = re.compile(r"(?P<bare>.{2,})ин(?:[аыоу]|ой|ую|ого|ому|ым|ых|ыми|ом)?")
AFTER = re.compile(r"\s?[А-ЯЁ]\.(?:\s?[А-ЯЁ]\.)?|\s(?:оглы|оглу|огли|гызы|кызы|углы|уулу)\b", re.IGNORECASE)
INITIAL = re.compile(r" [А-ЯЁ]\.")
TITLED = re.compile(
    r"(?<![\w.])(?<!\d )(?i:(?:проф|акад|доц|ассист|инж|тов|гр|гр-н|гр-к[аеуи]|г-на?|г-ну|г-ном|г-ж[аеуи]|г-жой"
    r"|д-р[ау]?|д-ром|[дк]\.\s?[а-я]\.\s?н|лейт|полк|подп)\.?"
    r"|(?:врач|пациент|больн|доктор|профессор|доцент|лейтенант|капитан|майор)[а-яё]{0,4})"
    r" (?P<name>[А-ЯЁ][а-яё]{1,3}|[ЮОЕ])(?![\w-])"
)
"""A surname of a few letters behind what people are called: the tagger takes it for no name."""
NOT_TITLED = frozenset(
    "вы вас вам ваш вами ваша ваше ваши вашу он она они мы мне нам нас не но да на по от до из за при без под как так"
    " что где кто это тот та те для ему ей её его их все всё нет был мой моя если тоже".split()
)
COUPLE = re.compile(r" (?:и|да|й|та|і|или|либо|плюс|со?) (?=[А-ЯЁІЇЄ])")
"""Between two people whom the tagger takes for one."""
SENTENCE = re.compile(r"[^\n.!?…]+")
BEGINS = re.compile(r"(?:\A|[\n.!?…:«\"(])[\s\W]*$")
YEAR = re.compile(
    r"(?<![\d.,])(?:19|20)\d\d(?=\s?-?(?:й|м|го|му)?\s?(?:г\.\s?р\b|гг?\b|год[ауе]?\b|году?\s+рожд))"
    r"|(?<=рождения )(?:19|20)\d\d\b|(?<=род\. )(?:19|20)\d\d\b|(?<=родился в )(?:19|20)\d\d\b"
    r"|(?<=родилась в )(?:19|20)\d\d\b",
    re.IGNORECASE,
)
_DRUG = r"(?:[а-яё]{3,16}(?:ин|ол|ам|ан|ал|он|ил|ид|ат|ен|аб|ит|ир|акс|им)[ауы]?|но-шп\w) "
DOSED = re.compile(
    rf",? (?:(?:{_DRUG})?(?:\d[\d.,]* ?(?:м?к?г|мл|ед|МЕ|таб|капс|кап|амп|доз|флак)|[вп]/[вмк](?!\w))"
    r"|(?:дренаж|катетер|повязк|шв[аы](?!\w)|гипс|температур|без жалоб|на (?:ИВЛ|кислород)|АД|ЧСС|сахар \d))"
)
"""What whoever gets or has it has behind: no drug is called as somebody alive is (`Мельник 2 таб`)."""
PATIENTS = frozenset("ребёнок ребенок мальчик девочка женщина мужчина младенец человек плод мать".split())
"""Who has it as well, and is no name."""
NO_NAME = re.compile(r"^.{0,3}$|(?:тель|ци[яию]|ни[еяю]|ость|изм|лог|граф|метр|инг)$")
"""Words that are none, though the dictionary lacks them."""
LIKELY, POSSIBLE = 0.4, 0.02
"""How sure the dictionary must be that a word is a name: where any word has a capital, and where names alone do."""
SMALL, INTRODUCED = 0.9, 0.1
"""How sure, of a word in small letters among such with capitals, and behind a word such as `doctor`."""

_ROLES = """
    адвокат админ акушерка баба бабушка больная больной брат бухгалтер водитель врач господин госпожа гражданин
    гражданка дед дедушка директор доктор доцент друг дядя жена завхоз звать инспектор истец капитан клиент клиентка
    коллега курьер лейтенант майор мама мастер медсестра менеджер муж начальник невестка нотариус оператор ответчик
    отец папа пациент пациентка педиатр племянник племянница подруга полковник потерпевшая потерпевший препод
    преподаватель прокурор профессор свекровь свидетель сержант сестра следователь слесарь сосед соседка староста
    судья сын терапевт тесть тётя тетя товарищ тренер тётка тетка участковый учитель учительница фельдшер хирург
"""
ROLES = frozenset(_ROLES.split())
"""What people are called beside their names, in the dictionary's form."""


@dataclass(slots=True)
class _Word:
    """A word, with capitals given to it and as it is written, and what it is likely to name; "" if nothing."""

    start: int
    end: int
    text: str
    written: str
    kind: str = ""


class RussianRecognizer(EntityRecognizer):
    """Quick where there is no Cyrillic letter. May be used by several threads: it works under a lock.

    Args:
        score: of all that is found; above spaCy's, which guesses at Cyrillic words.
        supported_language: Presidio's key.
    """

    def __init__(self, score: float = 0.9, supported_language: str = "en", name: str = "Russian") -> None:
        self.score = score
        self._lock = threading.Lock()
        kinds = [*ENTITIES.values(), "NAME", "DATE_TIME"]
        super().__init__(kinds, supported_language=supported_language, name=name)

    def load(self) -> None:
        """Do nothing: what reads Russian is loaded with the first text that needs it."""

    @override
    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
    ) -> list[RecognizerResult]:
        """Return the tagger's spans, the words that the dictionary knows as names, and years."""
        if not CYRILLIC.search(text):
            return []
        with self._lock:
            cased = _cased_text(text)
            spans = _tagger()(cased).spans
            found = [
                RecognizerResult(ENTITIES[s.type], *place, self.score) for s in spans for place in _places(text, s)
            ]
            titled = [RecognizerResult("PERSON", *place, self.score - 0.1) for place in _titled(text)]
            years = [RecognizerResult("DATE_TIME", *match.span(), self.score) for match in YEAR.finditer(text)]
            return [*found, *titled, *self._names(text, cased), *years]

    def _names(self, text: str, cased: str) -> Iterator[RecognizerResult]:
        """Yield words that are names, with the initials beside them."""
        words = [
            _Word(match.start(), match.end(), match[0], text[slice(*match.span())]) for match in WORD.finditer(cased)
        ]
        for index, word in enumerate(words):
            word.kind = "PERSON" if _is_possessive(cased, words, index) else _kind(cased, words, index)
        _join_neighbours(cased, words)
        for word in words:
            if not word.kind:
                continue
            start, end = word.start, word.end
            if word.kind != "LOCATION":
                before, after = BEFORE.search(text[max(start - 20, 0) : start]), AFTER.match(text, end)
                start, end = start - len(before[0]) if before else start, after.end() if after else end
            yield RecognizerResult(word.kind, start, end, self.score - 0.1)


@once
def _tagger() -> Any:
    from natasha import NewsNERTagger

    return NewsNERTagger(_embedding())


def _embedding() -> Any:
    """Return what the tagger takes of natasha's `NewsEmbedding`: no words, it has its own, and no vectors' lengths."""
    from natasha.emb import NEWS_EMBEDDING
    from navec import Navec
    from navec.meta import Meta
    from navec.navec import META, PQ_
    from navec.pq import PQ
    from navec.tar import Tar

    class Vectors(PQ):  # type: ignore[misc]
        def precompute(self) -> None:
            pass

    with Tar(NEWS_EMBEDDING) as tar:
        meta = Meta.from_file(tar.load(META))
        Meta.check_protocol(meta.protocol)
        return Navec(meta, None, Vectors.from_file(tar.load(PQ_)))


def _places(text: str, span: Any) -> Iterator[tuple[int, int]]:
    """Yield where a span of the tagger begins and ends; two people whom a word joins are two."""
    start = _first_of(text, span)
    for joint in COUPLE.finditer(text, start, span.stop) if span.type == "PER" else ():
        yield start, joint.start()
        start = joint.end()
    yield start, int(span.stop)


def _titled(text: str) -> Iterator[tuple[int, int]]:
    """Yield short surnames behind what people are called."""
    for match in TITLED.finditer(text):
        if match["name"].lower() not in NOT_TITLED:
            yield match.span("name")


def _first_of(text: str, span: Any) -> int:
    """Return where a span of the tagger begins, without a verb or a word such as `doctor`: `Позвони Анне`."""
    first = WORD.match(text, span.start, span.stop)
    if span.type != "PER" or first is None or not text.startswith(" ", first.end(), span.stop):
        return int(span.start)
    its = read(first[0].lower())
    is_none = its.verb or its.lemma in ROLES or first[0].islower()
    return first.end() + 1 if is_none and its.known and its.person < POSSIBLE else int(span.start)


def _kind(text: str, words: list[_Word], index: int) -> str:
    """Tell what a word names by itself and by what stands before it; NAME if it is no word of the language."""
    word = words[index]
    its, last = read(word.text.lower()), words[index - 1] if index else None
    is_introduced = last is not None and _is_beside(text, last, word) and read(last.text.lower()).lemma in ROLES
    if word.text.isupper():
        return its.kind if its.name >= LIKELY and its.known and len(word.text) > 3 else ""
    if word.text.islower():
        return _small_kind(word.text, its, is_introduced)
    if BEGINS.search(text, max(word.start - 20, 0), word.start):
        return "PERSON" if _is_dosed(text, word, its) else _first_kind(text, words, index)
    if its.name >= POSSIBLE:
        return its.kind
    is_one = is_introduced and words[index - 1].text.islower() and its.lemma not in ROLES
    is_one = is_one or _is_dosed(text, word, its)
    if is_one or is_diminutive(word.text) or INITIAL.match(text, word.end):
        return "PERSON"
    return "NAME" if not its.known and len(word.text) > 3 else ""


def _is_dosed(text: str, word: _Word, its: Readings) -> bool:
    """Say whether a word for somebody or an animal stands before a dose, and so is a surname."""
    return its.alive and its.lemma not in ROLES | PATIENTS and DOSED.match(text, word.end) is not None


def _first_kind(text: str, words: list[_Word], index: int) -> str:
    """Tell what a word names where any has a capital."""
    word, its = words[index].text, read(words[index].text.lower())
    if its.name >= LIKELY:
        return its.kind
    if its.known or NO_NAME.search(word):
        return ""
    return "PERSON" if is_diminutive(word) else "NAME" if _is_acting(text, words, index) else ""


def _small_kind(word: str, its: Readings, is_introduced: bool) -> str:
    """Tell what a word in small letters names among others with capitals."""
    if its.person + its.place >= SMALL and its.known and len(word) > 2:
        return its.kind
    if is_diminutive(word) and (is_introduced or not its.known):
        return "PERSON"
    return "PERSON" if is_introduced and its.person >= INTRODUCED and len(word) > 2 else ""


def _is_possessive(text: str, words: list[_Word], index: int) -> bool:
    """Say whether a word tells whose the person behind it is: `Танин муж`."""
    word, *following = words[index : index + 2]
    found = POSSESSIVE.fullmatch(word.text.lower()) if following and not word.text.islower() else None
    if not found or not _is_beside(text, word, following[0]) or read(following[0].text.lower()).lemma not in ROLES:
        return False
    return any(read(found["bare"] + ending).person >= LIKELY for ending in "ая")


def _is_acting(text: str, words: list[_Word], index: int) -> bool:
    """Say whether a verb follows a word: `Херманис говорит`."""
    word, *following = words[index : index + 2]
    return any(_is_beside(text, word, other) and other.text.islower() and read(other.text).verb for other in following)


def _is_beside(text: str, one: _Word, other: _Word) -> bool:
    return text[one.end : other.start] == " "


def _join_neighbours(text: str, words: list[_Word]) -> None:
    """Make names of the words beside a person's name, as far as they may be some: `ленка гусева`."""
    for order in (words, words[::-1]):
        runs = 0
        for other, word in pairwise(order):
            runs = runs + 1 if other.kind == "PERSON" else 0
            pair = sorted((other, word), key=lambda one: one.start)
            is_alike = _case(word.written) == _case(other.written)
            if not word.kind and runs and is_alike and _is_beside(text, *pair) and _may_be_beside(word, runs):
                word.kind = "PERSON"


def _may_be_beside(word: _Word, run: int) -> bool:
    """Say whether a word beside so many of a name may be a part of it."""
    its = read(word.text.lower())
    if its.lemma in ROLES:
        return False
    is_strange = not its.known and not word.written.islower()
    is_of_run = word.written.isupper() and run > 1 and not its.verb
    return its.person >= POSSIBLE or is_diminutive(word.text) or is_strange or is_of_run


def _case(word: str) -> tuple[bool, bool]:
    return word.islower(), word.isupper()


def _cased_text(text: str) -> str:
    """Give capitals to the names of sentences that have no case, and small letters to names in capitals."""
    return SENTENCE.sub(lambda match: _cased(match[0]), text)


def _cased(sentence: str) -> str:
    if any(map(str.isupper, sentence)) is any(map(str.islower, sentence)):
        return sentence
    return WORD.sub(_recased, sentence)


def _recased(match: re.Match[str]) -> str:
    word = match[0].lower()
    is_name = read(word).name >= LIKELY or (is_diminutive(word) and not read(word).known)
    return "-".join(part.capitalize() for part in word.split("-")) if is_name else word
