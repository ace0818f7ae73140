"""Texts redacted as a policy's rule would, without a label config: for the eyes of those who write the policy."""

import asyncio
import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cache, partial

from backend.engine.assemble import guards_gateway, surrogate_key
from backend.engine.guard import Guarding
from backend.engine.preview import shared_redactor
from backend.engine.rule_choice import language_of
from backend.errors import NoRuleError, RefusedError
from backend.labelstudio.config import build_plan
from backend.labelstudio.types import Task
from backend.model.attempts import CallContext
from backend.policy import Facts, Policy, Rule, Subject, project_id, restrict
from backend.policy.facts import Found
from backend.policy.types import Decision
from backend.privacy.redact import RedactedTask, RedactOptions
from backend.prompting.templates import Prompts
from backend.settings import Settings
from handlers import load_handlers

CONFIG = '<View><Text name="text" value="$text"/><TextArea name="answer" toName="text"/></View>'
"""What rules that ask for tags are told."""


class RuleRedactor:
    """Redacts texts as the rule says that decides on them.

    Args:
        policy: whose rules. Its guards are started, if they are embedded, and asked.
        project, path, title: what they are asked about; "" if unknown.
    """

    def __init__(self, policy: Policy, project: str, path: str, title: str) -> None:
        settings = Settings()
        self._policy = policy
        self._subject = Subject(project_id(project), path, build_plan(CONFIG, load_handlers()), title)
        self._key = surrogate_key(settings)
        self._prompts = Prompts(settings.home / "prompts" if settings.home else None)
        self._opened = ExitStack()
        self._loop = self._opened.enter_context(asyncio.Runner())
        gateway = self._opened.enter_context(guards_gateway(policy))
        self._guarding = Guarding(gateway, self._key)
        self._opened.callback(lambda: self._loop.run(gateway.aclose()))

    def close(self) -> None:
        """End the guards, and close the record of what they were asked."""
        self._opened.close()

    def redact(self, texts: Mapping[str, str], task: Task) -> RedactedTask:
        """Redact texts together; those of fields that the rule withholds are not among what is returned.

        Args:
            texts: by their places in the task's data.
            task: what the rules are asked about.

        Raises:
            NoRuleError, RefusedError, BlockedError: nothing would be sent.
            DetectionError: detection failed, or refuses a text.
        """
        rule, shown, found = self._choose(texts, task)
        decision = rule.decision
        if decision.refuse:
            raise RefusedError(decision.rule, decision.refuse)
        redactor = shared_redactor(decision.scan)
        withheld = {name: text for name, text in texts.items() if name not in shown}
        if not decision.redact:
            return redactor.pass_through(shown, withheld=withheld)
        restrict(decision, found())
        return redactor.redact(
            shown,
            RedactOptions(
                keep=decision.keep,
                threshold=decision.threshold,
                withheld=withheld,
                operators=decision.operators,
                seed=hmac.new(self._key, json.dumps(shown, sort_keys=True).encode(), "sha256").hexdigest(),
            ),
            detected=found(),
        )

    def _choose(self, texts: Mapping[str, str], task: Task) -> tuple[Rule, Mapping[str, str], Callable[[], Found]]:
        """Return the first rule that matches, the texts that it would show, and what finds in them."""
        for rule in self._policy.candidates(self._subject):
            scan, match = rule.decision.scan, rule.match
            shown = {name: text for name, text in texts.items() if not rule.decision.withholds(name)}
            found = cache(partial(self._find, rule.decision, shown, task))
            language = partial(language_of, known=scan.languages)
            facts = Facts(task.data, task.meta, partial(dict, shown), found, language)
            if not match.missed_fields(facts) and not (match.of_texts and match.missed_texts(facts)):
                return rule, shown, found
        raise NoRuleError(self._subject.project, self._subject.path, self._policy.file, of_task=True)

    def _find(self, decision: Decision, texts: Mapping[str, str], task: Task) -> Found:
        scan = decision.scan
        errand = CallContext(
            self._subject.project,
            task.id,
            rule=decision.rule,
            policy=self._policy.digest,
            keep_days=decision.record_days,
        )
        look = self._guarding.look(scan, texts.values(), self._prompts, errand, decision.limits)
        return shared_redactor(scan).guarded(self._loop.run(look)).find(texts)
