"""Where a provider is, as the page says it."""

import pytest

from backend.engine.previews.report.page import where
from backend.providers import Provider

WHERE = [
    (Provider("a", "openai", "m", external=True), "the vendor's address"),
    (Provider("a", "openai", "m", external=True, region="eu"), "the vendor's address, eu"),
    (Provider("a", "litellm", "m", external=False, address="http://u:secret@10.0.0.1:1/v1?key=k"), "10.0.0.1"),
    (Provider("a", "embedded", "m", external=False), "this machine"),
]


@pytest.mark.parametrize(("provider", "said"), WHERE)
def test_an_address_is_told_by_its_host_alone(provider, said):
    assert where(provider) == said
