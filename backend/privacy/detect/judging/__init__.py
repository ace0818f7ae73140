"""The last word on what was found by its look alone: of each word, how likely it is that it leads to somebody.

Recognizers that guess take many a drug, statute or program for a name, and miss some names. What each of them said of a
word, what dictionaries know of it, what stands beside it and what the Rampart model holds of it in its layers is
evidence; what it amounts to was learned from the tuning halves of our annotated texts (`weights.npz`).
"""

from backend.privacy.detect.judging.judge import ADDED, Judge, JudgeWeights, Leanings
from backend.privacy.detect.judging.leniency import DROPPED
from backend.privacy.detect.judging.words import Repeats, Word, split_words

__all__ = ["ADDED", "DROPPED", "Judge", "JudgeWeights", "Leanings", "Repeats", "Word", "split_words"]
