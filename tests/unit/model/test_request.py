"""What a provider is asked."""

import pytest

from backend.model.request import asked
from backend.privacy.redact import Redactor
from backend.providers import Provider


@pytest.mark.parametrize(
    ("scores", "max_tokens", "more"),
    [
        ("", 1024, {}),
        ("tokens", 1024, {"logprobs": True, "top_logprobs": 5}),
        ("tokens", 10_000, {"logprobs": True}),
        ("tokens", 40_000, {}),
    ],
)
def test_probabilities_are_asked_for_as_far_as_an_answer_with_them_is_read(scores, max_tokens, more):
    one = Provider("own", "openai", "m", external=False, scores=scores, max_tokens=max_tokens)
    request = asked(Redactor(lambda text: []).redact({"text": "x"}).clear([]), one)
    assert request == {"messages": [], "model": "m", "temperature": 0, "max_tokens": max_tokens} | more
