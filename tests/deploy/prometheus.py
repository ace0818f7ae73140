"""Real Prometheus, out of Debian's package: `make prometheus` fetches it."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.child import ROOT, Child, free_port
from tests.patience import HANGS_S

RULES = ROOT / "deploy" / "prometheus" / "alerts.yaml"
CONFIG = ROOT / "deploy" / "prometheus" / "prometheus.yml"


def program(name: str) -> str:
    """Return where one of its programs is."""
    return shutil.which(name) or str(ROOT / ".cache" / "prometheus" / "usr" / "bin" / name)


def promtool(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run its tool."""
    return subprocess.run([program("promtool"), *arguments], capture_output=True, text=True, check=False)


def shipped_rules() -> list[dict[str, Any]]:
    """Return the alerts as they are shipped."""
    return [rule for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"] for rule in group["rules"]]


class Prometheus:
    """A running Prometheus that scrapes and looks each half second; alerts do not wait.

    Args:
        folder: for its files.
        targets: by job, what of the shipped configuration is another here.
    """

    def __init__(self, folder: Path, targets: dict[str, dict[str, Any]]) -> None:
        self._folder, self._address = folder, f"127.0.0.1:{free_port()}"
        config = yaml.safe_load(CONFIG.read_text("utf-8"))
        config["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
        config["scrape_configs"] = [one | targets[one["job_name"]] for one in config["scrape_configs"]]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        rules = yaml.safe_load(RULES.read_text("utf-8"))
        for group in rules["groups"]:
            group["rules"] = [rule | {"for": "0s"} for rule in group["rules"]]
        (folder / config["rule_files"][0]).write_text(yaml.safe_dump(rules))
        command = [program("prometheus"), f"--config.file={folder}/prometheus.yml"]
        command += [f"--storage.tsdb.path={folder}/data", f"--web.listen-address={self._address}"]
        self._child = Child(command, {}, folder, folder / "prometheus.log")
        self._client = httpx.Client(base_url=f"http://{self._address}", timeout=HANGS_S, trust_env=False)

    def __enter__(self) -> "Prometheus":
        self._child.wait_for(f"http://{self._address}/-/ready", HANGS_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._child.stop()

    def query(self, expression: str) -> Sequence[float]:
        """Return the values of an expression as of now, those that are none left out."""
        answer = self._client.get("/api/v1/query", params={"query": expression}).json()
        assert answer["status"] == "success", answer
        values = [float(sample["value"][1]) for sample in answer["data"]["result"]]
        return [value for value in values if value == value]  # noqa: PLR0124 - NaN is not

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        alerts = self._client.get("/api/v1/alerts").json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in alerts if alert["state"] == "firing"}
