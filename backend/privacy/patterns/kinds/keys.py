"""Secrets: passwords, keys, tokens, and how people write them."""

import re
from collections import Counter

from backend.privacy.patterns.pattern import NAMED, SPECIFIC, Pattern, number, word, words

LOGIN_WORDS = (
    "password passwords passwd pwd pw passphrase passcode pass pswd psw пароль пароля паролем паролю пароли пароле "
    "mdp contraseña contrasena clave passwort kennwort hasło haslo wachtwoord lösenord losenord senha heslo "
    "salasana jelszó şifre sifre parola adgangskode"
)
"""Words for passwords in many languages."""
_PIN = "pin pins otp passcode pincode пин пинкод"
_BEHIND = (
    "inicial|temporal|provisional|nueva|actual|iniziale|provvisoria|temporanea|initiale?|provisoire|temporaire|"
    "provisória|temporária|początkowe|tymczasowe"
)
"""What stands behind a word for a password and says which one it is."""
_KEY = (
    "key keys apikey secret secrets token tokens accesskey secretkey privatekey authtoken accesstoken bearer "
    "authorization credential credentials auth signature sig sas base64 basic ключ токен ключи jeton clé llave"
)
_ORDINARY = frozenset(
    words(
        "required incorrect wrong not invalid expired reset changed correct valid weak strong too very the a an my "
        "your his her our their this that it in on at for to from with by of or and no yes never always being been be "
        "missing empty blank protected secure safe unsafe stored encrypted hashed compromised stolen lost forgotten "
        "known unknown same different needed necessary sent given entered ready set shown hidden longer shorter short "
        "long case also still now so what how only just already about as if because when while there where which who "
        "must should can will may might has have had does did do is was are were out up off here manager policy field "
        "reset prompt recovery protection page link generator hash attempts change please again below above expiring "
        "rejected denied accepted enabled disabled used optional mandatory не это был неверный неправильный нужен "
        "изменен изменён сброшен забыл забыла слишком не было est pas le la les de du des ist nicht das die der es no "
        "la el los incorrecto incorrecta null none true false undefined string str requis oublié incorrecte "
        "invalide perdu"
    )
)
_JOIN = (
    r"(?:\s*(?:=>|->|[:=—–]|-(?=\s))\s*(?:is\s+)?|\s+(?:is|was|are|to|est|ist|lautet|es|è|jest|är|это)(?:\s*[:=]"
    r"|\s+now|\s+currently)?\s+|['’]s\s+)"
)
_VALUE = r"""["'`«“<]?(?P<v>[^\s"'`«»“”<>]{2,127}[^\s"'`«»“”<>,;.)])"""
_LATER = r"(?:\s+(?:for|to|of|on|от|для|к|на|pour|für|para)(?:\s+[^\s:=]+){1,4}?)?"


def is_password(value: str) -> bool:
    """Say whether a word may be a password, and goes on no sentence."""
    bare = value.rstrip(".,;:!?)")
    return len(bare) >= 3 and bare.lower() not in _ORDINARY and not re.fullmatch(r"(?:[a-z]+ly|[a-z]{4,}ed)", bare)


def is_odd(value: str) -> bool:
    """Say whether a word is no plain word: it holds a digit, or a sign or a capital in its middle."""
    bare = value.rstrip(".,;:!?)")
    return is_password(bare) and re.search(r"\d|[^\W\d_][^\w\s'’.,/-]|[_$%^*]|[a-z][A-Z]", bare) is not None


def _is_random(value: str) -> bool:
    """Say whether a long token looks drawn at random: letters of both cases and digits, or hexadecimal, and varied."""
    if not 16 <= len(value) <= 512 or len(set(value)) < 9 or max(Counter(value).values()) > len(value) // 2:
        return False
    kinds = [any(map(test, value)) for test in (str.islower, str.isupper, str.isdigit)]
    changes = len(re.findall(r"[a-zA-Z](?=\d)|\d(?=[a-zA-Z])|[a-z](?=[A-Z])", value))
    return all(kinds) and changes >= 4 and max(map(len, re.split(r"[_/-]", value))) >= 12


def _is_grouped_key(value: str) -> bool:
    """Say whether most groups mix letters and digits, as those of product keys do."""
    groups = value.split("-")
    return 2 * sum(not (group.isdigit() or group.isalpha()) for group in groups) > len(groups)


def _is_key(value: str) -> bool:
    return bool(re.search(r"\d", value)) or (len(value) >= 20 and " " not in value and not value.islower())


PATTERNS = (
    Pattern(
        "password",
        "PASSWORD",
        word(rf"(?!pass\s+to\s)\w+(?:[ -](?:word|code|phrase|кода?))?(?:_\w+)?{_LATER}[\"']?{_JOIN}{_VALUE}"),
        triggers=LOGIN_WORDS,
        score=SPECIFIC,
        accept=is_password,
    ),
    Pattern(
        "password_beside_word",
        "PASSWORD",
        word(rf"\w+(?:[ \t]+(?:{_BEHIND}))?,?[ \t]+[\"'`«“(]?(?P<v>[^\s\"'`«»“”()=]{{3,63}}[^\s\"'`«»“”()=,;.])"),
        triggers=LOGIN_WORDS,
        score=NAMED,
        accept=is_odd,
    ),
    Pattern(
        "password_of_something",
        "PASSWORD",
        word(
            rf"\w+(?:(?:\s+[^\W\d_]+){{1,4}}?|\s?\([^()\n]{{2,40}}\))"
            rf"(?:\s?[:=]\s?|\s+(?:is|to|est|ist|lautet|es|è|jest|это)\s+){_VALUE}"
        ),
        triggers=f"{LOGIN_WORDS} mot",
        score=NAMED,
        accept=is_odd,
    ),
    Pattern(
        "password_foreign",
        "PASSWORD",
        word(
            r"mot de passe(?:\s+(?:est|de|du|pour)(?:\s+\w+)?)?\s*[:=]?\s*(?:est\s+)?[\"'«]?\s?(?P<v>[^\s\"'«»]{4,64})"
        ),
        triggers="mot",
        score=0.75,
        accept=is_password,
    ),
    Pattern(
        "login_pair",
        "PASSWORD",
        word(r"\w+(?:\s?[:=]\s?|\s)[\w.@+-]{2,60}\s?[/|:]\s?(?P<v>[^\s,;/|:]{4,64})"),
        triggers="login logins creds credentials credential логин identifiants zugangsdaten",
        score=NAMED,
        accept=is_odd,
    ),
    Pattern(
        "passphrase",
        "PASSWORD",
        word(r"pass(?:phrase|word)\s*(?:is|:|=)\s*(?:[\"'«“](?P<v>[^\"'»”\n]{4,120}))"),
        triggers="passphrase password",
        score=0.85,
    ),
    Pattern(
        "passphrase_words",
        "PASSWORD",
        word(r"passphrase\s*(?:is|:|=)\s*(?P<v>[^\s.,;]+(?: [^\s.,;]+){1,11})"),
        triggers="passphrase",
        score=NAMED,
    ),
    Pattern(
        "passphrase_in_sentence",
        "PASSWORD",
        word(r"passphrase\s(?P<v>[^\W\d_]+(?: [^\W\d_]+){3,7})(?=[,.;\n]|$)"),
        triggers="passphrase",
        score=NAMED,
        accept=lambda value: value.split()[0].lower() not in _ORDINARY,
    ),
    Pattern(
        "seed_phrase",
        "SECRET",
        word(
            r"(?:seed|recovery|mnemonic)(?:\s+(?:phrase|words))?\s*(?:is|:|=|-)\s*[\"']?(?P<v>[a-z]+(?:[ "
            r",]+[a-z]+){11,23})"
        ),
        triggers="seed recovery mnemonic",
        score=0.9,
    ),
    Pattern(
        "pin_code",
        "PASSWORD",
        word(
            r"\w+(?:[ -](?:code|number|код))?(?:\s+for\s+\w+){0,3}(?:\s*[:=#]\s*|\s+(?:is|was|to)\s+|\s)"
            r"(?P<v>\d{3}[- ]\d{3}|\d\d(?:[- ]\d\d){1,3}|\d{3,8})(?![\w]|[.,-]\d|\s?%)"
        ),
        triggers=_PIN,
        score=SPECIFIC,
    ),
    Pattern(
        "code",
        "PASSWORD",
        word(
            r"(?:code|код)(?:\s+(?:for|для|от|to)\s+\w+){0,2}\s*(?::|\bis\b|\bwas\b|-)\s*(?P<v>\d{4,8}|\d{3}[- "
            r"]\d{3}|\d\d(?:[- ]\d\d){1,3})(?!\w|[.,-]\d)"
        ),
        triggers="code код",
        score=NAMED,
    ),
    Pattern(
        "code_word",
        "PASSWORD",
        word(
            r"(?:security|verification|access|secret|login|auth\w*|one-time|confirmation|door|gate|alarm|entry"
            r"|activation|backup|memorable|verbal|safe|duress|unlock|key|code|кодовое)\s+(?:(?:code|answer|question)s?"
            r"|(?P<word>word|слово)(?:\son\s(?:file|record))?)\s*(?:[:=-]|is|was|(?=[\"“'])|(?(word)(?<=\s)|(?<=\s)(?=\S*\d\S*\d)))\s*[\"“']?"
            r"(?P<v>[\w-]{3,40})"
        ),
        triggers=(
            "security verification access secret login authentication one confirmation door gate alarm entry "
            "activation backup memorable verbal safe duress unlock key code кодовое"
        ),
        score=NAMED,
        accept=is_password,
    ),
    Pattern(
        "key_beside_word",
        "SECRET",
        word(
            r"\w+?(?:[\s_-]?(?:key|token|secret|id|access|value)){0,2}[\"']?(?:\s*(?:is|was|[:=])\s*|\s+)"
            r"(?:bearer\s+|basic\s+|[:=]\s*)?[\"'`]?(?P<v>[\w+/=.~!@#$%^&*-]{8,512})"
        ),
        triggers=_KEY,
        score=NAMED,
        accept=_is_key,
    ),
    Pattern(
        "secret_assigned",
        "SECRET",
        word(r"\w+(?:_\w+){0,3}[\"']?\s*[:=]\s*[\"'`]?(?P<v>[^\s\"'`,;()]{4,512})(?!\()"),
        triggers="secret token apikey",
        score=NAMED,
        accept=is_password,
    ),
    Pattern(
        "pem",
        "SECRET",
        word(
            r"(?P<v>BEGIN(?: [A-Z0-9]+){0,4} (?:KEY|MESSAGE|CERTIFICATE|BLOCK)-{4,5}"
            r"(?:[A-Za-z0-9+/=\s:,.\\]++|-(?!-)){0,400}+(?:-{4,5}END[A-Z0-9 ]*-{4,5})?)"
        ),
        triggers="begin",
        score=0.95,
    ),
    Pattern(
        "grouped_key",
        "SECRET",
        number(r"[A-Z0-9]{4,5}(?:-[A-Z0-9]{4,5}){2,7}"),
        starts="* A1 A2 A3 A4",
        score=0.6,
        accept=_is_grouped_key,
    ),
    Pattern(
        "key_with_prefix", "SECRET", word(r"(?:sk|pk|rk|whsec)[-_][\w-]{12,200}"), triggers="sk pk rk whsec", score=0.9
    ),
    Pattern(
        "slack",
        "SECRET",
        word(r"xox[a-z]-[\w-]{8,250}|xapp-[\w-]{10,}"),
        triggers="xoxb xoxp xoxa xoxr xoxs xoxe xapp",
        score=0.95,
    ),
    Pattern(
        "hyphenated_key",
        "SECRET",
        word(r"(?:glpat|gldt|glrt|hf|npm|shpat|dop_v1|pypi|dckr_pat|sntrys|figd|nvapi|lin_api)[-_][\w-]{12,250}"),
        triggers="glpat gldt glrt hf npm shpat dop pypi dckr sntrys figd nvapi lin",
        score=0.95,
    ),
)

LONG = (
    Pattern("aws_key", "SECRET", re.compile(r"(?:AKIA|ASIA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{12,16}\b"), score=0.95),
    Pattern("github", "SECRET", re.compile(r"gh[pousr]_\w{20,255}|github_pat_\w{20,255}"), score=0.95),
    Pattern("google", "SECRET", re.compile(r"AIza[\w-]{30,40}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,}"), score=0.95),
    Pattern("jwt", "SECRET", re.compile(r"eyJ[\w-]{5,4000}(?:\.[\w-]{2,4000}){1,2}"), score=0.95),
    Pattern("random_token", "SECRET", re.compile(r"[\w+/=-]{16,512}"), score=0.55, accept=_is_random),
)
"""Tried at words of 16 letters and more."""
