"""Mutants of what guards that do as it does, so that no test can tell them: by module and name, with the reason."""

from collections.abc import Mapping

EQUIVALENT: Mapping[tuple[str, str], str] = {}
