"""Which tasks people label before they see a prediction: who sees a suggestion is swayed by it (arXiv 2507.15821).

One of so many tasks, in the order in which they came into Label Studio: so the sample has of each import, each day and
each patch of the data its share. Which one of them, nobody can tell without the secret, and all workers say the same.
"""

import hmac

from backend.engine.project import ProjectPlan
from backend.errors import BlindError
from backend.labelstudio.types import Task
from backend.policy.types import Decision

LONGEST_NUMBER = 18
"""Digits of a task's number."""


def check_blind(secret: bytes, job: ProjectPlan, decision: Decision, task: Task) -> None:
    """Ask whether a task may have a prediction yet.

    Args:
        secret: of the server's, or of all servers that share a project.
        job: its project's.
        decision: of its rule.
        task: without a number it may.

    Raises:
        BlindError: it is one of those that people label first, and they have not.
    """
    if (
        decision.blind_one_in
        and not task.is_annotated
        and is_drawn_blind(secret, job.subject.project, task.id, decision)
    ):
        raise BlindError(decision.rule, decision.blind_one_in)


def is_drawn_blind(secret: bytes, project: str, number: str, decision: Decision) -> bool:
    """Say whether a task of a project is one of those that people label first."""
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER):
        return False
    stretch, place = divmod(int(number), decision.blind_one_in)
    drawn = hmac.digest(secret, f"blind\n{project}\n{decision.blind_one_in}\n{stretch}".encode(), "sha256")
    return int.from_bytes(drawn[:8], "big") % decision.blind_one_in == place
