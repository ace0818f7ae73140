"""Label Studio's API, asked as one of its users: tasks are read, predictions stored, projects connected."""

from backend.labelstudio.api.annotations import AnnotationsApi
from backend.labelstudio.api.client import LabelStudioApi, NewPrediction, StudioProject, StudioTask
from backend.labelstudio.api.connections import Connection, ConnectionsApi

__all__ = [
    "AnnotationsApi",
    "Connection",
    "ConnectionsApi",
    "LabelStudioApi",
    "NewPrediction",
    "StudioProject",
    "StudioTask",
]
