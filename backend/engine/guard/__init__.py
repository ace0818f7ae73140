"""A model of one's own that looks for personal data beside the recognizers, before anything goes outward.

It is asked where a rule's `detection.model` names one: about texts in languages that no tagger reads, and about all in
the profile `thorough`. What it lists comes beside what the others find, and takes nothing of it away.
"""

from backend.engine.guard.asking import Guarding
from backend.engine.guard.findings import Findings, Guarded

__all__ = ["Findings", "Guarded", "Guarding"]
