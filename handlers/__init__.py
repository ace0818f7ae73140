"""The task types that we serve, one file each. A file here has a `HANDLER` and its `CASES`."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

from backend.errors import ConfigError
from backend.handler import Handler

ENTRY_POINTS = "labelguard.handlers"


def load_handlers(own: Path | None = None) -> Mapping[str, Handler]:
    """Return the handlers by control tag.

    Args:
        own: a folder of handler files, as `labelguard init` makes one; a file there replaces the shipped one of the
            same name. Third parties add theirs by an entry point of the group `labelguard.handlers`.

    Raises:
        ConfigError: two handlers claim a tag.
    """
    taken: dict[str, tuple[str, Handler]] = {}
    for origin, handler in _found(own):
        for tag in handler.tags:
            if tag in taken:
                raise ConfigError(f"two handlers claim <{tag}>: {taken[tag][0]} and {origin} - remove one")
            taken[tag] = (origin, handler)
    return {tag: handler for tag, (_, handler) in taken.items()}


def _found(own: Path | None) -> Iterator[tuple[str, Handler]]:
    for module in modules(own):
        yield module.__name__, module.HANDLER
    for point in entry_points(group=ENTRY_POINTS):
        yield point.value, point.load()


def modules(own: Path | None = None) -> Iterator[ModuleType]:
    """Yield the handler modules, a deployment's own in place of shipped ones of the same name."""
    owned = {path.stem: path for path in sorted(own.glob("*.py"))} if own and own.is_dir() else {}
    shipped = {info.name for info in pkgutil.iter_modules(__path__)}
    for name in sorted(shipped | owned.keys()):
        if name.startswith("_"):
            continue
        yield _load(owned[name]) if name in owned else importlib.import_module(f"{__name__}.{name}")


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"handlers.own.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"{path} cannot be loaded as a handler")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
