"""The same pipeline as a class for label-studio-ml's server (extra `ml`), for teams that host their models with it.

Its server keeps one model for all projects, has no Basic auth and writes what webhooks bring to disk. Ours does not:
prefer `labelguard serve` where you can.
"""

import atexit
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from typing import Any

try:
    from label_studio_ml.model import LabelStudioMLBase
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"{error.name} is not installed - pip install 'labelguard[ml]'", name=error.name
    ) from None

from backend.engine.assemble import running_engine
from backend.engine.thread import EngineThread
from backend.errors import LabelguardError
from backend.labelstudio.requests import Params, WireTask
from backend.labelstudio.types import Prediction
from backend.logs import silence_libraries
from backend.policy import Policy
from backend.settings import Settings


class LabelguardModel(LabelStudioMLBase):  # type: ignore[misc]
    """A model of label-studio-ml 1.x or 2.x. The LABELGUARD_ variables are its settings.

    1.x does not say which project asks, so that no policy rule by project matches there.

    Attributes:
        path: what stands for the path prefix of the backend's URL in a policy; set it in a subclass.
    """

    path = ""

    def predict(
        self,
        tasks: Sequence[Mapping[str, Any]],
        context: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> list[dict[str, Any]]:
        """Predict tasks.

        Args:
            tasks: as Label Studio sends them; only `data`, `meta` and `id` are read.
            context: of an interactive request: what the annotator has in the editor.

        Returns:
            For each task, in order, its prediction, or `{}` where there is none (P7).

        Raises:
            LabelguardError: the policy allows no model, or the label config cannot be served.
        """
        runner = _runner()
        project = str(getattr(self, "project_id", "") or "")
        job = runner.engine.job(self.label_config or "", project, self.path)
        own = [WireTask.model_validate(task).task() for task in tasks]
        regions = Params.model_validate({"context": context}).context
        deadline = time.monotonic() + Settings().predict_timeout
        work = runner.engine.predict(job, own, context=regions.result if regions else None, deadline=deadline)
        outcomes = runner.submit(work).result()
        return [outcome.payload() if isinstance(outcome, Prediction) else {} for outcome in outcomes]

    def fit(self, *_: Any, **__: Any) -> dict[str, Any]:
        """Learn nothing: annotations go nowhere (P11)."""
        return {}


@cache
def _runner() -> EngineThread:
    """Start the engine with the first task: label-studio-ml makes a model object for each request."""
    settings = Settings()
    stack = ExitStack()
    try:
        policy = Policy.load(settings.policy)
        engine = stack.enter_context(running_engine(policy, settings))
        runner = stack.enter_context(EngineThread(engine))
    except LabelguardError:
        stack.close()
        raise
    atexit.register(stack.close)
    silence_libraries()
    return runner
