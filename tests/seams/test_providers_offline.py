"""Each kind of provider once more, where there is no network but loopback, and whatever connects is seen."""

import os
import subprocess
import sys

import pytest

from tests.child import ROOT
from tests.patience import HANGS_S
from tests.privacy.offline import ways_out
from tests.privacy.suite import isolation, offline
from tests.seams.providers import KEY, KINDS

FILE, ASKED = "tests/seams/test_providers.py", "proxy_of_the_environment"


def test_each_kind_of_provider_works_without_a_network_and_asks_for_none(request):
    here = [item.name for item in request.session.items if item.location[0] == FILE and ASKED in item.name]
    if not ways_out() and len(here) == len(KINDS):
        return  # these tests have no network anyway, and those are among them
    isolated = isolation()
    if not isolated:
        pytest.skip("the system permits no network namespace")
    arguments = ("-q", "-p", "no:cacheprovider", "-k", ASKED, FILE)
    ran = subprocess.run(
        offline(isolated, *arguments), cwd=ROOT, capture_output=True, text=True, timeout=HANGS_S, check=False
    )
    assert ran.returncode == 0, ran.stdout
    assert f"{len(KINDS)} passed" in ran.stdout


FIRST_CALLS = """
import sys
from backend.model.gateway import Gateway
from tests.seams.providers import KINDS, Vendor, ask, provider

with Vendor.running() as vendor:
    given = [provider(kind, vendor.address) for kind in KINDS if kind.kind == "litellm"]
    Gateway.warm(given)
    assert not vendor.requests
    for each in given:
        loaded = set(sys.modules)
        ask(each)
        late = {name for name in set(sys.modules) - loaded if name.startswith(("litellm", "openai", "tiktoken"))}
        assert not late, (each.model, sorted(late))
    assert len(vendor.requests) == len(given)
"""


def test_a_first_call_loads_nothing_of_the_libraries_that_ask_while_others_wait():
    environment = {**os.environ, "POLICYS_KEY": KEY}
    command = [sys.executable, "-c", FIRST_CALLS]
    ran = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANGS_S, check=False
    )
    assert ran.returncode == 0, ran.stderr
