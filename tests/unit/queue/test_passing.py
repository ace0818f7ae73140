"""Which failures let a task wait for another try, and which of them count as one."""

import pytest

from backend.errors import (
    ConfigError,
    ProviderAuthError,
    ProviderBusyError,
    ProviderDownError,
    ProviderPausedError,
    RateLimitError,
)
from backend.queue.passing import PAUSES_S, retry_pause, was_tried


@pytest.mark.parametrize("kind", [ProviderBusyError, ProviderDownError, ProviderPausedError])
def test_what_may_pass_is_tried_again_a_few_times_and_later_each_time(kind):
    error = kind("vendor", "says so")
    assert [retry_pause(error, tries) for tries in range(1, len(PAUSES_S) + 2)] == [*PAUSES_S, None]


@pytest.mark.parametrize("error", [ProviderAuthError("vendor", "says so"), ConfigError("is none")])
def test_what_stays_as_it_is_is_not(error):
    assert retry_pause(error, 1) is None


def test_what_was_not_sent_does_not_count():
    """A task that waits while its provider is left alone has its tries when the provider is back."""
    assert not was_tried(ProviderPausedError("vendor", "is left alone"))
    assert not was_tried(RateLimitError("rule", "requests_per_minute", 60, "all are used"))
    assert was_tried(ProviderBusyError("vendor", "says so"))
