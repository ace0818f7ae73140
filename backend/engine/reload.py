"""A changed policy, or a prompt of one's own, comes into force without a restart: whole, or not at all.

What is under way ends under the policy that it began with. A broken file leaves the last good one in force. All is read
once: what is in force is made of the bytes that it is compared by, so that no later change is taken for seen.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchfiles import Change, awatch

from backend.engine.engine import Engine
from backend.engine.policy_status import PolicyStatus
from backend.errors import InternalError, LabelguardError, PromptError
from backend.model.embedded.models import EmbeddedModels
from backend.policy import Policy
from backend.prompting.templates import Prompts, Template
from backend.system.snapshot import Snapshot, seen_now
from handlers import Handlers

log = logging.getLogger("labelguard.reload")

LOOK_EVERY_MS = 5_000
"""Where the file system tells of no change, such as over a network, the files are compared this often."""
LOGS = ("-wal", "-shm", "-journal")
"""How the names of SQLite's logs end."""
SETTLED_S = 0.1
"""A file that changes within that time is still being written."""
BLIND_LOOKS = 60
"""Looks without the system's word for changes, before it is asked for that again."""


@dataclass(frozen=True, slots=True)
class State:
    """How the files stand.

    Attributes:
        policy: by path, all that a policy was made of or looked for.
        prompts: by stem, a deployment's own templates and the shipped ones; a problem where they cannot be read.
    """

    policy: Mapping[Path, str]
    prompts: Mapping[str, tuple[str, str]] | str


class Reloader:
    """Keeps an engine under the policy file and the prompts as they stand.

    Args:
        engine: whose policy is watched.
        models: the embedded ones, which a new policy may need.
    """

    def __init__(self, engine: Engine, models: EmbeddedModels) -> None:
        self.policy_status = PolicyStatus(engine.policy.digest)
        self._engine = engine
        self._models = models
        self._handlers = engine.handlers if isinstance(engine.handlers, Handlers) else Handlers()
        self._seen = State(engine.policy.seen, engine.prompts.sources)

    async def watch(self) -> None:
        """Look at the files until it is cancelled, whatever the system's word for changes is worth."""
        while True:
            try:
                await self._follow(self._folders())
            except Exception as error:  # whatever it is: without this task no change would ever be seen
                said = getattr(error, "strerror", None)
                self._blind(f"{type(error).__name__}: {said}" if said else InternalError(error).reason)
            await self._compare()

    async def _compare(self) -> None:
        """Look now and then for as long as the system tells of no change."""
        for _ in range(BLIND_LOOKS if self.policy_status.blind else 0):
            await asyncio.sleep(LOOK_EVERY_MS / 1000)
            try:
                await self.look()
            except Exception as error:  # the next look may go well
                log.error("the policy's files cannot be looked at: %s", InternalError(error).reason)

    async def _follow(self, folders: Sequence[Path]) -> None:
        """Look whenever the system tells of a change in some folders, until others are to be watched."""
        if not folders:
            raise FileNotFoundError(2, "no folder of the policy is there")
        async for _ in self._changes(folders):
            self.policy_status.sees("")
            await self.look()
            if self._folders() != folders:
                return
        raise StopAsyncIteration

    def _changes(self, folders: Sequence[Path]) -> AsyncIterator[object]:
        # Its own filter passes over folders such as .venv, wherever they stand in a path.
        return awatch(
            *folders, watch_filter=_matters, recursive=False, yield_on_timeout=True, rust_timeout=LOOK_EVERY_MS
        )

    def _folders(self) -> list[Path]:
        """Return the folders of all files, and of what links among them lead to, as far as they are there."""
        files = [*self._engine.policy.seen, *self._handlers.seen]
        folders = {folder for file in files for folder in (file.parent, file.resolve().parent)}
        own = self._engine.prompts.own
        return sorted(folder for folder in folders | ({own, own.resolve()} if own else set()) if folder.is_dir())

    def _blind(self, problem: str) -> None:
        every = LOOK_EVERY_MS // 1000
        said = f"the system tells of no change ({problem}) - the files are compared every {every} s"
        self.policy_status.sees(said)
        log.warning("%s; see fs.inotify.max_user_watches and max_user_instances, and that the folders are there", said)

    def ended(self, task: "asyncio.Task[None]") -> None:
        """Say that `watch` has ended, unless it was cancelled: from now on no change is seen."""
        if task.cancelled():
            return
        error = task.exception()
        reason = InternalError(error).reason if error else "it ended"
        said = f"changes are not seen any more ({reason}) - start the server again"
        self.policy_status.sees(said)
        log.error("%s", said)

    async def look(self) -> None:
        """Put the files into force, if one of them has changed. What is saved meanwhile is seen at once."""
        for _ in range(BLIND_LOOKS):
            if not await self._look():
                return

    async def _look(self) -> bool:
        """Put a change into force, or say why not; say whether there was one."""
        self._look_at_handlers(await asyncio.to_thread(seen_now, self._handlers.seen))
        now = await asyncio.to_thread(self._now)
        if now == self._seen:
            return False
        await asyncio.sleep(SETTLED_S)
        if await asyncio.to_thread(self._now) != now:
            return False
        problem = ""
        try:
            await asyncio.to_thread(self._adopt)
        except LabelguardError as error:
            problem = error.reason
        except Exception as error:  # whatever it is, the policy in force stays
            problem = InternalError(error).reason
        if problem:
            self.policy_status.refused(problem)
            log.error("the changed policy is not in force, the last good one stays: %s", problem)
        return True

    def _now(self) -> State:
        """Return how the files that were looked at stand now."""
        own = self._engine.prompts.own
        try:
            prompts: Mapping[str, tuple[str, str]] | str = _prompts(own, self._engine.prompts).sources
        except PromptError as error:
            prompts = error.reason
        return State(seen_now(self._seen.policy), prompts)

    def _adopt(self) -> None:
        """Read the files whole, load what they need, and only then put them into force."""
        snapshot, problem, prompts = Snapshot(), "", self._engine.prompts
        try:
            prompts = _prompts(prompts.own, prompts)
        except PromptError as error:
            problem = error.reason
        try:
            policy = Policy.load(self._engine.policy.file, snapshot)
        finally:
            self._seen = State(snapshot.seen, problem or prompts.sources)
        if problem:
            raise PromptError(problem)
        if self._now() != self._seen:
            return  # changed as it was read: what was read may be of two versions, and the next look sees it whole
        if policy.seen == self._engine.policy.seen and prompts.sources == self._engine.prompts.sources:
            self.policy_status.restored()
            return
        prompts.check(self._engine.handlers)
        for rule in policy.rules:
            if rule.decision.prompt is not None:
                Template(rule.decision.prompt_name, rule.decision.prompt)
        redactors = self._engine.redactors.with_all(policy.scans).loaded()
        self._models.run(policy.providers)
        self._engine.gateway.warm(policy.providers)
        self._engine.adopt(policy, redactors, prompts)
        self.policy_status.adopted(policy.digest)
        policy.warn()
        log.info("policy %s is in force, sha256 %s", policy.file, policy.digest)

    def _look_at_handlers(self, now: Mapping[Path, str]) -> None:
        """Say that handlers, which are code, come into force by a restart alone."""
        changed = sorted(file.name for file, state in self._handlers.seen.items() if now[file] != state)
        said = f"{', '.join(changed)} changed, and handlers come into force by a restart" if changed else ""
        if said and said != self.policy_status.handlers:
            log.warning("%s", said)
        self.policy_status.handlers = said


def _matters(_: Change, path: str) -> bool:
    """Say whether a change may be one of our files: a database beside them is written all the time."""
    return not path.endswith(LOGS)


def _prompts(own: Path | None, before: Prompts) -> Prompts:
    """Read the templates anew; a folder that was there and is not, such as one of a network, is no reason for others.

    Raises:
        PromptError: the folder is gone, or a file cannot be read.
    """
    if own and not own.is_dir() and before.has_own:
        raise PromptError(f"the folder {own} is gone - the prompts that were read from it stay")
    return Prompts(own)
