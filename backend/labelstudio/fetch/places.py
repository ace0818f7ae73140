"""Where an address in a task leads: to a host that the policy must name, to a file that Label Studio keeps, or nowhere.

Label Studio's files are fetched with a user's token, so nothing else may pass for one: an address is refused that any
server could read as another.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote, urljoin

import httpx

from backend.errors import LabelguardError

DECODINGS = 8
"""Rounds in which a path must have lost all its percent signs that stand for a character."""

_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff\ufffd]")
_FILE = re.compile(
    r"/(?:data|storage-data)/[^/].*"  # uploads and local files; uploads that a cloud keeps
    r"|/(?:tasks|projects)/[0-9]{1,19}/(?:resolve|presign)/?"  # files of a connected storage
)
_PORTS = {"http": 80, "https": 443}


class NoAccessError(LabelguardError):
    """Ends a fetch; says why without the address."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is fetched from.

    Attributes:
        is_own: whether it is a file that Label Studio keeps, for which its token is needed.
    """

    url: httpx.URL
    is_own: bool


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Return a URL's scheme, host and port, such as two ways of writing one place have in common."""
    return url.scheme, host_of(url), _PORTS.get(url.scheme, 0) if url.port is None else url.port


def host_of(url: httpx.URL) -> str:
    """Return the name of a URL's host, in ASCII and small letters, without a last dot."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def place_of(address: str, label_studio: str | None, before: httpx.URL | None = None) -> Place:
    """Read an address.

    Args:
        address: as a task names it, or as a redirect does.
        label_studio: Label Studio's base URL, if it may be asked.
        before: where the redirect came from.

    Raises:
        NoAccessError: it is no address, or one at Label Studio where no file is.
    """
    if _UNFIT.search(address):
        raise NoAccessError("is no address: it holds a character that none may hold")
    try:
        url = httpx.URL(_whole(address, label_studio, before))
        base = httpx.URL(label_studio) if label_studio else None
    except (httpx.InvalidURL, ValueError):
        raise NoAccessError("is no http address") from None
    if url.scheme not in _PORTS or not host_of(url) or not 0 < origin(url)[2] < 65_536:
        raise NoAccessError("is no http address")
    if url.userinfo:
        raise NoAccessError("has a password in its address")
    if base is None or origin(url) != origin(base):
        return Place(url, is_own=False)
    root, path = _path(base).rstrip("/"), _path(url)
    if not path.startswith(root + "/"):
        return Place(url, is_own=False)  # beside Label Studio, at the same host
    if not _is_file(path.removeprefix(root)):
        raise NoAccessError("is at Label Studio, and no file: those begin with /data/ or /storage-data/")
    return Place(url, is_own=True)


def _whole(address: str, label_studio: str | None, before: httpx.URL | None) -> str:
    """Complete an address that names no host."""
    if before is not None:
        return urljoin(str(before), address)
    if not address.startswith("/") or address.startswith("//"):
        return address
    if label_studio is None:
        raise NoAccessError("is Label Studio's own - set LABELGUARD_LABEL_STUDIO_URL and _TOKEN")
    base = httpx.URL(label_studio)
    root = _path(base).rstrip("/")
    # Behind a prefix, Label Studio writes it before some addresses and not before others.
    start = "" if root and address.startswith(root + "/") else root
    return f"{base.scheme}://{base.netloc.decode('ascii')}{start}{address}"


def _path(url: httpx.URL) -> str:
    """Return a URL's path as it is sent, without its query."""
    return url.raw_path.decode("ascii").partition("?")[0]


def _is_file(path: str) -> bool:
    """Say whether a path below Label Studio's base is one of a file, however a server reads it."""
    return _FILE.fullmatch(path) is not None and not _climbs(path)


def _climbs(path: str) -> bool:
    """Say whether a path, once decoded as often as anyone may, could lead elsewhere than it says."""
    for _ in range(DECODINGS):
        try:
            decoded = unquote(path, errors="strict")
        except UnicodeDecodeError:
            return True
        if decoded == path:
            break
        path = decoded
    else:
        return True
    plain = unicodedata.normalize("NFKC", path)
    steps = [step.partition(";")[0].strip() for step in plain.split("/")]
    return bool(_UNFIT.search(plain)) or "//" in plain or any(step in (".", "..") for step in steps)
