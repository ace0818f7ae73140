"""Lists of words: text files in `data` beside the modules that use them.

A file begins with `#` lines that say what it lists, its `Source:` and its `Licence:`. Then each list is a line `[name]`
and its words or phrases, one a line, as they are written.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType


@cache
def word_lists(module: str, name: str = "") -> Mapping[str, tuple[str, ...]]:
    """Return the lists of a file by their names, each in its order.

    Args:
        module: the path of the module that uses them: its `__file__`.
        name: of the file, without its ending; the module's if empty.

    Raises:
        KeyError: words stand above the first `[name]`.
        OSError: there is no such file.
    """
    path = Path(module)
    lists: dict[str, list[str]] = {}
    section = ""
    for line in (path.parent / "data" / f"{name or path.stem}.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
            lists[section] = []
        elif line and not line.startswith("#"):
            lists[section].append(line)
    return MappingProxyType({section: tuple(words) for section, words in lists.items()})
