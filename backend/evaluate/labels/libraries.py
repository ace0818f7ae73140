"""The libraries that figures are made with: they come as an extra of the package."""

from importlib.util import find_spec

from backend.errors import RequestError

MODULES = ("cleanlab", "nervaluate", "sacrebleu", "scipy")


def need_libraries() -> None:
    """See that the libraries are there.

    Raises:
        RequestError: says what to install.
    """
    if missing := [name for name in MODULES if find_spec(name) is None]:
        raise RequestError(f"{', '.join(missing)} is not installed - pip install 'labelguard[evaluate]'")
