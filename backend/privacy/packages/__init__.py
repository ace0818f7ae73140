"""Models of one's own that read the names of a language: where they lie, which they are, what they mark.

Their files are read here, and nothing of them is run or imported; nothing is fetched.
"""

from backend.privacy.packages.labels import Labels, labels_of
from backend.privacy.packages.places import find, version_of

__all__ = ["OURS", "Labels", "find", "labels_of", "version_of"]

OURS = frozenset({"en", "fr", "ru"})
"""Languages in which names are found without a model of one's own, which comes beside what we bring."""
