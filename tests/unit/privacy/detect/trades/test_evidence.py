"""Tests of `backend.privacy.detect.trades.evidence`: whether a title is told quickly as the pattern tells it."""

import itertools

from backend.privacy.detect.trades.evidence import NEAR, TITLED, is_titled

TITLES = (
    *("mr", "Mrs.", "dr", "PC", "name is", "señora", "née", "mother", "4 fr", "4 frau", "Monsieur", "miſs"),
    *("M.", "m.", "Me", "me", "A.", "a.", "4 D.", "É.", "ford", "item", "x", ""),
)
ENDS = map("".join, itertools.product(("", "."), ("", ":"), ("", ","), ("", " ", "  "), ("", '"', "“", "\n", "\n\n")))


def test_a_title_is_told_as_the_pattern_tells_it():
    for title, end in itertools.product(TITLES, ENDS):
        text = f"We saw {title}{end}"
        told = TITLED.search(text, max(0, len(text) - NEAR)) is not None
        assert is_titled(f"{text}Baker", len(text)) == told, repr(text)
