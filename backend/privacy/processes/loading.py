"""What looks for personal data in one way, loaded into this process."""

from typing import TYPE_CHECKING

from backend.errors import DetectionError, LabelguardError
from backend.privacy.types import Scan

if TYPE_CHECKING:
    from backend.privacy.detect import Detector


def load_detector(scan: Scan) -> "Detector":
    """Load all that looks for personal data in one way. Takes seconds.

    Raises:
        DetectionError: a model or a recognizer cannot be loaded; nothing can be predicted without it (P3).
    """
    problem = ""
    try:
        from backend.privacy.detect import Detector  # noqa: PLC0415 - so that a missing package is told as one

        return Detector(scan)
    except LabelguardError:
        raise
    except Exception as error:  # whatever a model's loader raises
        problem = type(error).__name__
    remedy = "install Labelguard's packages again, or check the policy's detection.recognizers"
    raise DetectionError(f"detection profile {scan.profile!r} cannot be loaded ({problem}) - {remedy}")
