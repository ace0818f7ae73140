"""Each kind of provider once more, where there is no network but loopback, and whatever connects is seen."""

import subprocess

import pytest

from tests.child import ROOT
from tests.patience import HANGS_S
from tests.privacy.suite import isolation, offline


def test_each_kind_of_provider_works_without_a_network_and_asks_for_none():
    isolated = isolation()
    if not isolated:
        pytest.skip("the system permits no network namespace")
    arguments = ("-q", "-p", "no:cacheprovider", "-k", "proxy_of_the_environment", "tests/seams/test_providers.py")
    ran = subprocess.run(
        offline(isolated, *arguments), cwd=ROOT, capture_output=True, text=True, timeout=HANGS_S, check=False
    )
    assert ran.returncode == 0, ran.stdout
    assert "10 passed" in ran.stdout
