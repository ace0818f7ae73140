"""How fast many rules decide on many projects: `make bench-policy`."""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from backend.labelstudio.types import Control, ObjectTag, Plan
from backend.policy import Policy, Subject

RULES = PROJECTS = 1_000
LOAD_S = 1.0
DECIDE_US = 100.0
HEAD = """version: 1
providers:
  cloud: {kind: openai, model: gpt-4o-mini, external: true, key: {env: OPENAI_API_KEY}}
  ours: {kind: litellm, model: ollama/qwen, address: "http://10.0.0.1:11434", external: false}
profiles:
  strict: {operators: {PERSON: surrogate, MEDICAL_LICENSE: local, "*": placeholder}, withhold: [patient]}
rules:
"""
TEAMS = 40


def condition(number: int) -> str:
    """Return the condition of a rule: on a project, a team's path, a title, and some of them on tasks too."""
    said = [
        f'project: ["{number}", "{number + 5000}"]',
        f'project: ["{number}*"], control_tags: [Choices, Labels]',
        f"path: team-{number % TEAMS}, title: ['Ward {number}*']",
        f'title: ["Ward {number} *"], object_tags: {{any: [Text]}}',
        f'project: ["{number}"], fields: {{department: psychiatry}}',
    ]
    return f"{{{said[number % len(said)]}}}"


def write(folder: Path, rules: int) -> Path:
    """Write a policy file of many rules, the last of which matches everything."""
    file = folder / "policy.yaml"
    body = "".join(
        f"  - {{name: rule {number}, match: {condition(number)}, providers: [cloud, ours], profile: strict}}\n"
        for number in range(rules - 1)
    )
    file.write_text(HEAD + body + "  - {name: the rest, match: everything, providers: [ours]}\n")
    return file


def subjects(count: int) -> Iterator[Subject]:
    """Yield projects, the same at each run."""
    chance = random.Random(7)
    plan = Plan((ObjectTag("Text", "t", "$t"),), (Control("Choices", "c", ("t",), (), {}),), (), "")
    for _ in range(count):
        number = chance.randrange(RULES * 2)
        yield Subject(str(number), f"team-{number % TEAMS}", plan, f"Ward {number} of the clinic")


def measure(file: Path) -> tuple[float, list[float]]:
    """Return the seconds that loading takes, and the microseconds of each decision."""
    start = time.perf_counter()
    policy = Policy.load(file)
    load = time.perf_counter() - start
    times = []
    for subject in subjects(PROJECTS):
        start = time.perf_counter()
        found = policy.candidates(subject)
        times.append((time.perf_counter() - start) * 1e6)
        if not found:
            raise AssertionError("the last rule matches everything")
    return load, times


def main() -> int:
    """Measure and print; return 1 if it was too slow."""
    with tempfile.TemporaryDirectory() as folder:
        load, times = measure(write(Path(folder), RULES))
    median, late = statistics.median(times), statistics.quantiles(times, n=100)[98]
    table = Table("", "measured", "at most", title=f"{RULES:,} rules, {PROJECTS:,} projects", title_justify="left")
    table.add_row("reading the policy file", f"{load:.2f} s", f"{LOAD_S:g} s")
    table.add_row("finding the rules that may decide, median", f"{median:.0f} µs", f"{DECIDE_US:g} µs")
    table.add_row("the same, of 99 in 100", f"{late:.0f} µs", "")
    Console().print(table)
    return 0 if load < LOAD_S and median < DECIDE_US else 1


if __name__ == "__main__":
    sys.exit(main())
