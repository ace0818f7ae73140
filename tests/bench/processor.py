"""What the processor is, and which of the instructions it has that detection's time and arithmetic hang on."""

import platform
import re
from pathlib import Path

FEATURES = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "amx_int8", "asimddp", "i8mm")
"""As Linux calls them: VNNI, AMX, ASIMDDP and I8MM multiply 8-bit numbers several at once."""
_INFO = Path("/proc/cpuinfo")
_MODEL = re.compile(r"^(?:model name|Hardware)\s*:\s*(.+)$", re.MULTILINE)
_FLAGS = re.compile(r"^(?:flags|Features)\s*:\s*(.+)$", re.MULTILINE)


def processor() -> str:
    """Return this machine's processor with its features, such as `AMD EPYC: avx2, avx512f`; what can be told of it."""
    try:
        info = _INFO.read_text(encoding="utf-8", errors="replace")
    except OSError:  # no Linux
        info = ""
    return described(info) or platform.processor() or platform.machine()


def described(info: str) -> str:
    """Return a processor with its features, as Linux tells of it in `/proc/cpuinfo`; "" if that tells nothing."""
    model, flags = _MODEL.search(info), _FLAGS.search(info)
    if flags is None:
        return ""
    own = set(flags[1].split())
    name = model[1].strip() if model else platform.machine()
    return f"{name}: {', '.join(feature for feature in FEATURES if feature in own) or 'none of them'}"
