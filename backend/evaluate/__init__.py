"""How well redaction does on annotated texts: what leaks, what is needlessly redacted, presidio-research's score."""

from backend.evaluate.data import Annotated, AnnotatedFile, Mark, read_annotated
from backend.evaluate.measures import INDIRECT, Figures, Recall, is_direct, measure
from backend.evaluate.spans import ALL, SpanScore, score_spans, simple_tokens

__all__ = [
    "ALL",
    "INDIRECT",
    "Annotated",
    "AnnotatedFile",
    "Figures",
    "Mark",
    "Recall",
    "SpanScore",
    "is_direct",
    "measure",
    "read_annotated",
    "score_spans",
    "simple_tokens",
]
