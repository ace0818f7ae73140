"""How fast the record is, and whether it finds what is done to it: `make bench-record`.

100,000 entries are written and checked on SQLite and on PostgreSQL, both of which write to the disk before they answer.
Each kind of tampering is done at 100 random places. A sender is killed 200 times on each database.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.record.chain import Link, Seal
from backend.record.journal import Record
from backend.record.keys import Signer
from backend.record.sources import RecordSource, stored
from backend.record.verify import Trust, verify_record
from backend.store import open_store
from tests.child import ROOT
from tests.postgres import PostgreSQL
from tests.record import attempt, outcome
from tests.tampering import TAMPERINGS, rewrite

ENTRIES, ALONE = 100_000, 2_000
AT_ONCE = 16
PROMISED_A_SECOND = 50_000
PLACES, LENGTH = 100, 1_000
KILLS, SEED = 200, 20261125
SIGNER = Signer(Ed25519PrivateKey.generate())


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def timed(what: str, count: int) -> Iterator[None]:
    """Say how many a second a block did."""
    started = time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    say(f"{what}: {count:,} in {seconds:.1f} s, {count / seconds:,.0f} a second")


def fill(url: str) -> None:
    """Write the record, as one caller and as many at once."""
    engine = open_store(url)

    def send(task: int) -> None:
        record.end(outcome(record.begin(attempt(task))))

    with Record.open(engine, SIGNER) as record:
        with timed("  written by one caller", ALONE):
            for task in range(ALONE // 2):
                send(task)
        with timed(f"  written by {AT_ONCE} at once", ENTRIES - ALONE), ThreadPoolExecutor(AT_ONCE) as callers:
            list(callers.map(send, range((ENTRIES - ALONE) // 2)))
    engine.dispose()


def check(url: str) -> bool:
    """Check the record; say whether it is good and was checked fast enough."""
    engine = open_store(url)
    started = time.perf_counter()
    with stored(engine) as source:
        found = verify_record(source, Trust((SIGNER.public,), heads_every=1000))
    speed = found.entries / (time.perf_counter() - started)
    say(f"  checked: {found.entries:,}, {found.count} problems, {speed:,.0f} a second, {PROMISED_A_SECOND:,} promised")
    engine.dispose()
    return found.entries == ENTRIES and not found.count and speed >= PROMISED_A_SECOND


def tamper(url: str) -> bool:
    """Do everything to the beginning of the record; say whether all was found."""
    engine = open_store(url)
    with stored(engine) as source:
        links = [link for link in source.links if link.seq <= LENGTH]
    engine.dispose()
    chance, head = random.Random(SEED), Seal.by(SIGNER, "head", LENGTH, links[-1].hash)
    kinds = {**TAMPERINGS, "made anew, found by the signature": rewrite}
    found = {
        kind: sum(_is_found(change(links, chance.randrange(LENGTH)), links[-1], head) for _ in range(PLACES))
        for kind, change in kinds.items()
    }
    for kind, count in found.items():
        say(f"  {kind}: found {count} of {PLACES}")
    return set(found.values()) == {PLACES}


def _is_found(links: list[Link], last: Link, head: Seal) -> bool:
    """Say whether tampering is found; where a chain was made anew its tip was too."""
    tip = links[-1] if len(links) == last.seq else last
    return verify_record(RecordSource(iter(links), (head,), (tip.seq, tip.hash)), Trust((SIGNER.public,))).count > 0


def kill(url: str, folder: Path) -> bool:
    """Kill a sender again and again; say whether all that went out is in the record."""
    command = [sys.executable, "-m", "tests.record_kills", url, str(folder / "wire"), str(KILLS), str(SEED)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    (folder / "wire").unlink(missing_ok=True)
    if done.returncode:
        say(f"  {done.stdout}{done.stderr}")
        return False
    said = json.loads(done.stdout)
    say(f"  killed {said['kills']} times: {said['sent']:,} sendings, all in the record ({said['attempts']:,} attempts)")
    return True


def main() -> int:
    """Measure, print, and say by the exit status whether the promises hold."""
    good = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(PostgreSQL.running())
        urls = {"SQLite": [f"sqlite:///{folder / name}" for name in ("record.db", "kills.db")]}
        urls["PostgreSQL"] = [server.new_database(), server.new_database()]
        for name, (url, other) in urls.items():
            say(name)
            fill(url)
            good += [check(url), tamper(url), kill(other, folder)]
    say("as promised" if all(good) else "NOT as promised")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
