"""How well redaction does on annotated texts: what leaks, what is needlessly redacted, presidio-research's score."""

from backend.evaluate.confusion import NOTHING, confusion
from backend.evaluate.data import Annotated, AnnotatedFile, Mark, read_annotated
from backend.evaluate.measures import Figures, Recall, is_direct, measure
from backend.evaluate.spans import ALL, SpanScore, english_tokens, joined_marks, score_spans

__all__ = [
    "ALL",
    "NOTHING",
    "Annotated",
    "AnnotatedFile",
    "Figures",
    "Mark",
    "Recall",
    "SpanScore",
    "confusion",
    "english_tokens",
    "is_direct",
    "joined_marks",
    "measure",
    "read_annotated",
    "score_spans",
]
