"""Label Studio's API, asked as one of its users: tasks are read, predictions stored."""

from backend.labelstudio.api.client import LabelStudioApi, NewPrediction, StudioProject, StudioTask

__all__ = ["LabelStudioApi", "NewPrediction", "StudioProject", "StudioTask"]
