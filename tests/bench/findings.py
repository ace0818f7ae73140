"""Whether detection finds what it found before: for changes that are to make it faster, and nothing else.

python -m tests.bench.findings --keep       find all in all test texts, by two profiles, and keep it: some four minutes
python -m tests.bench.findings              find it again, and print what differs
python -m tests.bench.findings --part 10    the same in a tenth of the texts

What is kept has no text: texts are known by their hashes.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

import rich
from rich.markup import escape

from backend.errors import PrivacyError
from backend.evaluate import read_annotated
from backend.privacy.detect import Detector
from backend.privacy.redact import Redactor
from backend.privacy.types import Scan
from tests.bench.privacy import CACHE, DATA, RUSSIAN_WORDS, SETS, WORDS, documents_of, text_key
from tests.bench.throughput import texts as throughput_texts

FILE = CACHE / "findings.json"
PROFILES = ("default", "fast")
OTHER_SETS = ("clinical.json", "world.json")
CASED_EVERY = 12
"""Of so many texts one is looked at in small letters and in capitals as well."""
SAME = 1e-6
"""Scores of which the sums were added up in another order differ by less."""
Row = tuple[int, int, str, float, str]


def corpus() -> Sequence[str]:
    """Return all texts, each once."""
    files = [*(source.file for source in SETS.values()), *OTHER_SETS]
    read = [document.text for file in files for document in read_annotated(DATA / file).documents]
    cased = [cased for text in read[::CASED_EVERY] for cased in (text.lower(), text.upper())]
    long = [text for words in (*WORDS, RUSSIAN_WORDS) for text in documents_of(words)]
    return list(dict.fromkeys([*read, *cased, *long, *throughput_texts()[:100]]))


def found_in(redactor: Redactor, text: str) -> list[Row]:
    """Return what is found in a text, and what it becomes; or that it is refused."""
    try:
        found = redactor.find({"": text})
        redacted = redactor.redact({"": text}, detected=found).fields[""]
    except PrivacyError as error:
        return [(0, len(text), type(error).__name__, 1.0, "")]
    rows = [(d.start, d.end, d.entity_type, d.score, d.recognizer) for d in found[""]]
    return [*rows, (0, len(text), "REDACTED", 1.0, text_key(redacted.text))]


def find_all(texts: Sequence[str]) -> dict[str, list[Row]]:
    """Return what each profile finds in each text, by the profile and the text's hash."""
    found = {}
    for profile in PROFILES:
        for unknown in ("refuse", "hide"):
            redactor = Redactor(Detector(Scan(profile=profile, unknown_language=unknown)).detect)
            for text in texts if unknown == "refuse" else texts[::CASED_EVERY]:
                found[f"{profile} {unknown} {text_key(text)}"] = found_in(redactor, text)
    return found


def differences(before: dict[str, list[Row]], after: dict[str, list[Row]]) -> Iterator[str]:
    """Yield in which texts something else is found."""
    for key, now in after.items():
        then = [(start, end, kind, score, who) for start, end, kind, score, who in before[key]]
        is_same = len(then) == len(now) and all(
            one[:3] == other[:3] and one[4] == other[4] and abs(one[3] - other[3]) <= SAME
            for one, other in zip(then, now, strict=False)
        )
        if not is_same:
            yield f"{key}: {sorted(set(then) - set(now))} → {sorted(set(now) - set(then))}"


def main() -> None:
    """Keep what is found, or compare it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--keep", action="store_true", help="keep what is found now")
    options.add_argument("--part", type=int, default=1, metavar="N", help="one of N texts")
    given = options.parse_args()
    now = find_all(corpus()[:: given.part])
    if given.keep:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_text(json.dumps(now), encoding="utf-8")
        return
    differing = list(differences(json.loads(FILE.read_text(encoding="utf-8")), now))
    rich.print(f"{len(now)} texts, {sum(map(len, now.values()))} findings, {len(differing)} texts differ")
    rich.print(*map(escape, differing), sep="\n")
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
