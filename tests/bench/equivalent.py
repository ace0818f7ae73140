"""Mutants of what guards that do as it does, so that no test can tell them: by module and name, with the reason."""

from collections.abc import Mapping

_CHECKED_TWICE = "h11 then checks the headers once more, which it has checked when the answer was made"
_NEVER_EQUAL = "no user and password are joined without a colon, so this is none of them either"
_EMPTY_STEPS = "urljoin leaves empty steps of a path out"
_REPLACED = "all that is made so is the pool of connections, which the next line replaces"
_OWN_ALONE = "without an access no place is Label Studio's own"
_NEVER_READ = "of a project that was not asked for, until the machine runs for a second"
_NO_BEGINNING = "it stands where nothing is written, and does not begin like what is looked for either"
_NO_FILE = "it stands for no file, as any number below 0"
_BARE = "the one client takes out each header that is not its own, and writes the key itself"

EQUIVALENT: Mapping[tuple[str, str], str] = {
    ("review/spool", "Spool.__init__: 1 → 2"): _NO_FILE,
    ("review/spool", "Spool._end: 1 → 2"): _NO_FILE,
    ("review/spool", "Spool._end: file >= 0 → file > 0"): "0 is standard input",
    ("review/spool", "Spool.waiting: 1 → 2"): "it stands for nothing, as any number below 0",
    ("review/spool", "Spool._read: b'' → b'~x'"): "as little as that is no head either",
    (
        "review/spool",
        "Spool._read: len(content) >= at + _HEAD.size → len(content) > at + _HEAD.size",
    ): "a head alone has no body",
    (
        "review/spool",
        "Spool._read: not length or len(body) < length or crc32(body) != check → not length or crc32(body) != check",
    ): "what is short has another checksum",
    ("system/shared_places", "SharedPlaces.wait_no_more: 0 → 1"): "a nanosecond after the start is long ago, too",
    ("server/bodies", "Bodies.body: self._held + len(chunk) → self._held - len(chunk)"): (
        "starlette ends each body with an empty chunk, which is refused in its stead"
    ),
    ("server/bodies", "Bodies._chunks: '0' → '0~x'"): "what is no number is not looked at, and 0 is never too long",
    (
        "labelstudio/xml/sizing",
        "_Sizes.start: '' → '~x'",
    ): "of a name that is not there only the length counts, and two are as few as none",
    ("server/http", "_Connection.send: True → False"): _CHECKED_TWICE,
    (
        "server/http",
        "_Connection.send: h11.Response(status_code=event.status_code, headers=list(event.headers), reason=reason,"
        " _parsed=True) → h11.Response(status_code=event.status_code, headers=list(event.headers), reason=reason)",
    ): _CHECKED_TWICE,
    ("server/http", "protocol: 'LimitedProtocol' → 'LimitedProtocol~x'"): "nobody asks for the name of the class",
    ("server/http", "given_basic: '' → '~x'"): _NEVER_EQUAL,
    ("server/http", "given_basic: b'' → b'~x'"): _NEVER_EQUAL,
    ("server/http", "given_basic: b'' → b'~x' (no. 2)"): _NEVER_EQUAL,
    ("server/connections", "printable: '~' → '~~x'"): "no character stands between the two",
    ("server/connections", "BoundedProtocol.__init__: 0 → 1"): "it begins with 0 as soon as something comes",
    (
        "server/connections",
        "BoundedProtocol._make_room: isinstance(c, BoundedProtocol) and c is not self and c._is_waiting"
        " → c is not self and c._is_waiting",
    ): "all of them are of this class",
    ("server/connections", "BoundedProtocol._refuse: self.cycle.message_event.set() → pass"): (
        "uvicorn sets it too when the connection is lost, which follows"
    ),
    ("server/connections", "BoundedProtocol._expired: self._timer = None → pass"): (
        "what has expired is at once followed by another timer, or by the end of the connection"
    ),
    (
        "model/retries",
        "pause: asyncio.get_running_loop().time() + needed >= deadline"
        " → asyncio.get_running_loop().time() + needed > deadline",
    ): "the loop's clock never stands just there",
    (
        "labelstudio/fetch/account",
        "LabelStudioAccess.place: '/' → '/~x' (no. 2)",
    ): "what follows the last slash of a base is left out",
    ("labelstudio/fetch/account", "LabelStudioAccess.place: self.url.rstrip('/') → self.url"): _EMPTY_STEPS,
    (
        "labelstudio/fetch/account",
        "Account.__init__: '' → '~x'",
    ): "a token whose time is over is exchanged before it is sent",
    ("labelstudio/fetch/dialing", "_Transport.__init__: super().__init__(trust_env=False) → pass"): _REPLACED,
    ("labelstudio/fetch/dialing", "_Transport.__init__: False → True"): _REPLACED,
    (
        "labelstudio/fetch/dialing",
        "_Transport.__init__: super().__init__(trust_env=False) → super().__init__()",
    ): _REPLACED,
    ("model/clients", "WireAttempt._unpacked: yield unpacker.flush() → pass"): (
        "a sum of its own ends what is packed, so all of it is unpacked when the last part is read"
    ),
    ("model/clients", "WireAttempt._bare: '' → '~x'"): _NO_BEGINNING,
    (
        "model/clients",
        "Nowhere.handle_request: ClosedWayError('not by this way', request=request)"
        " → ClosedWayError('not by this way')",
    ): "httpx's client writes it there itself",
    ("model/clients", "ProviderConnections.__init__: '' → '~x' (no. 2)"): _NO_BEGINNING,
    (
        "labelstudio/fetch/data",
        "Fetcher.__init__: Account(label_studio) if label_studio else None → Account(label_studio)",
    ): _OWN_ALONE,
    (
        "labelstudio/fetch/data",
        "Fetcher._get: not place.is_own or self._account is None → not place.is_own",
    ): _OWN_ALONE,
    (
        "labelstudio/fetch/data",
        "Fetcher.title: except (*_UNREACHED, TimeoutError, ValueError, KeyError, TypeError, RecursionError) as error:"
        " → except (*_UNREACHED, ValueError, KeyError, TypeError, RecursionError) as error:",
    ): "it is one of the OSErrors, which are unreached too",
    ("labelstudio/fetch/data", "Fetcher.title: '' → '~x'"): _NEVER_READ,
    ("labelstudio/fetch/data", "Fetcher.title: 0.0 → 1.0"): _NEVER_READ,
    ("model/senders", "top: if TYPE_CHECKING: → if False:"): "what is imported there is for type checkers alone",
    (
        "model/senders",
        "Sender.open: self._wires.get(reach) or await self._connections(reach) → await self._connections(reach)",
    ): "which looks for them in the same place, behind a lock",
    ("model/senders", "Sender._by_openai.send: f'Bearer {sending.key}' → f'Bearer '"): _BARE,
    ("model/senders", "_hold: litellm.module_level_aclient.client = new_client() → pass"): (
        "litellm makes it when it is first asked for, by what stands above"
    ),
    ("model/adapting", "top: 'max_tokens' → 'max_tokens~x' (no. 2)"): "renamed there and back again, it is as before",
    ("model/failures", "_meaning: 'quota' → 'quota~x'"): "what is returned last is then returned too",
    ("model/failures", "top: '' → '~x'"): "nothing that may be refused is called either",
    ("model/throttle", "Throttle.__init__: 0 → 1"): "all three begin alike, and which is greater counts alone",
    ("model/throttle", "Throttle.__init__: '' → '~x'"): "before it is read a reason is written",
    ("model/throttle", "CallSlot: 0 → 1"): "who is let in gets a number before any is read",
    ("model/throttle", "CallSlot: False → True (no. 5)"): "it is made in one place, which says nothing of it",
    (
        "privacy/last_look",
        "strings_in: isinstance(value, Iterable) and (not isinstance(value, bytes)) → isinstance(value, Iterable)",
    ): "one by one, bytes are numbers, in which no string stands",
    (
        "privacy/redact",
        "RedactedTask._guard: if values not in self._guards: → if True:",
    ): "a guard is made anew, and is as good",
    ("privacy/redact", "RedactedText: False → True (no. 9)"): "texts of the same placeholders have the same edges",
    ("privacy/redact", "RedactedTask: False → True (no. 6)"): "tasks of the same texts have guards of the same values",
    (
        "labelstudio/fetch/account",
        "_life: -len(body) → len(body)",
    ): "Python reads base64 with more padding than it needs",
}
