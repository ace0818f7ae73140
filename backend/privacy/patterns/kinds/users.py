"""Names of users, as logins and platforms have them."""

import re

from backend.privacy.patterns.pattern import Pattern, word, words

USER = 0.86
"""More than a tagger's guess: a login resembles a name."""
_ORDINARY = re.compile(
    r"[a-z]+(?:ed|ing|ly)|(?:an|the|our|your|his|her|their|its|this|that|admin|administrator|root|guest|usual|another"
    r"|someone|anyone|user|invalid|wrong|incorrect|missing|empty|unknown|unique|required|taken|case|field|not|too|still"
    r"|now|one|same|valid|correct|blank|optional|null|none|able|unable|new|old|active|inactive|online|offline|gone|down|fine|okay|safe|private)"
)
_USER = (
    "username user login handle screenname nickname nick skype telegram tg discord instagram insta twitter snapchat "
    "tiktok logon логин логином ник никнейм никнеймом телеграм телеграме identifiant benutzername usuario"
)
_NOT_USER = frozenset(
    words(
        "is was not name the a an id and or to for in on at of with has can should page form button channel bot group "
        "account support"
    )
)


def _is_user(value: str) -> bool:
    return len(value) >= 3 and value.lower() not in _NOT_USER


def _is_token(value: str) -> bool:
    return bool(re.search(r"\d|[_.]\w|[a-z][A-Z]", value)) and _is_user(value)


PATTERNS = (
    Pattern(
        "username",
        "USERNAME",
        word(
            r"\w+(?:[ _-]?(?:name|id|handle|nick|tag|user))?[\"']?\s*(?:[:=]|-(?=\s))\s*[\"'`«]?@?"
            r"(?P<v>[\w.#-]{2,40}\w)"
        ),
        triggers=_USER,
        score=USER,
        accept=_is_user,
    ),
    Pattern(
        "username_beside_word",
        "USERNAME",
        word(r"\w+(?:[ _-](?:name|id|handle|nick|tag|user))?\s+(?:is\s+)?[\"'`«]?@?(?P<v>[\w.#-]{3,40})\b"),
        triggers=_USER.replace("handle ", ""),
        score=USER,
        accept=_is_token,
    ),
    Pattern(
        "username_in_sentence",
        "USERNAME",
        word(
            r"(?:user\s?name|(?:my|your|his|her|their)\s(?:user|login|logon|handle|nick)(?=\sis\s)|login\sname|user\sid|screen\sname|benutzername|anmeldename|nutzername|gamertag|identifiant"
            r"|nom\sd['’]utilisateur|nombre\sde\susuario|nome\sutente|имя\sпользователя|(?:log|sign)(?:s|ged|ging|ning|ned)?\s"
            r"(?:in|on)\sas)\s(?:(?:is|ist|lautet|est|es|è)\s)?(?P<v>[a-z][\w.-]{2,38}\w)(?![\w@]|\.\w)"
        ),
        triggers=(
            "username user login screen benutzername anmeldename nutzername gamertag identifiant nom nombre nome имя my"
            " your his her their log logs logged logging sign signs signed signing"
        ),
        score=USER,
        accept=lambda value: _is_user(value) and not _ORDINARY.fullmatch(value.lower()),
    ),
    Pattern(
        "assigned_comment",
        "USERNAME",
        word(r"\w+\(@?(?P<v>[a-z][\w.-]{1,38}\w)\)"),
        triggers="todo fixme xxx hack",
        score=0.5,
    ),
    Pattern("reddit_user", "USERNAME", word(r"u/[\w-]{3,20}(?![\w/])"), triggers="u", score=0.6),
    Pattern("steam_id", "USERNAME", word(r"steam_[0-5]:[01]:\d+"), triggers="steam", score=0.8),
    Pattern(
        "profile_path",
        "USERNAME",
        word(r"linkedin[\s:(]{1,3}/?in/(?P<v>[\w%-]{3,80})"),
        triggers="linkedin",
        score=0.7,
    ),
    Pattern(
        "home_folder",
        "USERNAME",
        word(
            r"(?:users|home|profiles)(?:/|\\{1,4})(?!(?:public|shared|default|root|ubuntu|app|runner|user|username)\b)"
            r"(?P<v>[^\W\d_][\w.-]{0,38}\w)(?=[/\\])"
        ),
        triggers="users home profiles",
        score=0.5,
    ),
    Pattern("discord_tag", "USERNAME", re.compile(r"[A-Za-z][\w.]{1,31}#\d{4}\b"), starts="A*", score=0.6),
)
