"""What looks for personal data in one way, loaded into this process."""

from typing import TYPE_CHECKING

from backend.errors import DetectionError, LabelguardError
from backend.privacy.language import load_identifier
from backend.privacy.types import Scan
from backend.system.once import begun

if TYPE_CHECKING:
    from backend.privacy.detect import Detector


def load_detector(scan: Scan, *, whole: bool = False) -> "Detector":
    """Load what looks for personal data in one way. Takes seconds.

    Args:
        scan: the way.
        whole: whether all is loaded now that a text may need, rather than with the first text that needs it.

    Raises:
        DetectionError: a model or a recognizer cannot be loaded; nothing can be predicted without it (P3).
    """
    problem = ""
    try:
        begun(load_identifier, "language")  # beside all that is imported; whoever needs it waits
        from backend.privacy.detect import Detector  # noqa: PLC0415 - so that a missing package is told as one

        detector = Detector(scan)
        if whole:
            detector.warm()
        return detector
    except LabelguardError:
        raise
    except Exception as error:  # whatever a model's loader raises
        problem = type(error).__name__
    remedy = "install Labelguard's packages again, or check the policy's detection.recognizers"
    raise DetectionError(f"detection profile {scan.profile!r} cannot be loaded ({problem}) - {remedy}")
