"""Mutants of what guards that do as it does, so that no test can tell them: by module and name, with the reason."""

from collections.abc import Mapping

EQUIVALENT: Mapping[tuple[str, str], str] = {
    ("bodies", "Bodies.body: self._held + len(chunk) → self._held - len(chunk)"): (
        "starlette ends each body with an empty chunk, which is refused in its stead"
    ),
    ("bodies", "Bodies._chunks: '0' → '0~x'"): "what is no number is not looked at, and 0 is never too long",
    (
        "sizing",
        "_Sizes.start: '' → '~x'",
    ): "of a name that is not there only the length counts, and two are as few as none",
}
