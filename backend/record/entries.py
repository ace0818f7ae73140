"""What the record holds: identifiers, names, hashes and counts. There is no field for text, and none would fit.

An attempt is recorded before anything is sent, its outcome when it is known. An attempt without an outcome was cut off:
it may have been sent. What was refused before any call is one entry.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, ClassVar, Literal

from backend.errors import RecordError

Result = Literal["answered", "failed", "refused"]
RESULTS: tuple[Result, ...] = ("answered", "failed", "refused")
Place = Literal["command", "console"]
PLACES: tuple[Place, ...] = ("command", "console")
_IDENTIFIER = re.compile(r"[\w.:/-]{0,64}", re.ASCII)
_HASH = re.compile(r"[\w.:+/=-]{0,128}", re.ASCII)
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{0,200}")
_WORD = re.compile(r"[\w-]{0,64}", re.ASCII)
_LARGEST = 2**53
_PATTERNS = {
    "rule": _NAME,
    "provider": _NAME,
    "model": _NAME,
    "region": _NAME,
    "policy": _HASH,
    "prompt": _HASH,
    "schema": _HASH,
    "model_version": _HASH,
    "hash": _HASH,
    "code": _WORD,
    "sought_hash": _WORD,
}
_COUNTS = ("entities", "kept", "beside")
_LATER = ("kept", "beside", "sought", "sought_hash")
"""Fields that entries had not from the beginning; they are left out where they say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A request that is about to go to a model.

    Args:
        project: Label Studio's number of the project. What does not look like a number or a name is hashed.
        task: Label Studio's number of the task, likewise.
        rule: the policy's rule that decided.
        policy: the policy's hash, as are prompt, schema and model_version.
        prompt: hash of the prompt's template.
        schema: hash of the answer's schema.
        model_version: what Label Studio shows at the prediction.
        provider: the provider's name in the policy.
        model: its model.
        region: where it stands, if the policy says so.
        external: whether the text leaves the network.
        entities: how many stretches of each type were replaced.
        bytes_out: length of the request.
        keep_days: how long the entry must be kept; None: for ever.
        kept: how many stretches of each type were found and are sent as they stand.
        beside: how many of each type were replaced in other tasks that are sent with it, as examples.
        sought: all types that were looked for, in all texts of tasks that are sent; none where nothing was looked for,
            or where nobody knows. The record may leave them out where it has them under the same hash.
        sought_hash: of these, as `types_hash` makes it, "" for none.
    """

    kind: ClassVar[str] = "attempt"
    project: str
    task: str
    rule: str
    policy: str
    prompt: str
    schema: str
    model_version: str
    provider: str
    model: str
    region: str
    external: bool
    entities: Mapping[str, int]
    bytes_out: int
    keep_days: int | None
    kept: Mapping[str, int] = field(default_factory=dict)
    beside: Mapping[str, int] = field(default_factory=dict)
    sought: tuple[str, ...] = ()
    sought_hash: str = ""

    def __post_init__(self) -> None:
        if self.sought and not self.sought_hash:
            object.__setattr__(self, "sought_hash", types_hash(self.sought))
        _check(self)
        object.__setattr__(self, "project", _identifier(self.project))
        object.__setattr__(self, "task", _identifier(self.task))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Attempt):
    """A request to a model of one's own that is to look for personal data: the text is in it as it is."""

    kind: ClassVar[str] = "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Attempt):
    """A request that was not made. What was not yet decided is empty.

    Args:
        code: the error's.
    """

    kind: ClassVar[str] = "refusal"
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended.

    Args:
        attempt: the attempt's number in the record.
        outcome: answered; failed; or refused, by the provider.
        code: the error's; empty where it was answered.
        bytes_in: length of the reply.
        tokens_in: tokens that were sent.
        tokens_out: tokens that came back.
        cost_usd: what it cost; None: not known.
    """

    kind: ClassVar[str] = "outcome"
    attempt: int
    outcome: Result
    code: str
    bytes_in: int
    tokens_in: int
    tokens_out: int
    cost_usd: float | None

    def __post_init__(self) -> None:
        _check(self)
        if self.outcome not in RESULTS:
            raise _wrong(self.kind, "outcome")
        if self.cost_usd is not None and not 0 <= self.cost_usd < _LARGEST:
            raise _wrong(self.kind, "cost_usd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Entries whose time was over were removed.

    Args:
        through: the last that was.
        hash: its hash.
        entries: how many were.
    """

    kind: ClassVar[str] = "pruned"
    through: int
    hash: str
    entries: int

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Somebody is about to see what was sent.

    Args:
        attempt: the number of the attempt whose request is seen.
        who: the console's user, or the account that runs the command. What does not look like a name is hashed.
        by: where it is seen.
        keep_days: how long the entry must be kept: as long as the attempt's; None: for ever.
    """

    kind: ClassVar[str] = "view"
    attempt: int
    who: str
    by: Place
    keep_days: int | None

    def __post_init__(self) -> None:
        _check(self)
        if self.by not in PLACES:
            raise _wrong(self.kind, "by")
        object.__setattr__(self, "who", _identifier(self.who))


Entry = Attempt | Look | Refusal | Outcome | Pruned | View
BEGUN = (Attempt.kind, Look.kind)
"""Kinds of entries that say that something may have been sent."""
SENDINGS = (*BEGUN, Refusal.kind)
"""Kinds of entries that say what became of a request, or would have."""
KINDS = (*SENDINGS, Outcome.kind, Pruned.kind, View.kind)


def values(entry: Entry) -> dict[str, Any]:
    """Return an entry's fields by name, ready for JSON."""
    said = {field.name: getattr(entry, field.name) for field in fields(entry)}
    if isinstance(entry, Attempt):
        said |= {name: dict(said[name]) for name in _COUNTS} | {"sought": list(entry.sought)}
        return {name: value for name, value in said.items() if value or name not in _LATER}
    return said


@lru_cache
def recordable(types: Collection[str]) -> tuple[str, ...]:
    """Return the entity types that an entry can name, in order."""
    return tuple(sorted(each for each in types if _fits(_WORD, each)))


@lru_cache
def types_hash(types: tuple[str, ...]) -> str:
    """Return what an entry calls a list of entity types by: 32 hexadecimal digits of the SHA-256 of its lines."""
    return hashlib.sha256("\n".join(types).encode()).hexdigest()[:32]


def _check(entry: Entry) -> None:
    """Refuse what may hold text: a value of the wrong kind, too long, or of the wrong characters."""
    for one in fields(entry):
        name, value = one.name, getattr(entry, one.name)
        if one.type is int or (name == "keep_days" and value is not None):
            good = _is_count(value)
        elif name == "sought":
            good = recordable(value) == value
        elif name in _COUNTS:
            good = all(_fits(_WORD, kind) and _is_count(count) for kind, count in value.items())
        elif one.type is bool:
            good = isinstance(value, bool)
        elif one.type is str:
            good = _fits(_PATTERNS[name], value) if name in _PATTERNS else isinstance(value, str)
        else:
            good = True
        if not good:
            raise _wrong(entry.kind, name)


def _fits(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST


def _identifier(value: str) -> str:
    """Return an identifier as it is, or its hash where it may be anything: a client sends it."""
    if _IDENTIFIER.fullmatch(value):
        return value
    return "sha256:" + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _wrong(kind: str, field: str) -> RecordError:
    return RecordError(f"an entry's {field} does not fit the record ({kind}) - please report it; nothing was sent")
