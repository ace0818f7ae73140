"""What a click stores: `make bench-click`.

40 short mails in real Label Studio, the embedded model as `labelguard serve` runs it, all settings as they are but one:
who waits for the page, as here, has 60 seconds, so that the answer comes after 55. All are selected in the Data
Manager, and predictions retrieved, until all have one. Nothing may be paid twice.
"""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.browser.clicks import CONFIG, attempts, click_on, mails
from tests.browser.pages import browser_page, connect, log_in
from tests.child import ROOT, labelguard
from tests.label_studio.harness import LabelStudio

COUNT = 40
MOST = 20
BASIC_AUTH = ("label-studio", "battery-staple-2")


def main() -> int:
    """Click, print, and say by the exit status whether the promise holds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        policy = ROOT / "policies" / "default.yaml"
        settings = dict(zip(("LABELGUARD_BASIC_AUTH_USER", "LABELGUARD_BASIC_AUTH_PASSWORD"), BASIC_AUTH, strict=True))
        settings["LABELGUARD_PREDICT_TIMEOUT"] = "55"
        url, child = stack.enter_context(labelguard(policy, folder, BASIC_AUTH, **settings))
        (folder / "label-studio").mkdir()
        label_studio = stack.enter_context(LabelStudio.running(folder / "label-studio"))
        page = stack.enter_context(browser_page(label_studio.url))
        project = label_studio.api.create_project("Mails", CONFIG)
        label_studio.api.import_tasks(project, *mails(COUNT))
        log_in(page)
        connect(page, project, url, *BASIC_AUTH)
        clicks = click_on(page, label_studio, project, COUNT, MOST)
        asked = attempts(folder)
        log = [line for line in child.output().splitlines() if " project " in line]
    said = [f"click {n}: {c.seconds:.0f} s, {c.stored} of {COUNT} stored" for n, c in enumerate(clicks, 1)]
    said.append(f"{sum(asked.values())} calls for {COUNT} tasks, on {os.cpu_count()} cores")
    print("\n".join([*said, "", *log]))  # noqa: T201
    return 0 if clicks[-1].stored == COUNT and max(asked.values()) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
