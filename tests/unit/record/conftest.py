"""A record of a hundred sendings in an empty store of each kind, and one in a file that two programs check."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cryptography
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from backend.record import verify_record as file_of_its_own
from backend.record.chain import Seal
from backend.record.entries import Entry
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.record.published import read_heads
from backend.record.sources import export_record, exported, stored
from backend.record.tables import PART, Heads, add_seal, append
from backend.record.verify import Trust, verify_record
from backend.store import open_store, writing
from tests.patience import HANGS_S
from tests.record import attempt, outcome, refusal
from tests.tampering import read, remove_seals, rewrite, write, write_tip

SENDINGS, HEADS_EVERY = 30, 10
FILE = Path(file_of_its_own.__file__)
ALONE = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1)); sys.argv.pop(0); runpy.run_path(sys.argv[0], {}, '__main__')"
)


@pytest.fixture(scope="session")
def signer():
    return Signer(Ed25519PrivateKey.generate())


@pytest.fixture
def engine(store_url):
    opened = open_store(store_url)
    yield opened
    opened.dispose()


@pytest.fixture
def written(engine, signer):
    """The store, with sendings and refusals in it; the last attempt has no outcome."""
    fill(engine, signer)
    return engine


def fill(engine, signer, sendings: int = SENDINGS) -> None:
    """Write a record whose heads stand at every tenth entry."""
    entries: list[Entry] = []
    for task in range(sendings):
        entries += [attempt(task), outcome(len(entries) + 1), refusal(task)]
    entries.append(attempt(sendings))
    with Record.open(engine, signer, HEADS_EVERY), writing(engine, PART) as connection:
        for first in range(0, len(entries), HEADS_EVERY):
            append(connection, entries[first : first + HEADS_EVERY], Heads(signer, HEADS_EVERY))


@pytest.fixture(scope="session")
def packages(tmp_path_factory) -> Path:
    """A folder with cryptography, what it is built on, and nothing else."""
    folder: Path = tmp_path_factory.mktemp("packages")
    for found in Path(cryptography.__file__).parents[1].iterdir():
        if found.name.startswith(("cryptography", "cffi", "_cffi_backend")):
            (folder / found.name).symlink_to(found)
    return folder


@dataclass
class Audited:
    """A record in a file of SQLite, its key, and both who check it."""

    folder: Path
    packages: Path
    engine: Engine
    signer: Signer

    def alone(self, *arguments: object) -> tuple[int, str]:
        """Run the file without anything of ours, on an isolated Python without site-packages."""
        command = [sys.executable, "-I", "-S", "-c", ALONE, self.packages, FILE, *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=HANGS_S, check=False)
        return done.returncode, done.stdout + done.stderr

    def agreed(self, trust: Trust | None = None, *options: object) -> tuple[int, str]:
        """Return what the file says of the database, and see that it and we say the same, of the exported one too."""
        with stored(self.engine) as source:
            ours = verify_record(source, trust)
        self.engine.dispose()
        said = self.alone(self.folder / "state.db", *options)
        assert said[0] == bool(ours.count), said
        assert f"{ours.entries} entries ({ours.first} to {ours.last})" in said[1]
        with (self.folder / "record.jsonl").open("w") as out, stored(self.engine) as source:
            export_record(source, out)
        with exported(self.folder / "record.jsonl") as source:
            count = verify_record(source, trust).count
        assert self.alone(self.folder / "record.jsonl", *options)[0] == bool(count)
        return said

    def with_key(self) -> tuple[int, str]:
        """Have it checked with the key."""
        (self.folder / "key.pub").write_bytes(self.signer.public.pem())
        trust = Trust((self.signer.public,), heads_every=HEADS_EVERY)
        return self.agreed(trust, "--key", self.folder / "key.pub", "--heads-every", HEADS_EVERY)

    def with_heads(self, file: Path, *signers: Signer) -> tuple[int, str]:
        """Have it checked with published heads, and keys if there are any."""
        options: list[object] = ["--heads", file, "--heads-every", HEADS_EVERY]
        for number, signer in enumerate(signers):
            key = self.folder / f"{number}.pub"
            key.write_bytes(signer.public.pem())
            options += ["--key", key]
        keys = [signer.public for signer in signers]
        return self.agreed(Trust(keys, heads_every=HEADS_EVERY, published=read_heads(file)), *options)

    def remade(self, at: int, signer: Signer | None) -> None:
        """Change an entry, make the rest anew with its tip, and sign the heads again."""
        made = rewrite(read(self.engine), at)
        write(self.engine, made)
        write_tip(self.engine, made[-1])
        remove_seals(self.engine, 0)
        with writing(self.engine, PART) as connection:
            for link in (*made[HEADS_EVERY - 1 :: HEADS_EVERY], made[-1]):
                if signer:
                    add_seal(connection, Seal.by(signer, "head", link.seq, link.hash))


@pytest.fixture
def audited(tmp_path, packages, signer):
    engine = open_store(f"sqlite:///{tmp_path / 'state.db'}")
    fill(engine, signer)
    yield Audited(tmp_path, packages, engine, signer)
    engine.dispose()
