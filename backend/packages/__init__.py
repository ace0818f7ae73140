"""Models of one's own that read the names of a language: where they lie, which they are, what they mark.

Their files are read here, and nothing of them is run or imported; nothing is fetched.
"""

from backend.packages.labels import Labels, labels_of
from backend.packages.places import find, version_of

__all__ = ["Labels", "find", "labels_of", "version_of"]
