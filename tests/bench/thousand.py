"""A thousand tasks in one click, in real Label Studio and a browser: `make bench-thousand TASKS=1200`.

Each run has a project of its own, in which all tasks are selected and predictions retrieved. The models are stand-ins;
all else is real. Writes docs/measured/thousand.md, and a picture of a page that fills by itself.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.clicks import CONFIG, attempts, mails
from tests.browser.pages import browser_page, connect, log_in, predictions_shown, retrieve_predictions
from tests.child import ROOT, Child
from tests.label_studio.backend import PASSWORD, USER
from tests.label_studio.behind import serving_behind
from tests.label_studio.harness import TOKEN, LabelStudio
from tests.patience import until
from tests.seams.providers import Vendor, http
from tests.standin import StandIn, fitting_answer

SAID = ROOT / "docs" / "measured" / "thousand.md"
PICTURE = ROOT / "docs" / "images" / "behind.png"
URGENT = {"from_name": "urgent", "to_name": "mail", "type": "choices", "value": {"choices": ["Urgent"]}}
USUAL_S = 85.0
"""When a click is answered by default."""
LOWERED_S = 20.0
LOOK_EVERY_S = 5.0
SLOW_S, SLOW_AT_ONCE = 1.0, 8
FAST_S, FAST_AT_ONCE = 0.2, 64
HARD = "This is hard to say."
"""Stands in each text of so many, about which a model may give no answer."""
EVERY = 40


@dataclass(frozen=True, slots=True)
class Parts:
    """What all runs share."""

    label_studio: LabelStudio
    page: Page
    folder: Path
    count: int

    def project(self, title: str) -> int:
        """Create a project with all tasks."""
        project = self.label_studio.api.create_project(title, CONFIG)
        texts = [mail["text"] for mail in mails(self.count)]
        texts[::EVERY] = [f"{text} {HARD}" for text in texts[::EVERY]]
        self.label_studio.api.import_tasks(project, *({"text": text} for text in texts))
        return project

    def stored(self, project: int) -> int:
        """Return how many tasks have their one prediction, all of one version."""
        found = self.label_studio.api.predictions(project)
        assert len({one["model_version"] for one in found.values()}) <= 1
        return len(found)

    def waits_for(self, project: int, count: int) -> int:
        """Load the page anew now and then, until it has so many predictions; returns how many it has then."""
        until(lambda: predictions_shown(self.page, project) >= count, LOOK_EVERY_S)
        return predictions_shown(self.page, project)

    def of_label_studio(self, seconds: float) -> str:
        """Say what Label Studio has spent."""
        return f"CPU of Label Studio: {seconds:.1f} s, {1000 * seconds / self.count:.0f} ms a task"

    @contextmanager
    def server(self, name: str, model: StandIn, seconds: float, concurrency: int) -> Iterator[tuple[str, Child]]:
        """Run our server with a state of the run's own, to which commands in this process keep too."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LABELGUARD_STATE_URL", f"sqlite:///{folder / 'state.db'}")
            patch.setenv("LABELGUARD_CACHE", str(folder / "cache"))
            with serving_behind(self.label_studio, model.address, folder, seconds, concurrency) as running:
                yield running


class Said:
    """What is measured, as Markdown."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, *lines: str) -> None:
        """Take lines, and print them."""
        self.lines += lines
        print("\n".join(lines), flush=True)  # noqa: T201

    def shell(self, *words: object) -> None:
        """Run a command of ours, and take what it says: the first lines and the last."""
        command = [sys.executable, "-m", "backend.cli", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        said = [line.rstrip() for line in (done.stdout + done.stderr).strip().splitlines()]
        shown = said if len(said) < 10 else [*said[:4], "…", *said[-3:]]
        self.add("```", f"$ labelguard {' '.join(map(str, words))}", *shown, "```")

    def log(self, child: Child) -> None:
        """Take what our server's log says of projects."""
        lines = [line.partition(" labelguard")[2].partition(": ")[2] for line in child.output().splitlines()]
        self.add("```", *(line for line in lines if line.startswith("project ")), "```")


def label_studio_alone(parts: Parts, said: Said) -> None:
    """Measure what Label Studio takes for itself, by a backend that answers at once."""
    times: list[tuple[float, float]] = []
    sizes: list[int] = []

    def respond(head: bytes, body: bytes) -> bytes:
        path, came = head.split(b" ", 2)[1], time.time()
        if not path.endswith(b"/predict"):
            return http(200, {"status": "UP", "model_version": "1"})
        answer = http(200, {"results": [{"result": [URGENT]} for _ in json.loads(body)["tasks"]]})
        times.append((came, time.time()))
        sizes.append(len(body))
        return answer

    with Vendor.running() as backend:
        backend.respond = respond
        project = parts.project("Label Studio alone")
        connect(parts.page, project, backend.address, USER, PASSWORD)
        spent = parts.label_studio.child.cpu_seconds()
        answer = retrieve_predictions(parts.page, project)
        spent = parts.label_studio.child.cpu_seconds() - spent
    (came, answered), ended = times[0], answer.asked_at + answer.seconds
    parts.waits_for(project, parts.count)
    said.add(
        "\n## Label Studio alone: a backend that answers at once\n",
        "| | |\n|---|---|",
        f"| requests of the backend | {len(times)}, {sum(sizes):,} bytes |",
        f"| from the click until the request is sent | {came - answer.asked_at:.1f} s |",
        f"| from its answer until the page has its own, in which predictions are stored | {ended - answered:.1f} s |",
        f"| for all of it | {parts.of_label_studio(spent)} |",
        f"| the page | {answer.status}, after {answer.seconds:.1f} s |",
    )


def click(parts: Parts, said: Said, project: int, url: str) -> int:
    """Connect a project and retrieve its predictions; returns how many tasks have one then."""
    connect(parts.page, project, url, USER, PASSWORD)
    answer = retrieve_predictions(parts.page, project)
    assert answer.status == 200
    stored = parts.stored(project)
    said.add(
        f"One click: the page had its answer after {answer.seconds:.0f} s; {stored:,} of {parts.count:,} stored.\n"
    )
    return stored


def one_click(parts: Parts, said: Said) -> None:
    """Have all stored by one click."""
    said.add(f"\n## A provider that answers in {FAST_S} s, {FAST_AT_ONCE} at once\n")
    with StandIn(delay=FAST_S) as model, parts.server("fast", model, USUAL_S, FAST_AT_ONCE) as (url, child):
        project = parts.project("Fast")
        spent, began = parts.label_studio.child.cpu_seconds(), time.monotonic()
        click(parts, said, project, url)
        until(lambda: left(url) == 0, 1)
        assert parts.stored(project) == parts.count
        seconds, spent = time.monotonic() - began, parts.label_studio.child.cpu_seconds() - spent
        said.add(f"All are stored {seconds:.0f} s after the click; {parts.of_label_studio(spent)}.\n")
        parts.waits_for(project, parts.count)
        said.log(child)
    assert set(attempts(parts.folder / "fast").values()) == {1}


def behind(parts: Parts, said: Said) -> None:
    """Have the rest appear by itself; some tasks fail, are told, and tried again."""
    is_hard = threading.Event()
    is_hard.set()

    def answer(request: dict[str, Any], schema: dict[str, Any]) -> object:
        refuses = is_hard.is_set() and HARD in str(request["messages"])
        return "I would rather not." if refuses else fitting_answer(request, schema)

    said.add(
        f"\n## A provider that answers {SLOW_AT_ONCE} tasks a second; a click is answered after {LOWERED_S:.0f} s\n"
    )
    with StandIn(answer, SLOW_S) as model, parts.server("slow", model, LOWERED_S, SLOW_AT_ONCE) as (url, child):
        project = parts.project("Slow")
        began, stored = time.monotonic(), click(parts, said, project, url)
        assert stored < parts.count
        said.shell("jobs", "--project", project)
        there = parts.waits_for(project, parts.count // 2)
        parts.page.screenshot(path=PICTURE)
        said.add(f"\nA while later the page, loaded anew, has {there:,} predictions:\n")
        said.shell("jobs", "--project", project)
        until(lambda: left(url) == 0, LOOK_EVERY_S)
        said.add(f"\nAt the end, {time.monotonic() - began:.0f} s after the click:\n")
        for words in ("jobs", "failures"):
            said.shell(words, "--project", project)
        is_hard.clear()
        said.add("\nThe model is mended:\n")
        said.shell("retry", "--project", project)
        parts.waits_for(project, parts.count)
        until(lambda: left(url) == 0, LOOK_EVERY_S)
        for words in ("jobs", "failures"):
            said.shell(words, "--project", project)
        assert parts.stored(project) == parts.count
        said.add("")
        said.log(child)


def left(url: str) -> int:
    """Return how many tasks wait or are worked on, as the server says."""
    answer = httpx.get(f"{url}/jobs", auth=(USER, PASSWORD), trust_env=False).raise_for_status()
    return sum(int(job["queued"]) + int(job["running"]) for job in answer.json()["jobs"])


def killed(parts: Parts, said: Said) -> None:
    """Kill the server when half is done, and start it again: it goes on by itself."""
    said.add("\n## The same, and the server is killed (kill -9) and started again\n")
    with ExitStack() as stack:
        model = stack.enter_context(StandIn(delay=SLOW_S))
        serve = "killed", model, LOWERED_S, SLOW_AT_ONCE
        url, child = stack.enter_context(parts.server(*serve))
        project = parts.project("Killed")
        click(parts, said, project, url)
        parts.waits_for(project, parts.count // 2)
        child.kill()
        said.add(f"Killed when {predictions_shown(parts.page, project):,} were there:\n")
        said.shell("jobs", "--project", project)
        began = time.monotonic()
        url, _ = stack.enter_context(parts.server(*serve))
        parts.waits_for(project, parts.count)
        until(lambda: left(url) == 0, LOOK_EVERY_S)
        said.add(f"\nAll are there {time.monotonic() - began:.0f} s after the start, each once, without a click:\n")
        said.shell("jobs", "--project", project)
        assert parts.stored(project) == parts.count
    asked = attempts(parts.folder / "killed")
    assert len(asked) == parts.count
    said.add(f"\n{sum(asked.values()):,} calls of the model for {parts.count:,} tasks.")


def straight(parts: Parts, said: Said) -> None:
    """Have all stored by a command, without a click."""
    with StandIn(delay=FAST_S) as model, parts.server("straight", model, USUAL_S, FAST_AT_ONCE):
        project = parts.project("Straight")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LABELGUARD_LABEL_STUDIO_URL", parts.label_studio.url)
            patch.setenv("LABELGUARD_LABEL_STUDIO_TOKEN", TOKEN)
            patch.setenv("LABELGUARD_POLICY", str(parts.folder / "straight" / "policy.yaml"))
            spent, began = parts.label_studio.child.cpu_seconds(), time.monotonic()
            said.add("\n## Without a click, by the provider of 0.2 s\n")
            said.shell("predict", "--project", project)
            spent, seconds = parts.label_studio.child.cpu_seconds() - spent, time.monotonic() - began
        assert parts.stored(project) == parts.count
        parts.waits_for(project, parts.count)
    said.add(f"\n{seconds:.0f} s; {parts.of_label_studio(spent)}.")


RUNS = (label_studio_alone, one_click, behind, killed, straight)


def main() -> int:
    """Measure, print, write, and say by the exit status whether all was stored."""
    options = argparse.ArgumentParser()
    options.add_argument("--tasks", type=int, default=1200)
    options.add_argument("--runs", nargs="*", help="of these alone, which are but printed")
    given = options.parse_args()
    said = Said()
    said.add(
        f"# {given.tasks:,} tasks in one click", "", "By `make bench-thousand`; docs/operations.md says what it means."
    )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "label-studio").mkdir()
        label_studio = stack.enter_context(LabelStudio.running(folder / "label-studio"))
        page = stack.enter_context(browser_page(label_studio.url, height=620))
        log_in(page)
        parts = Parts(label_studio, page, folder, given.tasks)
        for run in RUNS:
            if not given.runs or run.__name__ in given.runs:
                run(parts, said)
    if not given.runs:
        SAID.write_text("\n".join(said.lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
