"""Surrogates of names: each word of a name has one in the whole task, so that a later surname alone has it too."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from backend.privacy.names import gazetteer, lists
from backend.privacy.names.declension import CASES, forms, given_name
from backend.privacy.names.kinship import latin, root
from backend.privacy.names.parts import WORD, Part, initials, is_one_part, name_words, parts, split_humps, stem
from backend.privacy.replace.operators.chance import Chance
from backend.privacy.text.normalize import normalize

_FEMALE_ENDINGS = ("a", "ia", "ine", "elle", "ette", "anne", "lyn", "ie", "een", "eth", "ey")
_LATIN_GIVEN = {
    **{stem(name): "f" for name in (*lists.LATIN_FEMALE, *lists.OTHER_FEMALE)},
    **{stem(name): "m" for name in (*lists.LATIN_MALE, *lists.OTHER_MALE)},
}
_NAMES = frozenset(
    word.lower()
    for pool in (lists.COMMON_FIRST, lists.COMMON_SURNAMES, lists.LATIN_SURNAMES, tuple(_LATIN_GIVEN))
    for word in pool
)
_SURNAMES = frozenset(word.lower() for word in (*lists.COMMON_SURNAMES, *lists.LATIN_SURNAMES))
_CYRILLIC_FEMALE = frozenset(lists.CYRILLIC_FEMALE)
_PATRONYMIC = re.compile(
    r"(?:.*(?:[оеё]в|ь)|ион|кузьм|лук|никит|савв|фок|фом|.{2,}(?=ыч))"
    r"(?:[иы]ч(?P<m>а|у|ем|е|)|(?:н|(?:ин)?ичн)(?P<f>а|ы|е|у|ой))$"
)
_MALE_PLACE = re.compile(r"(?:ск|ов|ев|ин|град|бург|дар|ир|орг|он|рь|ль|нь)$")
_SURNAME_ENDING = re.compile(
    r"...(?:s[oe]n|sk[iya]|ck[ia]|wicz|czyk|[ae]rek|ez|berg|mann|stein|[oe]v[aá]?|enko|yan|shvili|dze|escu|poulos|akis)$"
)
_PLACE_KIND = re.compile(rf"\s(?:{'|'.join(lists.PLACE_KINDS)})$")
_PARTICLES = frozenset("al el ul ur ud de di da la le du af av zu zur ter ten te".split())
_COMMA = re.compile(r"(\s*,\s*)")
_COMPASS = re.compile(r"(?:north|south|east|west)ern |central ", re.IGNORECASE)
_SURNAME = re.compile(r"(?P<stem>.*(?:[оеё]в|[иы]н))(?P<end>ым|ой|а|у|е|)$")
_PLURAL = re.compile(r"(?P<stem>.*(?:[оеё]в|[иы]н))(?P<end>ы|ых|ыми)$")
_ADJECTIVE = re.compile(r"(?P<stem>.+)(?P<end>ий|ый|ой|ого|ому|им|ым|ом|ая|ую)$")
_ENDINGS = {"": 0, "а": 1, "у": 2, "ым": 4, "е": 5}
_FEMALE_SURNAME_ENDINGS = {"а": 0, "ой": 1, "у": 3}
_ADJECTIVE_CASES = {"ий": 0, "ый": 0, "ой": 0, "ого": 1, "ому": 2, "им": 4, "ым": 4, "ом": 5}


class TakenWords:
    """Words that no surrogate may hold, in whatever case, with whatever accents.

    Args:
        texts: of the task; nor may a surrogate hold kin of their words, or one of them in other letters.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._stems: set[str] = set()
        self._roots: set[str] = set()
        for text in texts:
            self.add(text)
            self._roots |= set(map(root, WORD.findall(text)))

    def add(self, text: str) -> None:
        """Take all words of a text, and the parts of those in camelCase."""
        words = set(WORD.findall(text))
        self._stems |= set(map(_bare, words))
        self._stems |= {_bare(part.word) for word in words if not is_one_part(word) for part in split_humps(word)}

    def has(self, text: str) -> bool:
        """Say whether a word of a text is taken."""
        return any(self._has(word) for word in WORD.findall(text))

    def _has(self, word: str) -> bool:
        if _bare(word) in self._stems:
            return True
        if not _is_cyrillic(word[0]):
            return False
        its = root(word)
        return its in self._roots or any(form in self._stems or root(form) in self._roots for form in latin(word))


def _bare(word: str) -> str:
    """Return what a word has in common with its other forms and spellings."""
    its = stem(word)
    if its.isascii():
        return its
    apart = unicodedata.normalize("NFD", its)
    return "".join(char for char in apart if not unicodedata.combining(char))


def _forms(base: str, role: str) -> tuple[str, ...]:
    """Return the words of which a surrogate may be written, in the nominative."""
    if role == "father":
        return base, base + "ич", base + "на"
    if role == "nationality":
        return base, base + "s"
    return (base, base + "а") if role == "surname" and _is_cyrillic(base[0]) else (base,)


class Names:
    """Writes surrogates of names.

    Args:
        seed: of the task.
        taken: words that stand in the texts, of which no surrogate may hold one in any form.
    """

    def __init__(self, seed: str, taken: "TakenWords") -> None:
        self._seed, self._taken = seed, taken
        self._bases: dict[tuple[str, str], str | None] = {}
        self._roles: dict[str, tuple[str, str]] = {}
        self.restored: dict[str, str] = {}
        """Original words by their surrogates, both in all cases; in small letters."""

    def learn(self, name: str) -> None:
        """Tell the roles of a full name's words, so that each has the same role where it stands alone."""
        for part, role, gender in _roles(normalize(name).text):
            self._roles.setdefault(part.key, (role, gender))

    def replace(self, name: str) -> str | None:
        """Return the surrogate of a name in any form; None if there is none, as for a script without a list."""
        name = normalize(name).text
        letters = [char for char in name if char.isalpha()]
        cyrillic = sum(_is_cyrillic(char) for char in letters)
        if not letters or cyrillic not in (0, len(letters)) or any(not _is_known(char) for char in letters):
            return None
        its = {part.start: part for part in parts(name)}
        its_gender = self._gender(its.values())
        changed, place, any_changed = [], 0, False
        for word in name_words(name):
            is_name = word.start in its and not _is_particle(word.word, name)
            new = self._word(word, bool(cyrillic), its_gender) if is_name else self._small(word, name, bool(cyrillic))
            if new is None:
                return None
            any_changed = any_changed or new != word.word
            changed += [name[place : word.start], new]
            place = word.end
        return "".join(changed) + name[place:] if any_changed else None

    def known(self, name: str) -> str | None:
        """Return a user name with the words of names that have a surrogate already replaced; None if it has none."""
        return self.replace(name) if self.knows(name) else None

    def knows(self, name: str) -> bool:
        """Say whether all words of a name belong to names that were learned."""
        its = parts(normalize(name).text)
        return bool(its) and all(part.key in self._roles for part in its)

    def is_known(self, name: str) -> bool:
        """Say whether a word is a name that is learned or common, or the short name of a place."""
        low = name.lower()
        return low in _NAMES | lists.SHORT_COUNTRIES or name in lists.STATES or self.knows(name)

    def place(self, name: str) -> str | None:
        """Return another place, a country for a country, of `Paris, France` each; a Russian one in the same case."""
        if any(not _is_known(char) for char in name if char.isalpha()):
            return None
        made = [self._place(part) if any(map(str.isalpha, part)) else part for part in _COMMA.split(name)]
        return None if None in made else "".join(part or "" for part in made)

    def nationality(self, name: str) -> str | None:
        """Return another country's adjective, in the plural for a plural; None if the word is no such adjective."""
        base = _nationality(name)
        new = self._base(base, "nationality", lists.NATIONALITIES) if base else None
        return self._kept(name, new + "s" * (base != name.lower())) if new else None

    def _place(self, name: str) -> str | None:
        before, after = _kept_of(name)
        if before or after:
            rest = self._place(name[len(before) : len(name) - len(after)])
            return before + rest + after if rest else None
        its = Part(0, len(name), name, stem(name))
        if name in lists.STATES or name.lower() in lists.SHORT_COUNTRIES:
            is_state = name in lists.STATES
            pool = lists.STATES if is_state else lists.LATIN_COUNTRIES
            return self._base(its.key, "state" if is_state else "country", pool)
        if not _is_cyrillic(name[:1]):
            country = name.lower() in gazetteer.COUNTRIES
            pool = lists.LATIN_COUNTRIES if country else lists.LATIN_CITIES
            base = self._base(its.key, "country" if country else "city", pool)
            return self._kept(name, base) if base else None
        if " " in name or "-" in name:
            base = self._base(its.key, "city", lists.CYRILLIC_CITIES_MALE)
            return self._kept(name, base) if base else None
        return self._cyrillic(its, "city", "m" if _MALE_PLACE.search(its.key) else "f")

    def _kept(self, name: str, new: str) -> str:
        """Return a surrogate in a name's case, and know what it stands for where it stands alone."""
        self.restored.setdefault(new.lower(), name.title() if name.isupper() else name)
        return _styled(name, new)

    def _gender(self, its: Iterable[Part]) -> str:
        """Return the gender of a name that holds a given name or a patronymic, else ""."""
        known = (self._roles.get(part.key) or _guess(part.word) for part in its)
        return next((gender for role, gender in known if role in ("given", "father")), "")

    def _word(self, part: Part, cyrillic: bool, its_gender: str) -> str | None:
        role, gender = self._roles.setdefault(part.key, _guess(part.word))
        gender = its_gender if its_gender and role == "surname" else gender
        if cyrillic:
            return self._cyrillic(part, role, gender)
        pools = {"given f": lists.LATIN_FEMALE, "given m": lists.LATIN_MALE, "city": lists.LATIN_CITIES}
        base = self._base(part.key, role, pools.get(f"{role} {gender}".strip(), lists.LATIN_SURNAMES))
        return self._kept(part.word, base) if base else None

    def _small(self, word: Part, name: str, cyrillic: bool) -> str | None:
        """Keep titles and particles; an initial becomes that of the surrogate of a word it may stand for."""
        if len(word.word) > 1:
            return word.word if word.is_no_name or _is_particle(word.word, name) else None
        letter = word.word.lower()
        for (key, _), base in self._bases.items():
            if base and key[0] == letter and key not in {part.key for part in parts(name)}:
                return base[0] if word.word.isupper() else base[0].lower()
        letters = "абвгдеклмнпрст" if cyrillic else "abcdefghjklmnprstw"
        new = Chance(self._seed, "initial", letter).among([char for char in letters if char != letter])
        return new.upper() if word.word.isupper() else new

    def _cyrillic(self, part: Part, role: str, gender: str) -> str | None:
        pool = {
            "given f": lists.CYRILLIC_FEMALE,
            "given m": lists.CYRILLIC_MALE,
            "city f": lists.CYRILLIC_CITIES_FEMALE,
            "city m": lists.CYRILLIC_CITIES_MALE,
        }.get(f"{role} {gender}", lists.FATHERS if role == "father" else lists.CYRILLIC_SURNAMES)
        base = self._base(part.key, role, pool)
        if base is None:
            return None
        nominative, case, gender = _analysed(part.word, role, gender)
        if role == "surname" and (several := _PLURAL.match(part.word.lower())):
            return self._plural(part.word, base, several)
        new = _of_gender(base, role, gender)
        for its_case in range(CASES):
            self._restore(forms(new)[its_case], forms(nominative)[its_case])
        return _styled(part.word, forms(new)[case])

    def _plural(self, word: str, base: str, several: re.Match[str]) -> str:
        """Return the surname of several people: `Ивановы`."""
        for end in ("ы", "ых", "ыми"):
            self._restore(base + end, (several["stem"] + end).capitalize())
        return _styled(word, base + several["end"])

    def _restore(self, new: str, original: str) -> None:
        """Know what a word stands for, in Latin letters too: a model may answer in another language."""
        for form in (new.lower(), *latin(new)):
            self.restored.setdefault(form, original)

    def _base(self, key: str, role: str, pool: Sequence[str]) -> str | None:
        """Return the word that stands for another in the whole task, and no other does."""
        if (key, role) not in self._bases:
            start = Chance(self._seed, role, key).below(len(pool))
            turned = (*pool[start:], *pool[:start])
            # An initial tells too much of a name to be that of what stands in its place.
            free = (w for w in turned if not (role in ("given", "father") and w[0].lower() == key[0].lower()))
            chosen = next((word for word in free if not any(map(self._taken.has, _forms(word, role)))), None)
            for form in _forms(chosen, role) if chosen else ():
                self._taken.add(form)
            self._bases[key, role] = chosen
        return self._bases[key, role]


def _kept_of(name: str) -> tuple[str, str]:
    """Return what stays of a place's name: the quarter before it, and what it is behind it, such as ` County`."""
    kind = _PLACE_KIND.search(name)
    compass = None if name.lower() in gazetteer.PLACES else _COMPASS.match(name)
    return (compass[0] if compass else ""), (kind[0] if kind else "")


def _nationality(name: str) -> str:
    """Return a nationality in small letters without a plural's ending; "" if it is none."""
    low = name.lower()
    return next((word for word in (low, low.removesuffix("s")) if word in gazetteer.NATIONALITIES), "")


def _roles(name: str) -> Iterator[tuple[Part, str, str]]:
    """Tell which words of a name are given names, patronymics and surnames, and of which gender."""
    its = parts(name)
    if not its:
        return
    guesses = [_guess(part.word) for part in its]
    genders = [gender for role, gender in guesses if role in ("given", "father")]
    known = [index for index, (role, _) in enumerate(guesses) if role == "given"]
    turned = "," in name or known == [len(its) - 1] or (len(its) == 3 and guesses[2][0] == "father")
    turned = turned or (its[0].word.isupper() and not its[-1].word.isupper())
    surname = 0 if turned else len(its) - 1
    # A Russian surname tells the gender; of other names the first given one does.
    telling = surname if _is_cyrillic(its[0].word[0]) else min(int(turned), len(its) - 1)
    gender = next(iter(genders), _titled(name) or guesses[telling][1])
    if len(its) == 1:
        is_surname = _titled(name) or initials(name) or _looks_like_surname(its[0].word)
        yield its[0], "surname" if is_surname else guesses[0][0] if _is_cyrillic(its[0].word[0]) else "given", gender
        return
    for index, part in enumerate(its):
        role = "father" if guesses[index][0] == "father" else "surname" if index == surname else "given"
        yield part, role, gender


def _looks_like_surname(word: str) -> bool:
    """Say whether a word of Latin letters that is somebody's name alone is a surname; else a given name is likelier."""
    low = word.lower()
    is_listed = low in _SURNAMES or bool(_SURNAME_ENDING.search(low))
    return is_listed and not is_given_part(word) and not _is_cyrillic(low[0])


def is_given_part(word: str) -> bool:
    """Say whether a word of Latin letters is a common given name."""
    return stem(word) in _LATIN_GIVEN or word.title() in lists.COMMON_FIRST


def _is_particle(word: str, name: str) -> bool:
    """Say whether a word is a small one within a name that has capitals, as `ul` in `Noor-ul-Ain`."""
    return word in _PARTICLES and not name.islower()


def _titled(name: str) -> str:
    first = {word.key for word in name_words(name)}
    if first & {"mr", "sir", "lord", "father", "господин", "monsieur", "herr", "señor", "don"}:
        return "m"
    return "f" if first & {"mrs", "ms", "miss", "madam", "lady", "dame", "госпожа", "madame", "frau", "señora"} else ""


def _guess(word: str) -> tuple[str, str]:
    """Guess the role and the gender of a word that stands alone."""
    low = word.lower()
    if known := given_name(word):
        return "given", "f" if known in _CYRILLIC_FEMALE else "m"
    if gender := _LATIN_GIVEN.get(stem(word)):
        return "given", gender
    if found := _PATRONYMIC.match(low):
        return "father", "f" if found["f"] else "m"
    if _is_cyrillic(low[0]):
        return "surname", "f" if low.endswith(("ова", "ева", "ёва", "ина", "ая", "ой", "ую")) else "m"
    return "surname", "f" if low.endswith(_FEMALE_ENDINGS) else "m"


def _analysed(word: str, role: str, gender: str) -> tuple[str, int, str]:
    """Return a Cyrillic word's nominative, its case (0 to 5) and its gender."""
    low = word.lower()
    if role == "given" and (known := given_name(word)):
        case = next((index for index, form in enumerate(forms(known)) if form.lower() == low), 0)
        return known, case, gender
    if role == "father" and (found := _PATRONYMIC.match(low)):
        bare = low[: len(low) - len(found["f"] or found["m"])].capitalize()
        nominative = bare + "а" * bool(found["f"])
        case = next((index for index, form in enumerate(forms(nominative)) if form.lower() == low), 0)
        return nominative, case, "f" if found["f"] else "m"
    if role == "surname":
        return _analysed_surname(low, gender)
    if role == "city":
        nominative = stem(low) + ("а" if gender == "f" else "")
        case = next((index for index, form in enumerate(forms(nominative)) if form == low), 0)
        return nominative.capitalize(), case, gender
    return low.capitalize(), 0, gender


def _analysed_surname(low: str, gender: str) -> tuple[str, int, str]:
    if found := _SURNAME.match(low):
        if found["end"] == "ой" or (gender == "f" and found["end"] in _FEMALE_SURNAME_ENDINGS):
            return (found["stem"] + "а").capitalize(), _FEMALE_SURNAME_ENDINGS[found["end"]], "f"
        return found["stem"].capitalize(), _ENDINGS[found["end"]], "m"
    if found := _ADJECTIVE.match(low):
        soft = "ий" if found["stem"][-1:] in "кгхжшщч" else "ый"
        if found["end"] in ("ая", "ую") or (gender == "f" and found["end"] == "ой"):
            return (found["stem"] + "ая").capitalize(), {"ая": 0, "ую": 3}.get(found["end"], 1), "f"
        nominative = low if found["end"] in ("ий", "ый", "ой") else found["stem"] + soft
        return nominative.capitalize(), _ADJECTIVE_CASES[found["end"]], "m"
    return low.capitalize(), 0, gender


def _of_gender(base: str, role: str, gender: str) -> str:
    if role == "father":
        return base + ("на" if gender == "f" else "ич")
    return base + "а" if role == "surname" and gender == "f" else base


def _styled(pattern: str, word: str) -> str:
    """Write a word with the other's capitals."""
    if pattern.isupper() and len(pattern) > 1:
        return word.upper()
    return word.lower() if pattern.islower() else word


def _is_cyrillic(char: str) -> bool:
    return "а" <= char.lower() <= "я" or char.lower() == "ё"


def _is_known(char: str) -> bool:
    return _is_cyrillic(char) or char < "\u0250" or "\u1e00" <= char <= "\u1eff"
