"""The part that one of several processes has of what they may do together."""

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from backend.errors import StoreError
from backend.system.disk import problem_of
from backend.system.shared_places import SharedPlaces, clear_places

_PLACES = "places-"


@dataclass(frozen=True, slots=True)
class ProcessPart:
    """One process's.

    Attributes:
        number: the process's, from 0.
        count: of all.
        folder: of all processes, and of them alone, by which they share places; None if there is only one.
    """

    number: int = 0
    count: int = 1
    folder: Path | None = None
    _shared: dict[str, SharedPlaces] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, amount: int, least: int = 0) -> int:
        """Return this one's part of an amount, such that all parts make the whole; but so much at least."""
        return max(amount // self.count + (self.number < amount % self.count), least)

    def places(self, name: str, most: int) -> SharedPlaces | None:
        """Return the places of all processes; None if there is only one process.

        Args:
            name: what for; the same in all processes.
            most: how many, of all together, from now on.

        Raises:
            StoreError: they cannot be shared.
        """
        if self.folder is None:
            return None
        if name not in self._shared:
            file = self.folder / f"{_PLACES}{blake2b(name.encode(), digest_size=16).hexdigest()}"
            try:
                self._shared[name] = SharedPlaces(file, self.number, self.count, most)
            except OSError as error:
                problem = f"what workers share {problem_of(error, 'kept there')}"
                raise StoreError(str(self.folder), problem, "give temporary files room") from None
        self._shared[name].most = most
        return self._shared[name]

    def clear(self) -> None:
        """Free all places that this process held, which has ended.

        Raises:
            OSError: that cannot be done.
        """
        for file in self.folder.glob(f"{_PLACES}*") if self.folder else ():
            clear_places(file, self.number, self.count)


WHOLE = ProcessPart()
