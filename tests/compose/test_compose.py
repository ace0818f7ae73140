"""docker-compose.yml for real, by podman: the composed Label Studio gets a prediction from the composed backend.

The base image is made from the system's own package mirror; nothing is pulled. `make test-compose`, as root.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.model.embedded.file import DEFAULT, MODELS
from backend.settings import Settings
from tests.child import ROOT, free_port
from tests.label_studio.api import Api

pytestmark = [pytest.mark.compose, pytest.mark.timeout(2400)]

BASE = "localhost/debian:bookworm"
IMAGE = "localhost/labelguard:latest"
LABEL_STUDIO = "localhost/label-studio:test"
TOKEN = "0123456789abcdef0123456789abcdef01234567"
USER, PASSWORD = "label-studio", "battery-staple-2"
CERTIFICATES = "/etc/ssl/certs"
PASSED_ON = ("PIP_INDEX_URL", "PIP_CERT", "UV_DEFAULT_INDEX", "SSL_CERT_FILE")
CONFIG = (
    '<View><Text name="text" value="$text"/><Choices name="mood" toName="text"><Choice value="Positive"/>'
    '<Choice value="Negative"/></Choices></View>'
)
MODEL_PARTS = 'import os, sys; print(os.getuid()); print(open("/proc/net/route").read())'


def run(*command: str, **options: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, **options)
    assert done.returncode == 0, f"{' '.join(command[:4])} …: {done.stdout[-2000:]}{done.stderr[-3000:]}"
    return str(done.stdout)


def build_base(folder: Path) -> None:
    if not subprocess.run(["podman", "image", "exists", BASE], check=False).returncode:
        return
    packages = "python3,python3-venv,ca-certificates"
    run("debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", str(folder / "root"))
    run("sh", "-c", f"tar -C {folder / 'root'} -c . | podman import - {BASE}")
    shutil.rmtree(folder / "root")


def build_image(dockerfile: str, image: str) -> None:
    command = ["buildah", "bud", "--isolation", "chroot", "--network", "host", "--ulimit", "nofile=1024:1024"]
    command += ["-v", f"{CERTIFICATES}:{CERTIFICATES}:ro", "--build-arg", f"BASE={BASE}", "--layers"]
    for name in PASSED_ON:
        if os.environ.get(name):
            command += ["--build-arg", f"{name}={os.environ[name]}"]
    run(*command, "-f", dockerfile, "-t", image, ".")


class Composed:
    """The running services."""

    def __init__(self, environment: dict[str, str]) -> None:
        ports = {"LABEL_STUDIO_PORT": str(free_port()), "BACKEND_PORT": str(free_port())}
        self.label_studio = f"http://127.0.0.1:{ports['LABEL_STUDIO_PORT']}"
        self.labelguard = f"http://127.0.0.1:{ports['BACKEND_PORT']}"
        self._environment = dict(os.environ) | environment | ports

    def compose(self, *arguments: str, runtime: bool = False) -> str:
        program = [str(ROOT / ".venv-compose" / "bin" / "podman-compose")]
        options = ["--podman-args=--runtime runc"] if runtime else []
        files = ["-f", "docker-compose.yml", "-f", "tests/compose/override.yml"]
        return run(*program, *options, *files, *arguments, env=self._environment)

    def inside(self, service: str, code: str) -> str:
        return run("podman", "--runtime", "runc", "exec", f"labelguard_{service}_1", "python3", "-c", code)


@pytest.fixture(scope="module")
def composed(tmp_path_factory):
    build_base(tmp_path_factory.mktemp("base"))
    build_image("Dockerfile", IMAGE)
    build_image("tests/compose/label-studio.Dockerfile", LABEL_STUDIO)
    model = Settings().cache / MODELS[DEFAULT].file_name
    environment = {
        "LABEL_STUDIO_IMAGE": LABEL_STUDIO,
        "LABEL_STUDIO_USERNAME": "admin@example.org",
        "LABEL_STUDIO_PASSWORD": "correct-horse-1",
        "LABELGUARD_BASIC_AUTH_USER": USER,
        "LABELGUARD_BASIC_AUTH_PASSWORD": PASSWORD,
        "LABELGUARD_MODEL_SOURCE": "/source.gguf",
        "TEST_TOKEN": TOKEN,
        "TEST_MODEL": str(model),
    }
    services = Composed(environment)
    try:
        services.compose("up", "-d", "--no-build", runtime=True)
        wait_for(f"{services.label_studio}/health", 300)
        wait_for(f"{services.labelguard}/ready", 300)
        yield services
    except BaseException:
        for service in ("model-file", "model", "labelguard", "label-studio"):
            subprocess.run(["podman", "logs", "--tail", "30", f"labelguard_{service}_1"], check=False)
        raise
    finally:
        services.compose("down", "-v", "-t", "5", runtime=True)


def wait_for(url: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if httpx.get(url, timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    raise AssertionError(f"{url} does not answer")


def test_the_composed_label_studio_gets_a_prediction(composed):
    with Api(composed.label_studio, TOKEN) as api:
        project = api.create_project("composed", CONFIG)
        api.connect(project, "http://labelguard:9090", USER, PASSWORD)
        text = "Emily Watson was wonderful, I love this clinic. Call me on +1 212 555 0147. Thank you!"
        (task,) = api.import_tasks(project, {"text": text})
        api.retrieve_predictions(project)
        (region,) = api.predictions(project)[task]["result"]
    assert region["value"] == {"choices": ["Positive"]}


def test_the_model_has_no_way_out(composed):
    """Read from its routing table: nothing is sent."""
    user, _, routes = composed.inside("model", MODEL_PARTS).partition("\n")
    assert user == "10001"
    destinations = [line.split()[1] for line in routes.splitlines()[1:] if line.strip()]
    assert destinations
    assert "00000000" not in destinations


def test_the_backend_is_neither_root_nor_open(composed):
    assert composed.inside("labelguard", "import os; print(os.getuid())").strip() == "10001"
    assert httpx.get(f"{composed.labelguard}/versions", trust_env=False).status_code == 401


@pytest.mark.parametrize("service", ["label-studio", "labelguard", "model"])
def test_the_health_checks_pass(composed, service):
    run("podman", "--runtime", "runc", "healthcheck", "run", f"labelguard_{service}_1")
