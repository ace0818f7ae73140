"""The word lists of the lemmatizers of spaCy's pipelines, read as they lie there: spaCy hashes each word before."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import srsly
from spacy.strings import get_string_id


class Lemmas:
    """The words of a pipeline's package, in small letters, with their irregular forms.

    Args:
        package: its folder.

    Raises:
        ValueError: it holds no such lists, or several.
    """

    def __init__(self, package: Path) -> None:
        (file,) = package.glob("*/lemmatizer/lookups/lookups.bin")
        tables = srsly.msgpack_loads(file.read_bytes())
        self._tables: tuple[Mapping[int, Iterable[str]], ...] = tables["lemma_index"], tables["lemma_exc"]

    def words(self, *parts: str) -> set[str]:
        """Return the words that are some part of speech, such as `noun`; or all.

        Raises:
            KeyError: the lists know no such part.
        """
        groups = [table[get_string_id(part)] for table in self._tables for part in parts]
        return set().union(*(groups if parts else (group for table in self._tables for group in table.values())))
