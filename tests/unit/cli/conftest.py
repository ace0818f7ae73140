"""What tests of several commands need."""

import signal

import pytest


@pytest.fixture
def interruptible():
    """Have this process and those that it starts hear of SIGINT: what runs in the background may be deaf to it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
