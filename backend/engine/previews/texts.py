"""Texts redacted as a policy's rule would, without a label config: for the eyes of those who write the policy."""

from collections.abc import Mapping
from typing import Self

from backend.engine.previews.preview import PreviewedTask, Previewer
from backend.labelstudio.types import Task
from backend.policy import Policy
from backend.privacy.redact import RedactedText
from backend.prompting.task_labels import OBJECT
from backend.settings import Settings


class RuleRedactor:
    """Redacts texts as the rule says that decides on them.

    What is shown is what would be sent of a project whose label config has a Text for each, named as its place in the
    data; a text alone is `text`.

    Args:
        policy: whose rules. Its guards are started, if they are embedded, and asked.
        project, path, title: what they are asked about; "" if unknown.
    """

    def __init__(self, policy: Policy, project: str, path: str, title: str) -> None:
        self._subject = project, path, title
        self._previewer = Previewer(policy, Settings())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the guards, and close the record of what they were asked."""
        self._previewer.close()

    def redact(self, texts: Mapping[str, str], task: Task) -> Mapping[str, RedactedText]:
        """Redact texts together; those of fields that the rule withholds are not among what is returned, by place.

        Args:
            texts: by their places in the task's data.
            task: what the rules are asked about.

        Raises:
            NoRuleError, RefusedError, BlockedError: nothing would be sent.
            TaskError: a text is broken, or all together are too long.
            DetectionError: detection failed, or refuses a text.
        """
        project, path, title = self._subject
        (found,) = self._previewer.tasks([PreviewedTask(task, "", project, path, title, texts)])
        if found.refusal:
            raise found.refusal
        return {name.removeprefix(OBJECT): text for name, text in found.texts.items()}
