"""What libraries import as they are imported, and nobody here asks for: put off until somebody does."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_loader
from types import ModuleType
from typing import Any


class _PutOff:
    """The packages that are put off, those first that hold others; as a finder, it sees who imports their modules."""

    def __init__(self) -> None:
        self._modules: dict[str, tuple[ModuleType, frozenset[str]]] = {}

    def add(self, module: ModuleType, alone: Mapping[str, str]) -> None:
        """Put a package off."""
        self._modules[module.__name__] = module, frozenset(alone.values())

    def end(self, package: str) -> None:
        """Import a package, and before it the one that holds it: their authors know in which order."""
        for name in [name for name in self._modules if f"{package}.".startswith(f"{name}.")]:
            module, _ = self._modules.pop(name, (None, None))  # the one that holds it may have ended it
            if module and module.__spec__ and module.__spec__.loader:
                module.__spec__.loader.exec_module(module)

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        """Import a whole package before one of its modules that does not stand alone; then others find that."""
        package, _, part = name.rpartition(".")
        if package not in self._modules or part in self._modules[package][1]:
            return None
        self.end(package)
        there = sys.modules.pop(name, None)  # else Python would load it again, as it does what is there already
        return spec_from_loader(name, _There(there)) if there else None


class _There(Loader):
    """Loads what was imported meanwhile."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def exec_module(self, module: ModuleType) -> None:
        """Put what is there in its place."""
        sys.modules[module.__name__] = self._module


_FINDER = _PutOff()
sys.meta_path.insert(0, _FINDER)


def put_off(package: str, alone: Mapping[str, str]) -> None:
    """Have a package imported when a name is first taken from it, but for some names, which are taken by themselves.

    Args:
        package: one that was imported, or is not there, is left as it is.
        alone: the names, each with the module in the package that has it, or that it is.
    """
    spec = None if package in sys.modules else find_spec(package)
    if spec is None:
        return
    module = sys.modules[package] = module_from_spec(spec)
    _FINDER.add(module, alone)

    def take(name: str) -> Any:
        if name in alone:
            home = import_module(f"{package}.{alone[name]}")
            vars(module)[name] = getattr(home, name, home)
        elif not name.startswith("__"):
            _FINDER.end(package)
        if name in vars(module):
            return vars(module)[name]
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    vars(module)["__getattr__"] = take


@contextmanager
def class_put_off(module: str, name: str) -> Iterator[None]:
    """Have who takes a class from a module within the block import that module when the class is first made.

    Args:
        module: one that was imported is left as it is.
        name: the class.
    """
    if module in sys.modules:
        yield
        return
    bare = sys.modules[module] = ModuleType(module)
    vars(bare)[name] = _maker(module, name)
    try:
        yield
    finally:
        if sys.modules.get(module) is bare:
            del sys.modules[module]


def _maker(module: str, name: str) -> Callable[..., Any]:
    def make(*args: Any, **named: Any) -> Any:
        return getattr(import_module(module), name)(*args, **named)

    return make
