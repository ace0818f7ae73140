"""Where the CPU of a task goes, by stage: an engine in this process, profiled by the clock of its thread.

A profile tells the shares of the engine's thread, and makes it slower; what is told is its real time, by these shares.
Detection and the books have threads of their own, whose time is real.
"""

import asyncio
import cProfile
import pstats
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from backend.engine.assemble import assemble, load_redactor
from backend.engine.engine import Engine
from backend.engine.redactors import Redactors
from backend.labelstudio.types import Task
from backend.model.gateway import Gateway
from backend.policy import Policy
from backend.settings import Settings
from backend.store import open_store
from backend.system.memory import settle_memory
from tests.parts import SECRET, SENTIMENT, open_attempt_log

STAGES = ("read", "detect", "write prompt", "ask", "check", "record", "else")
_OF_FUNCTIONS = {
    ("rule_choice.py", "choose"): "read",
    ("prepare.py", "_redacted"): "detect",
    ("task_texts.py", "of"): "write prompt",
    ("prepare.py", "_written"): "write prompt",
    ("gateway.py", "ask"): "ask",
    ("attempts.py", "attempt"): "record",
    ("attempts.py", "_end"): "record",
    ("engine.py", "_put_together"): "check",
    ("engine.py", "_look"): "check",
}
"""What the engine's thread does, by the functions that lead to it; those within others are taken out of them."""
_WITHIN = {("attempts.py", "attempt"): "ask"}
_OF_THREADS = {"redact": "detect", "labelguard-record": "record", "ledger": "record", "kept": "record"}


def cpu_by_stage(policy: Path, texts: Sequence[str]) -> dict[str, float]:
    """Predict texts, once by the clock and once by a profile; return the milliseconds of CPU a task by stage."""
    folder = policy.parent
    loaded = Policy.load(policy)
    gateway = Gateway(open_attempt_log(folder))
    gateway.warm(loaded.providers)
    store = open_store(f"sqlite:///{folder / 'state.db'}")
    engine = assemble(loaded, Settings(policy=policy), gateway, Redactors(load_redactor), SECRET, store)
    return asyncio.run(_measure(engine, [f"{text} Once more." for text in texts], texts))


async def _measure(engine: Engine, profiled: Sequence[str], clocked: Sequence[str]) -> dict[str, float]:
    try:
        await _predict(engine, ["One to warm up."])
        settle_memory()  # as a server does: else what looks for garbage in all that was loaded counts for some stage
        profile = cProfile.Profile(timer=time.thread_time)
        with profile:
            await _predict(engine, profiled)
        before, own = _of_all_threads(), time.thread_time()
        await _predict(engine, clocked)
        own = time.thread_time() - own
        after = _of_all_threads()
    finally:
        await engine.aclose()
    spent = {stage: own * share for stage, share in _shares(pstats.Stats(profile)).items()}
    for name, seconds in after.items():
        stage = next((stage for start, stage in _OF_THREADS.items() if name.startswith(start)), None)
        if stage:
            spent[stage] += seconds - before.get(name, 0.0)
    return {stage: seconds / len(clocked) * 1000 for stage, seconds in spent.items()}


async def _predict(engine: Engine, texts: Sequence[str]) -> None:
    job = engine.job(SENTIMENT, "1.1")
    tasks = [Task({"text": text}, id=str(number)) for number, text in enumerate(texts, 1)]
    for outcome in await engine.predict(job, tasks):
        if isinstance(outcome, Exception):
            raise outcome


def _shares(stats: pstats.Stats) -> dict[str, float]:
    """Return the share of each stage in a profile of the engine's thread."""
    rows: Mapping[tuple[str, int, str], tuple[int, int, float, float, object]] = stats.stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in rows.values())
    found = dict.fromkeys(STAGES, 0.0)
    for (file, _, function), (_, _, _, cumulative, _) in rows.items():
        place = (Path(file).name, function)
        if place in _OF_FUNCTIONS and "site-packages" not in file:
            found[_OF_FUNCTIONS[place]] += cumulative
            if place in _WITHIN:
                found[_WITHIN[place]] -= cumulative
    found["else"] = max(total - sum(found.values()), 0.0)
    return {stage: max(seconds, 0.0) / total for stage, seconds in found.items()}


def _of_all_threads() -> dict[str, float]:
    """Return the seconds of CPU of this process's threads, by their names."""
    found = {}
    for thread in threading.enumerate():
        try:
            spent = Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text()
        except OSError:
            continue
        found[thread.name] = int(spent.split()[0]) / 1e9
    return found
