"""How many cores of the machine this process may use."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def cores(root: Path = ROOT, own: Path = Path("/proc/self/cgroup")) -> int:
    """Count the cores that this process may run on, and no more than its control group gives it time for; at least 1.

    Args:
        root: where control groups are mounted.
        own: the file that says which of them are this process's.
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min([allowed, *_quotas(root, own)])))


def spare_cores(used: int) -> int:
    """Count the cores that are left where some are used, or half of all if that is more; at least 1."""
    have = cores()
    return max(1, have - used, have // 2)


def _quotas(root: Path, own: Path) -> Iterator[float]:
    """Yield how many cores' time each control group above this process gives, in either version's form."""
    for line in _read(own).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        folder = root if not controllers else root / "cpu"
        place = folder / path.strip("/")
        for group in (place, *place.parents):
            yield from _quota(group)
            if group == folder:
                break


def _quota(group: Path) -> Iterator[float]:
    limit, _, period = _read(group / "cpu.max").partition(" ")
    if not limit:
        limit, period = _read(group / "cpu.cfs_quota_us"), _read(group / "cpu.cfs_period_us")
    try:
        quota = float(limit) / float(period)
    except (ValueError, ZeroDivisionError):  # no limit, or no such file
        return
    if quota > 0:
        yield quota


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
