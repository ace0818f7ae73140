"""Asks a distilled model: in this process, without a network."""

import asyncio
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.errors import ProviderSetupError
from backend.model.clients import WireAttempt
from backend.providers import Provider
from backend.system.disk import problem_of
from backend.system.writing import JSON

if TYPE_CHECKING:
    from backend.model.distilled.model import DistilledModel


class DistilledSender:
    """Asks one provider of the kind `distilled`, whose model is read when it is asked first.

    Args:
        provider: who is asked.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._lock = asyncio.Lock()

    async def send(self, _: WireAttempt, **kwargs: Any) -> JSON:
        """Answer a call.

        Raises:
            ProviderSetupError: the model is not the one that the policy was read with, or cannot be read.
        """
        async with self._lock:
            model = await asyncio.to_thread(lambda: self._model)
        return await asyncio.to_thread(model.completion, kwargs["messages"])

    @cached_property
    def _model(self) -> "DistilledModel":
        from backend.model.distilled.model import BadModelError, read_distilled  # noqa: PLC0415 - it takes numpy

        problem = ""
        try:
            return read_distilled(Path(self._provider.path), self._provider.model)
        except OSError as error:
            problem = f"lies in a folder of which {error.filename or 'a file'} {problem_of(error)}"
        except BadModelError as error:
            problem = str(error)
        raise ProviderSetupError(self._provider.name, f"{problem} - see its path, and reload the policy")
