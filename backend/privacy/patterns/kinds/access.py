"""What opens doors and accounts, as people say it: codes of locks, logins beside their passwords, command lines."""

import re
from collections.abc import Iterator

from backend.privacy.patterns.kinds.keys import LOGIN_WORDS, is_odd, is_password
from backend.privacy.patterns.pattern import NAMED, SPECIFIC, Pattern, word
from backend.privacy.types import Detection

_LOCKS = (
    "alarm keybox keysafe lockbox padlock locker safe gate door garage entry intercom combination key box shed lock"
    " cabinet vault"
)
_OPENS = r"(?:opens?|unlocks?|works|disarms?|(?:is\s)?set|press|punch\sin|dial|enter|type|key\sin)"
_LOCK_CODE = r"[#*]?\d(?:[ -]?\d){2,7}[#*]?"
_DOORS = (
    r"(?:domofon\w*|bram[ay]|klatk[ai]|portal|portail|portão|port[ae]|porte|immeuble|puerta|ingresso|cancello|garage\w*"
    r"|voordeur|deur|eingang|haustür|tür|kapı\w*|dør|dörr\w*|домофон\w*|двер\w+|подъезд\w*|калитк\w+|сейф\w*|ворот\w*)"
)
_USERS = (
    "user username login usuario utente utilisateur benutzer gebruiker użytkownik uživatel bruger användare"
    " användarnamn"
    " utilizador логин пользователь користувач"
)
_AND = r"(?:\s?[,;/&]\s?|\s)(?:(?:and|with|y|con|et|avec|und|mit|e|i|en|met|og|och|и|с)\s)?"
_THE = r"(?:(?:the|my|his|her|an?|initial|la|le|el|los|das|il|w|w/)\s){0,2}"
_LOGIN = "|".join(LOGIN_WORDS.split())
_NO_USER = frozenset(
    "is was not and or the has with without for from must should can will need needs who whose name id account access"
    " accounts manager support page form via y e et und con avec que de del di du und mit".split()
)


_PAIR = re.compile(
    r"(?P<user>(?<![\w.+-])[\w.+-]{1,64})@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}(?P<mark>:|\s?[/|,;]\s|[|;])[\"'`]?(?P<v>[^\s\"'`,;|/]{4,64})"
)


def scan_credentials(text: str) -> Iterator[Detection]:
    """Find the password that stands behind an address, as lists of logins have it: `ann@example.com:sunshine`."""
    for pair in _PAIR.finditer(text) if "@" in text else ():
        value = pair["v"].rstrip(".!?)")
        is_joined = pair["mark"] == ":" and pair["user"] != "git" and not value.isdigit()
        if len(value) >= 4 and "@" not in value and (is_password(value) if is_joined else is_odd(value)):
            yield Detection(pair.start("v"), pair.start("v") + len(value), "PASSWORD", NAMED, "Patterns: credentials")


def _is_lock_code(value: str) -> bool:
    """Say whether a code that follows a lock's name at once is no number of the lock: it has a sign, or gaps."""
    return not value.isdigit() and not re.fullmatch(r"(?:19|20)\d\d[ -]\d\d?[ -]\d\d?", value)


PATTERNS = (
    Pattern(
        "lock_code",
        "PASSWORD",
        word(rf"\w+\s(?:code\s)?(?P<v>{_LOCK_CODE}|\d{{3,8}}[#*])(?!\w|[.,/:-]\d|\s?%)"),
        triggers=f"{_LOCKS} code",
        score=NAMED,
        accept=_is_lock_code,
    ),
    Pattern(
        "alarm_code",
        "PASSWORD",
        word(r"\w+(?:\s(?:code|kód|kod|is|wants|needs|takes)){0,2}\s?[:=]?\s?(?P<v>\d{4,8})(?!\w|[.,/:-]\d|\s?%)"),
        triggers="alarm keybox keysafe lockbox padlock alarme alarma alarmanlage сигнализация сигнализации",
        score=NAMED,
        accept=lambda value: not re.fullmatch(r"(?:19|20)\d\d", value),
    ),
    Pattern(
        "lock_opens",
        "PASSWORD",
        word(
            rf"\w+(?:\s[^\W\d_]+){{0,5}}?\s{_OPENS}\s(?:(?:with|by|on|to|using|code|the)\s){{0,2}}"
            rf"[\"'“]?(?P<v>{_LOCK_CODE})(?!\w|[.,/:-]\d|\s?%)"
        ),
        triggers=f"{_LOCKS} keypad code",
        score=NAMED,
    ),
    Pattern(
        "door_code",
        "PASSWORD",
        word(
            rf"\w+\s?(?:(?:do|de|del|de\sla|du|da|di|della|van\sde|für\sdie|für|zum|zur|til|till|от|для|к|на)\s)?"
            rf"{_DOORS}\s?(?:[:=-]\s?|(?:est|es|è|to|ist|is|jest|это)\s)?(?P<v>(?=\S*\d)[\w#*]{{2,12}})(?!\w|[.,/:-]\d)"
        ),
        triggers="kod kód code código codigo codice code код кода kode koda",
        score=NAMED,
    ),
    Pattern(
        "code_that_is",
        "PASSWORD",
        word(
            r"\w+\s(?:[^\W\d_]+\s)?(?:code|voucher|key)(?:\s(?:is|was|will\sbe)\s|\s?:\s?)[\"'“]?(?P<v>[\w][\w#*!-]{2,40}\w)"
        ),
        triggers=(
            "temporary temp new provisional initial interim reset login sign signin voucher wifi pairing pickup"
            " collection claim transfer redemption recovery override lock keypad personal port activation access"
            " registration entry unlock confirmation pass"
        ),
        score=NAMED,
        accept=is_odd,
    ),
    Pattern(
        "security_answer",
        "PASSWORD",
        word(
            r"answer(?:\sto\s(?:the|my|your|his|her|their|our)\s(?:(?:security|secret|challenge|verification)\s)?question)"
            r"(?:\s(?:is|was)|\s?[:=])\s?[\"'“]?(?P<v>[\w'’-]{3,40}(?:\s[A-Z][\w'’-]+){0,2})(?=[\"'”]?\s*(?:$|[\n.;,(]))"
        ),
        triggers="answer",
        score=NAMED,
        accept=is_password,
    ),
    Pattern(
        "digits_of_card",
        "CVV",
        word(
            r"\w+(?:\s(?:on|at|from)\s(?:the|its|my)\s(?:back|rear|reverse|front))?(?:\s(?:are|is|were|was)|\s?:)?\s"
            r"(?P<v>\d{3,4})(?![\w%]|[.,/-]\d)"
        ),
        triggers="digits ziffern chiffres dígitos digitos cifre cijfers цифры",
        score=NAMED,
        accept=lambda value: not re.match(r"(?:19|20)\d\d", value),
    ),
    Pattern(
        "login_with_password",
        "USERNAME",
        word(
            rf"\w+\s?:?\s?(?P<v>[a-z][\w.@+-]{{2,38}}\w){_AND}{_THE}(?:[^\W\d_]{{3,12}}\s)?"
            rf"(?=(?:{_LOGIN}|pin|mot\sde\spasse)\b)"
        ),
        triggers=f"{_USERS} admin account",
        score=SPECIFIC,
        accept=lambda value: value.lower() not in _NO_USER,
    ),
    Pattern(
        "login_that_is",
        "USERNAME",
        word(
            r"\w+\s(?:(?:user|login|account|name)\s)?(?:is|was)\s(?:still|now|just|always)\s(?P<v>(?-i:[a-z])[\w.-]{2,30}\w)"
            r"(?=\s(?:with|and|/|plus)\s(?=\S*\d)\S*[^\W\d_])"
        ),
        triggers=f"{_USERS} admin account root",
        score=NAMED,
    ),
    Pattern(
        "password_that_it_is",
        "PASSWORD",
        word(
            r"\w+[^.:=\n]{0,40}?[;,.–—-]\s(?:it(?:['’]s|\sis|\swas)|which\sis|namely|i\.e\.,?)\s[\"'“]?(?P<v>[^\s\"'“”,;]{4,64}[^\s\"'“”,;.)])"
        ),
        triggers=f"{LOGIN_WORDS} pin",
        score=NAMED,
        accept=lambda value: is_odd(value) or value.count("-") > 1,
    ),
    Pattern(
        "network_name",
        "USERNAME",
        word(
            r"\w+(?:-fi)?(?:\s(?:name|network))?(?:\s(?:is|ist|heißt|called|named|est|se\sllama|si\schiama))+\s[\"'“„]?"
            r"(?P<v>[\w-]{4,32}\w)"
        ),
        triggers="ssid wlan wifi wi network netzwerk réseau",
        score=NAMED,
        accept=is_odd,
    ),
    Pattern(
        "accounts",
        "USERNAME",
        word(r"\w+(?:\s[a-z]+){0,2}\s?[,:]?\s[\w.@-]{3,40}(?:\s(?:and|&|or|und|et|y|и)|,)\s(?P<v>@?[\w.-]{2,39}\w)"),
        triggers="accounts users logins usernames handles",
        score=NAMED,
        accept=lambda value: re.search(r"[^\W\d_]\d|[a-z][._]\w", value) is not None,
    ),
    Pattern(
        "fingerprint",
        "SECRET",
        word(r"md5:(?:[0-9a-f]{2}:){15}[0-9a-f]{2}|sha(?:1|256):(?-i:(?=\S*[A-Z])(?=\S*[a-z]))[\w+/]{20,64}"),
        triggers="md5 sha1 sha256",
        score=SPECIFIC,
    ),
    Pattern(
        "odd_token",
        "PASSWORD",
        re.compile(r"(?=\S*\d)(?=\S*[^\W\d_])[^\W_]{2,}[!#$^*][^\W_][\w!#$^*]{1,30}(?![\w:/=+-]|[.,]\w)"),
        starts="A* 1",
        context="login",
        confirmed=0.6,
    ),
    Pattern(
        "login_of_domain",
        "USERNAME",
        word(
            r"\w+(?:\s[^\W\d_]+){0,2}[\s:=]{1,3}[\"'`]?(?P<v>(?-i:[A-Z][A-Z0-9-]{1,14})\\{1,2}[a-z][\w.-]{1,30}\w)(?![\\\w])"
        ),
        triggers="domain account user username login logon signed logged as",
        score=SPECIFIC,
    ),
    Pattern(
        "user_of_sudo",
        "USERNAME",
        word(r"sudo(?:\[\d+\])?:\s+(?P<v>[a-z_][\w.-]{1,31})(?=\s:\s)"),
        triggers="sudo",
        score=SPECIFIC,
    ),
    Pattern(
        "command_user",
        "USERNAME",
        word(r"\w+\b[^\n|;]{0,120}?\s(?:-u|--user(?:name)?[= ])\s?(?P<v>[a-z_][\w.-]{1,31})(?![\w:])"),
        triggers="mysql mysqldump mysqladmin mariadb psql pg sqlcmd mongo mongosh",
        score=SPECIFIC,
    ),
    Pattern(
        "command_password",
        "PASSWORD",
        word(
            r"(?:(?:mysql|maria|mongo|sshpass)\w*\b[^\n|;]{0,160}?\s(?-i:-p)|sqlcmd\b[^\n|;]{0,160}?\s(?-i:-P)"
            r"|redis-cli\b[^\n|;]{0,160}?\s-a)\s?[\"']?(?P<v>(?!\d{2,5}(?:\s|$))[^\s\"']{3,64})"
        ),
        triggers="mysql mysqldump mysqladmin mariadb mongo mongosh sshpass sqlcmd redis",
        score=SPECIFIC,
    ),
    Pattern(
        "command_login",
        "PASSWORD",
        word(r"\w+\b[^\n|;]{0,120}?\s(?:-u|--user)[= ]?[\"']?(?P<v>[^\s\"':]{2,40}:[^\s\"']{2,64})"),
        triggers="curl wget http",
        score=SPECIFIC,
    ),
)
