"""A real Prometheus watches a real server, by what deploy/ has for it: alerts fire, and each panel shows something."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from backend.policy import Policy
from tests.child import ROOT, labelguard
from tests.deploy.prometheus import Prometheus, shipped_rules
from tests.parts import SENTIMENT, predict_body, provider, write_policy
from tests.patience import HANGS_S, until
from tests.standin import StandIn
from tests.unit.review.conftest import annotated, choice, predicted, webhook

DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "labelguard.json").read_text("utf-8"))
PANELS = {panel["title"]: panel for panel in DASHBOARD["panels"] if panel["type"] != "row"}
EMPTY = {"Values that a guard made up": "the policy of this test has no guard"}
USER = ("label-studio", "a-password-of-the-test")
SECRET = "a-secret-of-the-webhook"
RULE = {"name": "all", "match": "everything", "providers": ["first", "spare"], "limits": {"spend_per_day": 5}}
CANARY = "canary-7713"


@dataclass
class World:
    """What runs.

    Attributes:
        at_rest: which alerts fired while all was well.
    """

    prometheus: Prometheus
    client: httpx.Client
    first: StandIn
    spare: StandIn
    policy: Policy
    at_rest: set[str] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=count)

    def click(self) -> list[dict[str, Any]]:
        """Ask for the prediction of a task that nobody has asked for."""
        quite, very = divmod(next(self._numbers), 40)  # what is redacted would not tell texts apart
        body = predict_body(SENTIMENT, f"It was {'quite ' * quite}{'very ' * very}good, {CANARY}.")
        results: list[dict[str, Any]] = self.client.post("/predict", json=body).raise_for_status().json()["results"]
        return results

    def fires(self, *names: str) -> bool:
        """Say whether alerts fire, after one more click."""
        self.click()
        return self.prometheus.firing() >= set(names)


@contextmanager
def text_files(folder: Path) -> Iterator[str]:
    """Serve files as node_exporter serves what stands in its folder; yields where."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it that
            """Stay silent."""

        def guess_type(self, path: Any) -> str:
            return "text/plain; version=0.0.4"

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def verify(folder: Path) -> None:
    """Verify the server's record, as a timer would."""
    environment = {**os.environ, "LABELGUARD_STATE_URL": f"sqlite:///{folder / 'state.db'}"}
    command = [sys.executable, "-m", "backend.cli", "audit", "verify", "--metrics"]
    command.append(str(folder / "node" / "record.prom"))
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def review(client: httpx.Client) -> None:
    """Have a reviewer change a prediction."""
    event = webhook("ANNOTATION_CREATED", [annotated(1, [choice("Bad")], predicted(choice("Good")))])
    event["project"]["label_config"] = SENTIMENT
    client.post("/webhook", json=event, headers={"x-labelguard-secret": SECRET}).raise_for_status()


def fall_back(world: World) -> None:
    world.first.status = 500
    world.click()
    world.first.status = 200


def go_behind(world: World) -> None:
    """Have a task that is not done when its click is answered."""
    world.first.gate = world.spare.gate = threading.Semaphore(0)
    assert world.click() == [{}]
    world.first.gate = world.spare.gate = None


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "node").mkdir()
    (folder / "password").write_text(USER[1])
    settings = {"BASIC_AUTH_USER": USER[0], "BASIC_AUTH_PASSWORD": USER[1], "WEBHOOK_SECRET": SECRET}
    settings |= {"PREDICT_TIMEOUT": "5", "CACHE": str(folder / "cache")}
    environment = {f"LABELGUARD_{name}": value for name, value in settings.items()}
    with StandIn() as first, StandIn() as spare, text_files(folder / "node") as node:
        first.answer = spare.answer = lambda request, schema: {"mood": "Good"}
        both = {
            name: provider(one.address, external=False, price={"input": 1, "output": 2}, attempts=1)
            for name, one in (("first", first), ("spare", spare))
        }
        policy = write_policy(folder, both, [RULE])
        with labelguard(policy.file, folder, USER, **environment) as (address, _):
            auth = {"username": USER[0], "password_file": str(folder / "password")}
            targets: dict[str, dict[str, Any]] = {
                "labelguard": {"basic_auth": auth, "static_configs": [{"targets": [urlsplit(address).netloc]}]},
                "node": {"metrics_path": "/record.prom", "static_configs": [{"targets": [node]}]},
            }
            verify(folder)
            with (
                Prometheus(folder, targets) as prometheus,
                httpx.Client(base_url=address, auth=USER, timeout=HANGS_S, trust_env=False) as client,
            ):
                running = World(prometheus, client, first, spare, policy)
                until(lambda: running.click() and prometheus.query("increase(labelguard_tasks_total[10m]) > 3"))
                running.at_rest = prometheus.firing()
                yield running


def test_none_fires_while_all_is_well(world):
    assert world.at_rest == set()


def test_a_provider_that_is_down_is_told(world):
    world.first.status = 500
    try:
        until(partial(world.fires, "LabelguardProviderPaused", "LabelguardFallback"))
    finally:
        world.first.status = 200
    until(lambda: world.click() and "LabelguardProviderPaused" not in world.prometheus.firing())


def test_a_provider_that_refuses_its_key_is_told(world):
    world.first.status = 401
    try:
        until(partial(world.fires, "LabelguardProviderRefusesKey", "LabelguardProviderFailing"))
    finally:
        world.first.status = 200


def test_a_broken_policy_is_told(world):
    good = world.policy.file.read_text()
    world.policy.file.write_text("rules: 7")
    try:
        until(partial(world.fires, "LabelguardPolicyNotCurrent"))
    finally:
        world.policy.file.write_text(good)
    until(lambda: "LabelguardPolicyNotCurrent" not in world.prometheus.firing())


def expressions(panel: dict[str, Any]) -> list[str]:
    """Return what a panel asks, with Grafana's variables as it would fill them in."""
    filled = {"$__rate_interval": "10m", "$project": ".*", "$provider": ".*"}
    found = [target["expr"] for target in panel["targets"]]
    for name, value in filled.items():
        found = [expression.replace(name, value) for expression in found]
    assert not [expression for expression in found if "$" in expression]
    return found


def test_each_panel_shows_something(world):
    def silent():
        fall_back(world)
        review(world.client)
        for text in ("The same.", "The same."):
            world.client.post("/predict", json=predict_body(SENTIMENT, text))
        asked = [(title, one) for title, panel in PANELS.items() for one in expressions(panel) if title not in EMPTY]
        return [(title, one) for title, one in asked if not world.prometheus.query(one)]

    go_behind(world)
    until(lambda: world.prometheus.query("labelguard_tasks_behind_total"))
    go_behind(world)
    until(lambda: not silent(), every_s=1)
    for title in EMPTY:
        assert not any(map(world.prometheus.query, expressions(PANELS[title])))


def test_each_name_in_an_alert_or_a_panel_is_a_metric(world):
    told = world.client.get("/metrics").text + "".join(
        f"# TYPE labelguard_record_{name} gauge\n" for name in ("verified_seconds", "entries", "problems")
    )
    known = {
        name + ending
        for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", told, re.MULTILINE)
        for ending in (("", "_bucket", "_count", "_sum") if kind == "histogram" else ("",))
    }
    asked = [rule["expr"] for rule in shipped_rules()]
    asked += [one for panel in PANELS.values() for one in expressions(panel)]
    assert set(re.findall(r"labelguard_\w+", " ".join(asked))) <= known


def test_nothing_of_a_task_is_in_the_metrics(world):
    world.click()
    told = world.client.get("/metrics").text
    assert "labelguard_tasks_total" in told
    for word in (CANARY, "mood", "Good", "quite", USER[1], SECRET):
        assert word not in told


def lost(given: Any, kept: Any, place: str = "") -> list[str]:
    """Return what of a JSON value is missing, or another, in a second one."""
    if isinstance(given, dict) and isinstance(kept, dict):
        return [at for key in given for at in lost(given[key], kept.get(key, ...), f"{place}/{key}")]
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        return [at for n, pair in enumerate(zip(given, kept, strict=True)) for at in lost(*pair, f"{place}/{n}")]
    return [] if given == kept else [place]


def test_the_dashboard_has_the_form_that_grafana_gives_it():
    read = Dashboard.from_json(json.loads(json.dumps(DASHBOARD)))
    assert lost(DASHBOARD, json.loads(JSONEncoder().encode(read))) == []
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_no_panel_covers_another():
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
