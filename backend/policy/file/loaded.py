"""A policy file as it was read, with all that it names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.policy.file.schema import PolicyForm, ProfileForm, ProviderForm
from backend.policy.file.source import PolicySource
from backend.system.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy file as it was read.

    Attributes:
        source: the file itself.
        form: what stands in it; paths begin at the root.
        providers, profiles: its own, and those of the files that it extends.
        contents: by path, the bytes of all files that decide: its own, those that it extends, prompts, examples,
            lists, recognizers. All that comes of the policy is made of them; no file is read again.
        snapshot: by which they were read.
    """

    source: PolicySource
    form: PolicyForm
    providers: Mapping[str, ProviderForm]
    profiles: Mapping[str, ProfileForm]
    contents: Mapping[Path, bytes]
    snapshot: Snapshot = field(repr=False, compare=False)

    def text(self, path: str | None) -> str:
        """Return what stands in a file that a rule or profile names; "" for none."""
        return self.contents[Path(path)].decode("utf-8-sig") if path else ""

    @property
    def digest(self) -> str:
        """SHA-256 of the file, as `sha256sum` gives it; of several files, that of their hashes, line by line."""
        hashes = [hashlib.sha256(content).hexdigest() for content in self.contents.values()]
        return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()
