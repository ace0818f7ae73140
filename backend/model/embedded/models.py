"""The embedded models that a process uses: their files had, and each kept running."""

import socket
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from backend.errors import ModelFileError, ProviderDownError
from backend.model.embedded.file import named, present
from backend.model.embedded.keeper import Keeper
from backend.model.embedded.server import Order
from backend.providers import Provider, Reach
from backend.settings import Settings, variable
from backend.system.cores import spare_cores
from backend.system.private import PrivateFolder


class EmbeddedModels:
    """The embedded models that this process uses. Use as a context manager: what it started ends with it.

    Args:
        settings: of the process.
        threads: of the processor, for each model; by default as the settings say, or as many as are to spare.
    """

    def __init__(self, settings: Settings | None = None, threads: int | None = None) -> None:
        self._settings = settings or Settings()
        self._threads = threads or self._settings.model_threads or spare_cores(self._settings.redaction_workers)
        self._folder: PrivateFolder | None = None
        self._keepers: dict[tuple[str, str], Keeper] = {}
        self._of_model: dict[str, Keeper] = {}

    def __enter__(self) -> "EmbeddedModels":
        return self

    def __exit__(self, *_: object) -> None:
        for keeper in self._keepers.values():
            keeper.close()
        if self._folder:
            self._folder.close()

    def run(self, providers: Iterable[Provider]) -> None:
        """Have the embedded models among some providers run, fetching their files first if need be.

        Raises:
            ModelFileError: a model cannot be had or does not start.
            SettingsError: the folder for its socket is not ours alone.
        """
        for keeper in self.start(providers):
            if keeper.was_ready:
                continue
            try:
                keeper.wait()
            except ModelFileError:
                self._forget(keeper)
                raise

    def start(self, providers: Iterable[Provider]) -> list[Keeper]:
        """Begin to start them, as far as they do not run yet; return who keeps them running.

        Raises:
            ModelFileError, SettingsError: as `run`.
        """
        wanted: dict[str, int] = {}
        for provider in providers:
            if provider.kind == "embedded":
                wanted[provider.model] = max(provider.concurrency, wanted.get(provider.model, 1))
        return [self._start(model, parallel) for model, parallel in wanted.items()]

    async def reach(self, provider: Provider) -> Reach:
        """Say where a provider's model answers, and with which secret; waits while it is started again.

        Raises:
            ProviderDownError: it does not run.
        """
        keeper = self._of_model.get(provider.model)
        if keeper is None:
            raise ProviderDownError(provider.name, "does not run here - start Labelguard again")
        reached = await keeper.reached()
        if isinstance(reached, str):
            raise ProviderDownError(provider.name, reached)
        return reached

    def _start(self, model: str, parallel: int) -> Keeper:
        if not hasattr(socket, "AF_UNIX"):
            raise ModelFileError("the embedded model does not run on this system - name other providers in the policy")
        if find_spec("xllamacpp") is None:
            raise ModelFileError(
                "the embedded model needs the package xllamacpp - pip install 'labelguard[embedded]', or name other"
                " providers in the policy"
            )
        file, sha256 = self._file(model)
        if self._folder is None:
            self._folder = PrivateFolder(self._settings.runtime, variable("runtime"))
        keeper = self._keepers.get((str(file), sha256))
        if keeper is None:
            order = Order(str(file), sha256, host="", parallel=parallel, threads=self._threads)
            keeper = self._keepers[str(file), sha256] = Keeper(model, order, self._folder)
        self._of_model[model] = keeper
        return keeper

    def _file(self, model: str) -> tuple[Path, str]:
        own = self._settings.model_path
        if own:
            return own.resolve(), self._settings.model_sha256
        known = named(model)
        return present(known, self._settings.cache, self._settings.model_source).resolve(), known.sha256

    def _forget(self, failed: Keeper) -> None:
        failed.close()
        self._keepers = {place: keeper for place, keeper in self._keepers.items() if keeper is not failed}
        self._of_model = {model: keeper for model, keeper in self._of_model.items() if keeper is not failed}
