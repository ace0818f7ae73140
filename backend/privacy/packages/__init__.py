"""Models of one's own that read the names of a language: where they lie, which they are, what they mark.

Their files are read here, and nothing of them is run or imported; nothing is fetched.
"""

from backend.privacy.packages.extras import OURS, is_installed, not_installed
from backend.privacy.packages.labels import Labels, labels_of
from backend.privacy.packages.places import find, version_of

__all__ = ["OURS", "Labels", "find", "is_installed", "labels_of", "not_installed", "version_of"]
