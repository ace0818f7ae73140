"""Addresses in networks: e-mail, URLs, domains, hosts, IP and MAC addresses, handles."""

import re
from collections.abc import Iterator

from backend.privacy.patterns.pattern import NAMED, Pattern, number, word, words
from backend.privacy.types import Detection

_DOT = r"(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\))"
_HOST = re.compile(rf"[^\W_](?:[\w-]*[^\W_])?(?:{_DOT}[^\W_](?:[\w-]*[^\W_])?)*")
_MISTYPED_HOST = re.compile(r"[A-Za-z][\w-]*,(?:com|org|net|de|fr|ru|it|es|uk|edu)(?!\w)")
"""A comma in place of the dot: `ann@mail,ru`."""
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-!#$&'*/=?^`{|}~")
_URL = re.compile(r"[^\s<>\"`|\\^{}]+")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*$")
_PATH = re.compile(r"(?::\d{2,5})?(?:[/?#][^\s<>\"`|\\^{}]*)?")
_TRAILING = ".,;:!?)]}'*_»”"
_LABELS = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_DOTTED = re.compile(r"\.[A-Za-z]{2,}")
_HEX = frozenset("0123456789abcdefABCDEF:.")
_IPV6 = re.compile(
    r"(?:[0-9a-fA-F]{0,4}:){2,7}(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4})(?:%\w+)?(?:/\d{1,3})?(?![\w:])"
)
_MAC = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}(?![\w:])")
_FINGERPRINT = re.compile(r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){7,63}(?![\w:])")
"""Of a key or a certificate; also a long serial number."""
_COLONS = re.compile(r":[0-9a-fA-F]{0,4}:")

_TOP_LEVEL = frozenset(
    words(
        "com org net edu gov mil int info biz name pro io ai app dev co me tv xyz online site store shop tech cloud "
        "blog live email club agency world life news space website today company group digital media design onion "
        "local lan internal corp intranet eu us uk de fr es it nl be ch at se no dk fi pl cz sk hu ro bg gr pt ie is "
        "lt lv ee ru su ua by kz ge am az il tr ir ae sa eg za ng ke ma tn in pk bd lk cn jp kr tw hk sg my th id ph "
        "vn au nz ca mx br ar cl pe ve uy ec bo cr pa do cu pr cy mt lu li mc sm va al ba mk si hr xn рф бел укр "
        "example invalid"
    )
)  # no py, sh, rs, md, so, zip, mov, js: names of files
_HANDLE_STOP = frozenset(
    words(
        "media param return returns import property override everyone here channel all the todo gmail dataclass "
        "dataclasses staticmethod classmethod abstractmethod pytest overload override"
    )
)

_AT = (
    r"(?:\s*[\[({<]\s*(?:at|a|@|собака|arroba|ät)\s*[\])}>]\s*|[ \t]@[ \t]?|(?<=\w)@[ \t]"
    r"|\s+(?:AT|at|собака|собачка|arroba|chez|arobase|ät|małpa|klammeraffe|apenstaartje|@)\s+)"
)
_SPOKEN_DOT = (
    r"(?:\s*[\[({<]\s*(?:dot|точка|punto|point|punkt|\.)\s*[\])}>]\s*|\s+(?:DOT|dot|точка|punto|point|punkt|ponto"
    r"|kropka)\s+|[ \t]\.[ \t]|\.)"
)
_PART = r"[A-Za-z0-9а-яё][\w-]*"
_SPOKEN_SIGN = r"\s+(?:underscore|under score|dash|hyphen|minus|plus|tiret|bindestrich|unterstrich|подчеркивание)\s+"
_SPOKEN_DIGITS = r"(?:\s+(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)){0,4}"
_SPELLED_EMAIL = re.compile(
    rf"{_PART}(?:(?:{_SPOKEN_DOT}|{_SPOKEN_SIGN}){_PART}){{0,4}}{_SPOKEN_DIGITS}{_AT}{_PART}(?:{_SPOKEN_DOT}{_PART}){{1,3}}(?!\w)"
)
_SPELLED_TRIGGER = re.compile(_AT)


def _is_ip(value: str) -> bool:
    """Say whether all four numbers fit, and the address is not every machine's own."""
    parts = [int(part) for part in re.findall(r"\d+", value)[:4]]
    return max(parts) < 256 and parts not in ([127, 0, 0, 1], [0, 0, 0, 0])


PATTERNS = (
    Pattern(
        "ipv4",
        "IP_ADDRESS",
        re.compile(rf"(?<!\d\.)\d{{1,3}}(?:{_DOT}\d{{1,3}}){{3}}(?::\d{{1,5}}|/\d{{1,2}})?(?!\w|\.\d)"),
        starts="1 2 3",
        score=NAMED,
        accept=_is_ip,
    ),
    Pattern(
        "mac_dashes",
        "MAC_ADDRESS",
        number(r"[0-9a-f]{2}(?:-[0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}", re.IGNORECASE),
        starts="* A*",
        score=0.8,
    ),
    Pattern(
        "host",
        "URL",
        word(
            r"(?:host(?:name)?|server|workstation|machine|computer)\s*(?:[:=]|name(?: is)?|is)\s*"
            r"(?P<v>[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*\d[\w.-]*)"
        ),
        triggers="host hostname server workstation machine computer",
        score=0.5,
    ),
)


def scan_network(text: str) -> Iterator[Detection]:
    """Find what holds an at sign, `://`, a top-level domain or colons between hexadecimal digits."""
    if "@" in text:
        yield from _at_signs(text)
    if "://" in text:
        yield from _urls(text)
    if "." in text:
        yield from _domains(text)
    if ":" in text:
        yield from _colons(text)


def scan_spelled_email(text: str) -> Iterator[Detection]:
    """Find e-mail addresses with `at` and `dot` in words."""
    done = 0
    for trigger in _SPELLED_TRIGGER.finditer(text):
        start = max(done, trigger.start() - 60)
        for match in _SPELLED_EMAIL.finditer(text, start, trigger.end() + 80):
            if match.end() > trigger.start() and not _is_only_sentence(match[0]):
                start, done = match.start(), match.end()
                yield Detection(start, done, "EMAIL_ADDRESS", 0.75, "Patterns: email_spelled_out")
                break


def _is_only_sentence(value: str) -> bool:
    """Say whether ` at ` with a written domain after it is a sentence: `meet us at example.com`."""
    return re.search(r"\s(?:dot|DOT|точка|punto|point|punkt|ponto|kropka)\s|[\[({<@]| AT ", value) is None


def _at_signs(text: str) -> Iterator[Detection]:
    place = text.find("@")
    while place >= 0:
        start = place
        while start > 0 and place - start < 64 and _is_local(text[start - 1]):
            start -= 1
        while start < place and text[start] in "._%+-!#$&'*/=?^`{|}~":
            start += 1
        quoted = text.rfind('"', max(0, place - 40), place - 1) if text[place - 1 : place] == '"' else -1
        start = quoted if quoted >= 0 else start
        host = _MISTYPED_HOST.match(text, place + 1) or _HOST.match(text, place + 1)
        if host and start < place:
            score = 0.95 if "." in host[0] else 0.7
            yield Detection(start, host.end(), "EMAIL_ADDRESS", score, "Patterns: email")
        elif host and not (place and text[place - 1].isalnum()):
            handle = re.compile(r"[A-Za-z_][\w.]{1,39}(?:@[\w.-]+\w|:[\w-]+\.[a-z]{2,12}\b)?").match(text, place + 1)
            if handle and handle[0].lower() not in _HANDLE_STOP:
                yield Detection(place, handle.end() - handle[0].endswith("."), "USERNAME", 0.5, "Patterns: handle")
        place = text.find("@", place + 1)


def _is_local(char: str) -> bool:
    return char in _LOCAL or (char > "\x7f" and char.isalnum())


def _urls(text: str) -> Iterator[Detection]:
    place = text.find("://")
    while place >= 0:
        scheme = _SCHEME.search(text, max(0, place - 12), place)
        rest = _URL.match(text, place + 3)
        if scheme and rest:
            end = place + 3 + len(_trimmed(rest[0]))
            kind = "SECRET" if re.match(r"[^/@:]+:[^/@]+@", rest[0]) else "URL"
            yield Detection(
                scheme.start(), end, kind, 0.95, f"Patterns: {'url_with_password' if kind == 'SECRET' else 'url'}"
            )
        place = text.find("://", max(place + 1, rest.end() if rest else 0))


def _trimmed(value: str) -> str:
    opened, closed, end = value.count("("), value.count(")"), len(value)
    while end and (last := value[end - 1]) in _TRAILING and not (last == ")" and opened >= closed):
        opened, closed, end = opened - (last == "("), closed - (last == ")"), end - 1
    return value[:end]


def _domains(text: str) -> Iterator[Detection]:
    done = 0
    for dot in _DOTTED.finditer(text):
        if dot.start() < done or dot[0][1:].lower() not in _TOP_LEVEL or not (dot[0].islower() or dot[0].isupper()):
            continue
        start = dot.start()
        while start > done and dot.start() - start < 100 and (text[start - 1].isalnum() or text[start - 1] in "-._"):
            start -= 1
        while start < dot.start() and text[start] in "-._":
            start += 1
        labels = _LABELS.match(text, start)
        if labels is None or start == dot.start() or labels.end() < dot.end():
            continue
        last = labels[0].rpartition(".")[2].rstrip("-_")
        if last.lower() in _TOP_LEVEL and (last.islower() or last.isupper()) and not re.fullmatch(r"[\d.]+", labels[0]):
            path = _PATH.match(text, labels.end())
            done = labels.end() + len(_trimmed(path[0])) if path else labels.end()
            yield Detection(start, done, "URL", NAMED, "Patterns: domain")


def _colons(text: str) -> Iterator[Detection]:
    done = 0
    for mark in _COLONS.finditer(text):
        if mark.start() < done:
            continue
        start = mark.start()
        while start > done and mark.start() - start < 5 and text[start - 1] in _HEX and text[start - 1] != ".":
            start -= 1
        if start and text[start - 1].isalnum():
            continue
        mac, ip = _MAC.match(text, start), _IPV6.match(text, start)
        if fingerprint := _FINGERPRINT.match(text, start):
            done = fingerprint.end()
            yield Detection(start, done, "SECRET", NAMED, "Patterns: fingerprint")
        elif mac:
            done = mac.end()
            yield Detection(start, done, "MAC_ADDRESS", 0.9, "Patterns: mac")
        elif ip and (ip[0].count(":") == 7 or "::" in ip[0]) and re.search(r"[0-9a-fA-F]", ip[0]) and len(ip[0]) > 4:
            done = ip.end()
            yield Detection(start, done, "IP_ADDRESS", 0.85, "Patterns: ipv6")
