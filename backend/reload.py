"""A changed policy file comes into force without a restart: whole, or not at all.

What is under way ends under the policy that it began with. A broken file leaves the last good one in force.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path

from watchfiles import awatch

from backend.embedded import EmbeddedModels
from backend.errors import InternalError, LabelguardError
from backend.pipeline import Engine
from backend.policy import Policy
from backend.prompt import Template
from backend.standing import Standing

log = logging.getLogger("labelguard.reload")

LOOK_EVERY_MS = 5_000
"""Where the file system tells of no change, such as over a network, the files are compared this often."""
SETTLED_S = 0.1
"""A file that changes within that time is still being written."""


class Reloader:
    """Keeps an engine under the policy file as it stands.

    Args:
        engine: whose policy is watched.
        models: the embedded ones, which a new policy may need.
    """

    def __init__(self, engine: Engine, models: EmbeddedModels) -> None:
        self.standing = Standing(engine.policy.digest)
        self._engine = engine
        self._models = models
        self._seen = fingerprint(engine.policy.files)

    async def watch(self) -> None:
        """Look at the policy's files until it is cancelled."""
        while True:
            folders = sorted({file.parent for file in self._engine.policy.files if file.parent.is_dir()})
            watching = awatch(*folders, recursive=False, yield_on_timeout=True, rust_timeout=LOOK_EVERY_MS)
            async for _ in watching:
                await self.look()
                if sorted({file.parent for file in self._engine.policy.files}) != folders:
                    break

    async def look(self) -> None:
        """Put the policy file into force, if it or a file that belongs to it has changed."""
        files = self._engine.policy.files
        now = fingerprint(files)
        if now == self._seen:
            return
        await asyncio.sleep(SETTLED_S)
        if fingerprint(files) != now:
            return
        self._seen = now
        problem = ""
        try:
            await asyncio.to_thread(self._adopt)
        except LabelguardError as error:
            problem = error.reason
        except Exception as error:  # whatever it is, the policy in force stays
            problem = InternalError(error).reason
        if problem:
            self.standing.refused(problem)
            log.error("the changed policy is not in force, the last good one stays: %s", problem)

    def _adopt(self) -> None:
        """Read the file whole, load what it needs, and only then put it into force."""
        policy = Policy.load(self._engine.policy.file)
        if policy.digest == self._engine.policy.digest:
            self.standing.restored()
            return
        for rule in policy.rules:
            if rule.decision.prompt is not None:
                Template(rule.decision.prompt_name, rule.decision.prompt)
        redactors = self._engine.redactors.with_all(policy.scans)
        self._models.run(policy.providers)
        self._engine.gateway.warm(policy.providers)
        self._engine.adopt(policy, redactors)
        self._seen = fingerprint(policy.files)
        self.standing.adopted(policy.digest)
        log.info("policy %s is in force, sha256 %s", policy.file, policy.digest)


def fingerprint(files: Sequence[Path]) -> str:
    """Hash what stands in files; one that cannot be read counts as it is."""
    digest = hashlib.sha256()
    for file in files:
        try:
            content = file.read_bytes()
        except OSError as error:
            content = type(error).__name__.encode()
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()
