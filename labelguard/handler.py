"""For who writes a handler: a task type of one's own is one file that imports from here, and one prompt.

These names stay. What is not named here may move from one version to the next.
"""

from backend.labelstudio.handler import AnnotatedDocument, Case, Document, Handler
from backend.labelstudio.label_values import is_list_of_texts, label_names, wrong_labels, wrong_paths
from backend.labelstudio.objects.content import Content
from backend.labelstudio.role import Role
from backend.labelstudio.types import Condition, Control, Label, ObjectTag, Region, Span
from backend.system.writing import JSON

__all__ = [
    "JSON",
    "AnnotatedDocument",
    "Case",
    "Condition",
    "Content",
    "Control",
    "Document",
    "Handler",
    "Label",
    "ObjectTag",
    "Region",
    "Role",
    "Span",
    "is_list_of_texts",
    "label_names",
    "wrong_labels",
    "wrong_paths",
]
