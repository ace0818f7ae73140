"""The task types that we serve, one file each. A file here has a `HANDLER` and its `CASES`."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping, Set
from importlib.abc import SourceLoader
from importlib.machinery import ModuleSpec
from importlib.metadata import entry_points
from importlib.util import module_from_spec
from pathlib import Path
from traceback import walk_tb
from types import MappingProxyType, ModuleType
from typing import Any

from typing_extensions import override

from backend.errors import ConfigError
from backend.labelstudio.handler import Handler
from backend.system.disk import problem_of
from backend.system.snapshot import Snapshot

ENTRY_POINTS = "labelguard.handlers"


class Handlers(dict[str, Handler]):
    """The handlers by control tag.

    Attributes:
        seen: a deployment's own files, and the hash of what was loaded from each.
    """

    seen: Mapping[Path, str] = MappingProxyType({})


def load_handlers(own: Path | None = None) -> Handlers:
    """Return the handlers by control tag.

    Args:
        own: a folder of handler files, as `labelguard init` makes one; a file there replaces the shipped one of the
            same name. Third parties add theirs by an entry point of the group `labelguard.handlers`.

    Raises:
        ConfigError: two handlers claim a tag, or a file or an entry point brings none; names it, and the line.
    """
    snapshot = Snapshot()
    taken: dict[str, tuple[str, Handler]] = {}
    for origin, handler in _found(own, snapshot):
        for tag in handler.tags:
            if tag in taken:
                raise ConfigError(f"two handlers claim {tag}: {taken[tag][0]} and {origin} - remove one")
            taken[tag] = (origin, handler)
    handlers = Handlers({tag: handler for tag, (_, handler) in taken.items()})
    handlers.seen = snapshot.seen
    return handlers


def _found(own: Path | None, snapshot: Snapshot) -> Iterator[tuple[str, Handler]]:
    for module in modules(own, snapshot):
        yield module.__name__, _handler(getattr(module, "HANDLER", None), str(module.__file__))
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: (point.name, point.value)):
        problem = ""
        try:
            found = point.load()
        except Exception as error:  # whatever a third party's module raises
            problem = _told(error, "")
        if problem:
            raise ConfigError(f"the handler {point.value} of an installed package {problem} - update or remove it")
        yield point.value, _handler(found, point.value)


def _handler(found: Any, origin: str) -> Handler:
    tags = getattr(found, "tags", None)
    has_all = all(hasattr(found, name) for name in ("template", "role", "answer_type", "regions", "check"))
    if isinstance(found, type) or not has_all or not isinstance(tags, Set) or not all(isinstance(t, str) for t in tags):
        raise ConfigError(
            f"{origin} has no HANDLER with what a handler needs - see backend/labelstudio/handler.py, or remove it"
        )
    handler: Handler = found
    return handler


def modules(own: Path | None = None, snapshot: Snapshot | None = None) -> Iterator[ModuleType]:
    """Yield the handler modules, a deployment's own in place of shipped ones of the same name.

    Args:
        own: a folder of files.
        snapshot: by which they are read, each once.

    Raises:
        ConfigError: a file cannot be read or run.
    """
    owned = {path.stem: path for path in sorted(own.glob("*.py"))} if own and own.is_dir() else {}
    shipped = {info.name for info in pkgutil.iter_modules(__path__)}
    for name in sorted(shipped | owned.keys()):
        if name.startswith("_"):
            continue
        is_own = name in owned
        yield _load(owned[name], snapshot or Snapshot()) if is_own else importlib.import_module(f"{__name__}.{name}")


class _Once(SourceLoader):
    """Runs the bytes that were read and hashed, whatever the file holds by then."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._path, self._content = path, content

    @override
    def get_filename(self, fullname: str) -> str:
        """Return the file's path."""
        return str(self._path)

    @override
    def get_data(self, path: str | bytes) -> bytes:
        """Return what was read of the file; there is nothing else, such as compiled code."""
        if path != str(self._path):
            raise FileNotFoundError(path)
        return self._content


def _load(path: Path, snapshot: Snapshot) -> ModuleType:
    name = f"handlers.own.{path.stem}"
    problem = ""
    try:
        loader = _Once(path, snapshot.read(path))
        spec = ModuleSpec(name, loader, origin=str(path))
        spec.has_location = True  # so that the module has a __file__
        module = module_from_spec(spec)
        before = sys.modules.get(name)
        sys.modules[name] = module  # where dataclasses and pydantic look up what a name in quotes stands for
        try:
            loader.exec_module(module)
        except BaseException:
            sys.modules.pop(name)
            if before is not None:
                sys.modules[name] = before
            raise
    except OSError as error:
        problem = problem_of(error)
    except Exception as error:  # whatever its code raises; its message may quote anything
        problem = _told(error, str(path))
    if problem:
        raise ConfigError(f"{path} {problem} - correct it, or remove it for the shipped one")
    return module


def _told(error: Exception, path: str) -> str:
    """Say where a module failed, and by what kind of error."""
    if isinstance(error, SyntaxError) and error.filename == path:
        return f"is no Python: line {error.lineno}: {error.msg}"
    lines = [line for frame, line in walk_tb(error.__traceback__) if frame.f_code.co_filename == path]
    place = f" in line {lines[-1]}" if lines else ""
    missing = f" ({error.name})" if isinstance(error, ImportError) and error.name else ""
    return f"cannot be loaded: {type(error).__name__}{missing}{place}"
