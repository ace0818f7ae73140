"""A redactor for each way in which a policy looks for personal data."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from backend.engine.guard import Guarded
from backend.errors import DetectionError
from backend.privacy.listed import Lists
from backend.privacy.redact import Redactor
from backend.privacy.types import Detection, Scan


@dataclass(frozen=True, slots=True)
class Redactors:
    """The redactors that were loaded, by way of looking.

    Args:
        load: loads one, or begins to. What stands in its file of recognizers is a part of a way; its lists are put on
            what is loaded without them.
    """

    load: Callable[[Scan], Redactor] = field(repr=False)
    _loaded: Mapping[Scan, Redactor] = field(default_factory=dict, repr=False)
    _listing: Mapping[Scan, Redactor] = field(default_factory=dict, repr=False)

    def with_all(self, scans: Iterable[Scan]) -> "Redactors":
        """Return those for some ways, of which the ones that are not here yet are loaded; `loaded` waits for them.

        Raises:
            DetectionError: a model or a recognizer cannot be loaded.
        """
        ways = list(scans)
        loaded = {way: self._loaded.get(way) or self.load(way) for way in {scan.unlisted for scan in ways}}
        listing = {way: loaded[way.unlisted].listing(Lists.of(way)) for way in ways}
        listing |= {way: listing[way].guarded(Guarded(way)) for way in ways if way.guard}
        return Redactors(self.load, loaded, listing)

    def lacks(self, scans: Iterable[Scan]) -> bool:
        """Say whether `with_all` would have to load anything for some ways, beside their lists."""
        return any(scan.unlisted not in self._loaded for scan in scans)

    def loaded(self) -> "Redactors":
        """Return them once all are loaded. May take seconds.

        Raises:
            DetectionError: a model or a recognizer cannot be loaded.
        """
        for redactor in self._loaded.values():
            redactor.load()
        return self

    def close(self) -> None:
        """End the processes that look for personal data; what they work at fails."""
        for redactor in self._loaded.values():
            redactor.close()

    def __call__(self, scan: Scan) -> Redactor:
        """Return the redactor of a way, with its lists; for one that was not loaded one that fails (P3).

        It takes no text that the way's guard must look at: for what the guard found, see `Redactor.guarded`.
        """
        return self._listing.get(scan) or Redactor(_refuse)


def _refuse(_: str) -> list[Detection]:
    raise DetectionError("what looks for personal data was not loaded - please report it")
