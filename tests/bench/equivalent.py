"""Mutants of what guards that do as it does, so that no test can tell them: by module and name, with the reason."""

from collections.abc import Mapping

EQUIVALENT: Mapping[tuple[str, str], str] = {
    (
        "sizing",
        "_Sizes.start: '' → '~x'",
    ): "of a name that is not there only the length counts, and two are as few as none",
}
