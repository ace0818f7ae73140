"""Settings → the queue, and what works on it."""

from backend.engine.assemble import label_studio_access, surrogate_key
from backend.engine.engine import Engine
from backend.labelstudio.api import LabelStudioApi
from backend.queue.delivery import Delivery
from backend.queue.queue import QueueLimits, TaskQueue
from backend.queue.worker import QueueWorker
from backend.settings import Settings
from backend.store import open_store


def open_worker(engine: Engine, settings: Settings) -> QueueWorker | None:
    """Open the queue in the state's database; None if the settings say that nothing waits.

    Args:
        engine: works on it.
        settings: of the process.

    Raises:
        StoreError: the database cannot be used.
        SettingsError: the file with the secret cannot be read.
    """
    limits = QueueLimits(settings.queue_tasks, settings.queue_bytes, settings.queue_hours)
    if not limits.tasks or not limits.size:
        return None
    queue = TaskQueue(open_store(settings.state_url.get_secret_value()), surrogate_key(settings), limits)
    access = label_studio_access(settings)
    return QueueWorker(engine, queue, Delivery(LabelStudioApi(access)) if access else None)
