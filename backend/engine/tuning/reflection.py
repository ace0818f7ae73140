"""A model that reads where a prompt was wrong, and proposes a better one: asked through the gateway, by the policy."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from pydantic import Field

from backend.engine.ask import Asker
from backend.engine.tuning.budget import TuningBudget
from backend.engine.tuning.tasks import TuningTask
from backend.engine.tuning.trials import VERSION, Trial
from backend.errors import RequestError
from backend.model.attempts import CallContext
from backend.privacy.redact import ClearedPrompt, Message
from backend.prompting.answer_form import Answer
from backend.prompting.templates import Prompts
from backend.providers import Provider
from backend.system.writing import JSON

TEMPLATE = "reflection"
LONGEST = 4_000
"""Characters of a text that are shown."""
LONGER = 8
"""How many times a provider's `max_tokens` a proposal may be long."""
TEMPERATURE = 0.7
ShownTrial = tuple[TuningTask, Trial]


class PromptProposal(Answer):
    """A proposal: the whole new prompt, and why."""

    reasons: str = Field(description="why it is better, in a few sentences")
    prompt: str = Field(description="the whole new prompt")


_SCHEMA = hashlib.sha256(json.dumps(PromptProposal.model_json_schema(), sort_keys=True).encode()).hexdigest()


def reflecting(providers: Sequence[Provider], name: str) -> tuple[Provider, ...]:
    """Return who may propose: those of a rule that read prompts, or the one of them that is named.

    Args:
        providers: the rule's, in its order.
        name: "" for all of them.

    Raises:
        RequestError: it is none of the rule's, or nobody reads prompts.
    """
    able = tuple(one for one in providers if one.kind != "distilled")
    if not able:
        raise RequestError("no provider of the rule reads a prompt - a distilled model has none to tune")
    if not name:
        return able
    chosen = tuple(one for one in able if one.name == name)
    if not chosen:
        raise RequestError(
            f"--reflection {name} is no provider of the rule that reads a prompt"
            f" - there are: {', '.join(one.name for one in able)}"
        )
    return chosen


class Reflection:
    """Belongs to one event loop.

    Args:
        asker: asks, unless the answer is there.
        prompts: has the template of the question.
        providers: who may be asked, in order; of them those alone that may see what is shown.
        budget: what may be spent.
    """

    def __init__(self, asker: Asker, prompts: Prompts, providers: Sequence[Provider], budget: TuningBudget) -> None:
        self._asker, self._prompts, self._providers, self._budget = asker, prompts, providers, budget
        self._asked = 0

    async def propose(
        self, prompt: str, placeholders: Sequence[str], trials: Sequence[ShownTrial], context: CallContext, refused: str
    ) -> PromptProposal | None:
        """Have a better prompt proposed; None if nobody may see any of the trials.

        Args:
            prompt: that was tried.
            placeholders: what a proposal must hold.
            trials: what it brought for some tasks.
            context: what a call under the rule is about.
            refused: why the last proposal was not tried, "" if it was.

        Raises:
            TuningSpentError: no more may be spent.
            LabelguardError: nobody gave a proposal.
        """
        shown, providers = self._shown(trials)
        if not shown:
            return None
        system = shown[0][0].told.ready.calls[0][1].messages[0].content
        values = {"prompt": prompt, "beside": system, "placeholders": list(placeholders), "refused": refused}
        template = self._prompts.template(TEMPLATE)
        said = template.render({**values, "records": [_record(*one) for one in shown]})
        self._asked += 1
        own = replace(
            context,
            prompt=hashlib.sha256(template.source.encode()).hexdigest(),
            schema=_SCHEMA,
            model_version=self._budget.named(f"{VERSION}reflection"),
            entities={},
            sought=(),  # it shows answers, too
            longer=LONGER,
            sample=self._asked,
            temperature=TEMPERATURE,
        )
        decision = replace(shown[0][0].told.ready.decision, providers=providers)
        with self._budget.call() as spent:
            asked = await self._asker.ask(_cleared(said, shown), PromptProposal, decision, own)
            spent(not asked.was_kept)
        return cast(PromptProposal, asked.reply.answer)

    def _shown(self, trials: Sequence[ShownTrial]) -> tuple[list[ShownTrial], tuple[Provider, ...]]:
        """Return what may be shown together, the worst first, and to whom: none tells what another hides."""
        shown: list[ShownTrial] = []
        providers = tuple(self._providers)
        for task, trial in sorted(trials, key=lambda one: one[1].score):
            left = tuple(one for one in providers if one in task.decision.providers)
            if left and not any(_tell(task, other) or _tell(other, task) for other, _ in shown):
                shown.append((task, trial))
                providers = left
        return shown, providers


def _tell(task: TuningTask, other: TuningTask) -> bool:
    """Say whether what is shown of a task tells what another one hides."""
    return any(guard.hides(text) for guard in other.redacted for text in task.shown)


def _cleared(said: str, shown: Sequence[ShownTrial]) -> ClearedPrompt:
    first, *others = [guard for task, _ in shown for guard in task.redacted]
    return first.clear([Message("user", said)], others)


def _record(task: TuningTask, trial: Trial) -> JSON:
    given = "\n".join(trial.answers) if trial.answers else f"no answer: {trial.problem}"
    wanted = "\n".join(task.told.answers)
    return {"score": f"{trial.score:.2f}", "text": "\n".join(_texts(task)), "wanted": wanted, "given": given}


def _texts(task: TuningTask) -> Iterator[str]:
    """Yield what a model is shown of a task."""
    documents: dict[str, str] = {}
    for call, _, _ in task.told.ready.calls:
        for name, text in (*call.texts.documents.items(), *call.texts.fields.items()):
            documents[name] = documents.get(name, "") + text
    left = LONGEST
    for text in documents.values():
        yield text[: max(left, 0)]
        left -= len(text)
