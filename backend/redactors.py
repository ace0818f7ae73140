"""A redactor for each way in which a policy looks for personal data."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from backend.errors import DetectionError
from backend.redact import Redactor
from backend.types import Detection, Scan


@dataclass(frozen=True, slots=True)
class Redactors:
    """The redactors that were loaded, by way of looking.

    Args:
        load: loads one; takes seconds.
    """

    load: Callable[[Scan], Redactor] = field(repr=False)
    _loaded: Mapping[Scan, Redactor] = field(default_factory=dict, repr=False)

    def with_all(self, scans: Iterable[Scan]) -> "Redactors":
        """Return those for some ways, of which the ones that are not here yet are loaded.

        Raises:
            DetectionError: a model or a recognizer cannot be loaded.
        """
        return Redactors(self.load, {scan: self._known(scan) or self.load(scan) for scan in scans})

    def close(self) -> None:
        """End the processes that look for personal data; what they work at fails."""
        for redactor in self._loaded.values():
            redactor.close()

    def _known(self, scan: Scan) -> Redactor | None:
        return self._loaded.get(scan)  # what stands in its file is a part of it

    def __call__(self, scan: Scan) -> Redactor:
        """Return the redactor of a way; for one that was not loaded one that fails, and so lets nothing pass (P3)."""
        return self._loaded.get(scan) or Redactor(_refuse)


def _refuse(text: str) -> list[Detection]:  # noqa: ARG001
    raise DetectionError("what looks for personal data was not loaded - please report it")
