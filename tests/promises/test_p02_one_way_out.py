"""P2, one way out: only the gateway reaches a model, and it takes only what the privacy layer cleared.

Every type that nothing else can make is tried in tests/unit/privacy/test_cleared.py; `make lint` holds imports to the
contract in pyproject.toml.
"""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from backend.labelstudio.config import build_plan
from backend.model.attempts import CallContext
from backend.model.gateway import Gateway
from backend.privacy.redact import ClearedPrompt, Message, Redactor
from backend.prompting.answer_form import Question, compose_answer
from backend.providers import Provider
from tests.bench.house import House
from tests.parts import HANDLERS, SENTIMENT, open_attempt_log

OWN_WORDS = (Message("user", "Ann smiled."),)
LIBRARIES = ("litellm", "openai", "instructor", "httpx", "httpcore", "requests", "aiohttp", "urllib3")
REACHING = frozenset({*LIBRARIES, "socket", "http.client", "urllib.request", "websockets", "opentelemetry.exporter"})
ELSEWHERE = {
    "backend/cli/demo_run.py": "asks our own server",
    "backend/labelstudio/api/": "asks Label Studio for tasks, and stores predictions there",
    "backend/labelstudio/fetch/": "brings data in, from hosts that the policy names",
    "backend/privacy/processes/": "speaks with processes of our own",
    "backend/record/otlp.py": "sends the record, which holds no text",
    "backend/record/posting.py": "sends hashes and signatures of the record",
    "backend/server/": "listens, by one socket for all workers",
    "backend/server/console/openid/outward.py": "asks the OpenID provider that signs people in to the console",
    "backend/tracing.py": "sends traces, which hold no text, to a collector that the settings name",
    "backend/system/pipes.py": "speaks with processes of our own",
}
"""Who else imports what reaches others, and what for."""


def cleared():
    """Return what the privacy layer makes of a text."""
    task = Redactor(lambda text: []).redact({"text": "It rains."})
    return task.clear([Message("user", task.fields["text"].text)])


def ask(prompt, standin, folder):
    """Ask a provider by the real gateway."""
    plan = build_plan(SENTIMENT, HANDLERS)
    form = compose_answer(Question(plan, plan.asked, {}, {}), HANDLERS)
    provider = Provider("vendor", "openai", "stand-in", external=True, address=standin.address)

    async def asked():
        gateway = Gateway(open_attempt_log(folder))
        try:
            return await gateway.ask(prompt, form, [provider], CallContext("1"))
        finally:
            await gateway.aclose()

    return asyncio.run(asked())


def test_p02_the_gateway_sends_nothing_that_was_not_cleared(vendor, tmp_path):
    alike = SimpleNamespace(messages=OWN_WORDS, redacted=True, guarded=None, last_look=lambda request: None)
    for prompt in (alike, OWN_WORDS, OWN_WORDS[0].content):
        with pytest.raises(TypeError, match="ClearedPrompt"):
            ask(prompt, vendor, tmp_path)
    assert vendor.received == b""
    assert ask(cleared(), vendor, tmp_path).provider == "vendor"


def test_p02_nobody_else_clears_a_prompt_or_changes_one():
    for make in (lambda: ClearedPrompt(OWN_WORDS, True, None), lambda: replace(cleared(), messages=OWN_WORDS)):
        with pytest.raises(TypeError, match=r"made by backend\.privacy\.redact alone"):
            make()


def test_p02_no_other_package_imports_what_reaches_a_model():
    reaching = {
        module.path.as_posix()
        for module in House.read().modules.values()
        if any(f"{name}.".startswith(tuple(f"{one}." for one in REACHING)) for name in module.imported())
    }
    assert {"backend/model/clients.py", "backend/model/request.py", "backend/model/senders.py"} <= reaching
    others = {path for path in reaching if not path.startswith("backend/model/")}
    assert {path for path in others if not path.startswith(tuple(ELSEWHERE))} == set()
