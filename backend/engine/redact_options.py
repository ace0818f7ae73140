"""How a task's texts are redacted, as its rule says."""

import hmac
import json
from collections.abc import Mapping

from backend.engine.rule_choice import TaskUnderRule
from backend.privacy.redact import RedactOptions
from backend.prompting.hide_in_labels import config_words
from backend.prompting.task_labels import TYPED


def redact_options(seen: TaskUnderRule, key: bytes) -> RedactOptions:
    """Return how a task's texts are redacted, as its rule says.

    Args:
        seen: the task.
        key: a secret, on which surrogates hang.
    """
    decision, reading = seen.way.decision, seen.reading
    return RedactOptions(
        keep=decision.keep,
        threshold=decision.threshold,
        withheld=reading.withheld,
        borders=reading.borders(),
        operators=decision.operators,
        seed=_seed(reading.texts(), key),
        reserved=tuple(config_words(seen.way.plan)),
    )


def _seed(texts: Mapping[str, str], key: bytes) -> str:
    """Return what a task's surrogates hang on: its texts, but for what an annotator types, and our secret."""
    own = {name: text for name, text in texts.items() if not name.startswith(TYPED)}
    return hmac.new(key, json.dumps(own, sort_keys=True).encode(), "sha256").hexdigest()
