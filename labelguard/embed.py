"""For who predicts in a process of their own, without our server, as `backend/ml.py` does for label-studio-ml.

    policy = Policy.load(Path("policy.yaml"))
    with running_engine(policy) as engine, EngineThread(engine) as runner:
        plan = engine.job(label_config, "1.1795417599")
        outcomes = runner.submit(engine.predict(plan, [Task({"text": "Ann went."})])).result()

An outcome is a `Prediction`, or the `LabelguardError` that says why there is none. These names stay. What is not named
here may move from one version to the next.
"""

from backend.engine.assemble import label_studio_access, running_engine
from backend.engine.engine import Engine, Outcome
from backend.engine.project import ProjectPlan
from backend.engine.thread import EngineThread
from backend.errors import LabelguardError
from backend.labelstudio.types import Prediction, Task
from backend.policy import Policy
from backend.settings import Settings

__all__ = [
    "Engine",
    "EngineThread",
    "LabelguardError",
    "Outcome",
    "Policy",
    "Prediction",
    "ProjectPlan",
    "Settings",
    "Task",
    "label_studio_access",
    "running_engine",
]
