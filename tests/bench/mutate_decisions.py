"""Breaks what decides on a task in every way that mutmut knows; a test must tell: `make mutate-decisions`.

What is broken, and which tests are asked, stands in pyproject.toml. A folder `mutants` is left, for `mutmut show NAME`.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ENOUGH = 0.9
"""The part of the mutants that must be told; no test can tell those that change nothing."""

ROOT = Path(__file__).parents[2]
MUTANTS = ROOT / "mutants"
MUTMUT = [str(Path(sys.executable).parent / "mutmut")]


def run() -> dict[str, int]:
    """Run mutmut anew; return how many mutants came to which end."""
    shutil.rmtree(MUTANTS, ignore_errors=True)
    subprocess.run([*MUTMUT, "run"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*MUTMUT, "export-cicd-stats"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    stats: dict[str, int] = json.loads((MUTANTS / "mutmut-cicd-stats.json").read_text(encoding="utf-8"))
    return stats


def survivors() -> list[str]:
    """Return the mutants that no test told."""
    told = subprocess.run([*MUTMUT, "results"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [line.strip() for line in told.splitlines() if line.strip()]


def main() -> None:
    """Print the score and the survivors; exits with 1 if it is too low."""
    stats = run()
    told = stats["killed"] + stats["timeout"]
    share = told / stats["total"]
    lines = [*survivors(), f"{told} of {stats['total']} mutants told ({share:.1%}); at least {ENOUGH:.0%} must be"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(share < ENOUGH)


if __name__ == "__main__":
    main()
