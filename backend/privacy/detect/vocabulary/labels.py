"""Words that say what the number or address behind them is: `Tel`, `Ref`, `IBAN`. Taggers take them for names."""

import re
from collections.abc import Iterator

LABELS = frozenset(
    """
    bic bleep cel cellulare celular courriel ddi dob durchwahl e-mail email ext extension extn faks fax gsm iban mail
    mob mobiltelefon movil móvil mrn nhs nr pager ph phone poste puh ref réf sms ssn swift tel telefax telefon telefone
    telefono telefoon telephone teléfono tfn tlf tél téléphone viber whatsapp
    доб инн моб мобильный огрн огрнип омс полис почта снилс сот тел телефон факс
    """.split()
)
NAMES_TOO = frozenset("cell handy home mobil mobile page ward work".split())
"""A label only where it stands alone: `Ward 7`, but `Emma Ward 45`."""
_WORD = re.compile(r"(?<![\w@./-])[^\W\d_][\w-]*(?:/[^\W\d_]+)?\.?")
_ALONE = re.compile(r"(?:^|[,;(|\t\n] ?|\b(?:in|on|to|at|the) )$")
_VALUE = re.compile(
    r"(?:[ \t]{0,2}(?:no|nr|number|num)\b\.?|[ \t]{0,2}[#№])?"
    r"(?:[ \t]{0,2}[:=]|[ \t]{1,3}[(+-]{0,3}[A-Z]{0,2}\d|[ \t]{1,2}[\w.+-]{1,64}@)",
    re.IGNORECASE,
)


def labels(text: str) -> Iterator[tuple[int, int]]:
    """Yield where such words stand before a number, a colon or an e-mail address; with their full stop."""
    for match in _WORD.finditer(text):
        word = match[0].lower().rstrip(".")
        if "/" not in word and word not in LABELS and word not in NAMES_TOO:
            continue
        words = word.split("/")
        is_label = LABELS.issuperset(words) or (
            NAMES_TOO.issuperset(words) and _ALONE.search(text, max(0, match.start() - 5), match.start())
        )
        if is_label and _VALUE.match(text, match.end()):
            yield match.span()
