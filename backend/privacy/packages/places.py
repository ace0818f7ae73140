"""Where a model of one's own lies, and which it is."""

import hashlib
import json
import os
import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from backend.errors import DetectionError
from backend.privacy.types import Package
from backend.system.disk import MOST, read_bounded

CLASSIFIERS = ("model.onnx", "onnx/model.onnx", "model.safetensors", "model.safetensors.index.json")
"""Weights that hold numbers alone, in the order in which they are taken; a pickle would run code."""
GLINER = ("model.onnx", "onnx/model.onnx")
_NAME = re.compile(r"\w[\w.-]*")
_HUB_NAME = re.compile(r"(?:\w[\w.-]*/)?\w[\w.-]*")
_OWN = (
    "install spaCy's own wheel of it where there is a network (docs/redaction.md says from where), or name its folder"
)
_COPY = "copy it there from where there is a network (docs/redaction.md says how): nothing is fetched"


def is_folder(place: str) -> bool:
    """Say whether what a policy names is a path, rather than a package's or model's name."""
    return Path(place).is_absolute()


def find(package: Package) -> Path:
    """Return the folder of a model.

    Raises:
        DetectionError: it is not there, or is none that may be loaded; says what to do.
    """
    if package.kind == "spacy":
        return _pipeline(package)
    folder = Path(package.place) if is_folder(package.place) else _cached(package.place)
    if folder is None or not folder.is_dir():
        raise DetectionError(f"the {package.kind} model {_shown(package)} is not on this machine - {_COPY}")
    weights = weights_of(package, folder, GLINER if package.kind == "gliner" else CLASSIFIERS)
    needed = ("gliner", "torch") if package.kind == "gliner" else ("transformers", "torch")
    if (package.kind == "gliner" or weights.suffix != ".onnx") and not all(map(find_spec, needed)):
        problem = f"the {package.kind} model {_shown(package)} needs the packages {' and '.join(needed)}"
        raise DetectionError(f"{problem} - install them beside Labelguard (docs/redaction.md says how)")
    if package.kind == "transformers" and "auto_map" in read_json_file(folder / "config.json"):
        raise DetectionError(f"the transformers model {_shown(package)} brings code of its own, which is not run")
    return folder


def weights_of(package: Package, folder: Path, names: tuple[str, ...]) -> Path:
    """Return the file of a model's weights.

    Args:
        package: what it is called in errors.
        folder: where it lies.
        names: of files that will do, the first that is there is taken.

    Raises:
        DetectionError: there is none.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    remedy = "a pickle such as pytorch_model.bin runs code, so save it anew (docs/redaction.md says how)"
    raise DetectionError(f"the {package.kind} model {_shown(package)} has none of {', '.join(names)} - {remedy}")


def version_of(package: Package) -> str:
    """Return what tells a model from others of its name: of an installed package its version, else a hash of all files.

    Returns:
        "" if it is not there.
    """
    try:
        folder = find(package)
    except DetectionError:
        return ""
    if package.kind == "spacy" and not is_folder(package.place):
        meta = read_json_file(folder / "meta.json")
        return f"{meta.get('lang')}_{meta.get('name')} {meta.get('version')}"
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return _hash(tuple((str(f), str(f.relative_to(folder)), f.stat().st_size, f.stat().st_mtime_ns) for f in files))


@lru_cache(maxsize=64)
def _hash(files: tuple[tuple[str, str, int, int], ...]) -> str:
    """Hash files by their names within a folder and what stands in them; their times tell when to do so again."""
    whole = hashlib.sha256()
    for path, name, _, _ in files:
        with Path(path).open("rb") as stream:
            whole.update(f"{name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()[:32]}"


def read_json_file(file: Path) -> dict[str, Any]:
    """Read a model's description; {} if there is none that can be read."""
    try:
        said = json.loads(read_bounded(file, 32 * MOST))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _shown(package: Package) -> str:
    return Path(package.place).name if is_folder(package.place) else package.place


def _pipeline(package: Package) -> Path:
    """Return the folder with a spaCy pipeline's data. A package's own module is not imported: it would run code."""
    if is_folder(package.place):
        folder: Path | None = Path(package.place)
    else:
        folder = _installed(package.place)
    if folder is None or not folder.is_dir():
        raise DetectionError(f"the spaCy pipeline {_shown(package)} is not installed - {_OWN}")
    if (folder / "config.cfg").is_file():
        return folder
    inner = [file.parent for file in folder.glob("*/config.cfg")]
    if len(inner) != 1:
        raise DetectionError(f"{_shown(package)} is no spaCy pipeline - {_OWN}")
    return inner[0]


def _installed(name: str) -> Path | None:
    module = name.replace("-", "_")
    spec = find_spec(module) if _NAME.fullmatch(name) and "." not in module else None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def _cached(name: str) -> Path | None:
    """Return where the Hugging Face cache has a model of this name, as its client keeps it."""
    if not _HUB_NAME.fullmatch(name):
        return None
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    model = Path(os.environ.get("HF_HUB_CACHE") or home / "hub") / f"models--{name.replace('/', '--')}"
    try:
        commit = read_bounded(model / "refs" / "main").decode("ascii").strip()
    except (OSError, ValueError):
        return None
    return model / "snapshots" / commit if re.fullmatch("[0-9a-f]{40}", commit) else None
