"""What stands on a payment card beside its number: verification codes and the data of its magnetic stripe or chip."""

import re

from backend.privacy.patterns.pattern import Pattern, word

_CODE = r"(?P<v>\d{3,4})(?!\w|[.,/-]\d|\s?%)"
_LINK = r"(?:\s*[:=#-]\s*|\s+(?:is|was|est|ist|es|это)\s+|\s+)"
_EXPIRY = r"\d\d(?:0[1-9]|1[0-2])"

PATTERNS = (
    Pattern(
        "cvv",
        "CVV",
        word(rf"\w+(?:[/-]\w+)?(?:[ -](?:code|number|no|код|nummer))?\.?{_LINK}{_CODE}"),
        triggers="cvv cvv2 cvc cvc2 cav cav2 cvn csc cid",
        score=0.9,
    ),
    Pattern(
        "cvv_in_words",
        "CVV",
        word(
            r"(?:(?:card )?(?:security|verification) (?:code|number|value)|code de sécurité|cryptogramme(?: visuel)?"
            r"|(?:karten)?prüf(?:nummer|ziffer)|código de seguridad|код безопасности|код проверки)"
            rf"(?:\son\s(?:the\s)?(?:back|front|reverse|card))?{_LINK}{_CODE}"
        ),
        triggers=(
            "card security verification code cryptogramme prüfnummer prüfziffer kartenprüfnummer kartenprüfziffer"
            " código код"
        ),
        context="card",
        confirmed=0.9,
    ),
    Pattern(
        "track_one",
        "TRACK_DATA",
        re.compile(rf"[A-Z]\d{{12,19}}\^[^^\n]{{2,26}}\^{_EXPIRY}\d{{3}}[^?\s]*\??"),
        starts="A1",
        score=0.95,
    ),
    Pattern(
        "track_two",
        "TRACK_DATA",
        re.compile(rf"\d{{12,19}}[=D]{_EXPIRY}\d{{3}}[0-9F]*\??"),
        starts="12 13 14 15 16 17 18 19",
        score=0.95,
    ),
)
