"""Run cases and say which pass.

python -m tests.cases            all of them
python -m tests.cases card 85    those whose names hold one of these words
python -m tests.cases --got …    and what came of each
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from tests.cases import checking
from tests.cases.case import Case, Outcome, read_cases
from tests.cases.running import Served


def outcomes(cases: Sequence[Case]) -> Iterator[tuple[Case, Outcome]]:
    """Yield what came of each case."""
    redacted = [case for case in cases if case.kind == "redact"]
    if redacted:
        found = checking.redact(redacted)
        yield from ((case, found[case.name]) for case in redacted)
    for _, group in groupby((case for case in cases if case.kind == "serve"), lambda case: case.place):
        place = list(group)
        with tempfile.TemporaryDirectory() as folder, Served.running(place, Path(folder)) as served:
            for number, case in enumerate(place, 1):
                yield case, checking.serve(case, served, number)


def main() -> int:
    """Print a line for each case; return how many fail."""
    words = [word for word in sys.argv[1:] if word != "--got"]
    cases = read_cases(words)
    failed = 0
    for case, outcome in outcomes(cases):
        failed += bool(outcome.problems)
        lines = [f"{'FAIL' if outcome.problems else 'pass'}  {case.name}  {case.about}", *outcome.problems]
        if "--got" in sys.argv:
            lines.append(f"got: {json.dumps(outcome.got, ensure_ascii=False)}")
        sys.stdout.write("\n        ".join(lines) + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(cases) - failed} of {len(cases)} pass\n")
    return failed


if __name__ == "__main__":
    sys.exit(bool(main()))
