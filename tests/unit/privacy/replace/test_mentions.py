"""Mentions of a person whose full name was found: with particles, initials, and names of two letters."""

import pytest

from backend.privacy.redact import Redactor
from backend.privacy.types import Detection


def redacted(text, name):
    start = text.index(name)
    redactor = Redactor(lambda _: [Detection(start, start + len(name), "PERSON", 0.9, "Test")])
    return redactor.redact({"text": text}).fields["text"].text


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Anna van der Meer", "Anna van der Meer. Then van der Meer left.", ". Then  left."),
        ("Anna van der Meer", "Anna van der Meer. A. van der Meer left.", ".  left."),
        ("Leo da Costa", "Leo da Costa. So da Costa left.", ". So  left."),
        ("Tijn van 't Hout", "Tijn van 't Hout. Mr. van 't Hout left.", ". Mr.  left."),
        ("Leo Costa", "Leo Costa. Ludwig van Costa left.", ". Ludwig van  left."),
        ("Ann Lindholm", "Ann Lindholm. 请联系Lindholm谢谢，Lindholm先生", ". 请联系谢谢，先生"),
        ("Ann Lindholm", "Ann Lindholmさん、Lindholmさん", "さん、さん"),
        ("Ann Lindholm", "Ann Lindholm: 담당자Lindholm씨, ติดต่อLindholmด้วย", ": 담당자씨, ติดต่อด้วย"),
        ("Ann Lindholm", "Ann Lindholm: اتصلLindholmالآن, התקשרוLindholm", ": اتصلالآن, התקשרו"),
        ("Ann Lindholm", "Ann Lindholm, Lindholmson, Annabel", ", Lindholmson, Annabel"),
        ("Na Li", "Na Li. So Na and Li left.", ". So  and  left."),
        ("Li Luo", "Li Luo. LI WAS FOUND, IT SEEMS.", ".  WAS FOUND, IT SEEMS."),
        ("Min He", "Min He. So He left, and Min.", ". So He left, and ."),
    ],
)
def test_a_mention_is_whole(name, text, left):
    parts = redacted(text, name)
    for token in ("[PERSON_1]", "[PERSON_1B]", "[PERSON_1C]"):
        parts = parts.replace(token, "")
    assert parts == left
