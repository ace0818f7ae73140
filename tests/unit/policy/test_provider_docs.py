"""docs/providers.md: each policy to copy loads, and its provider answers where a stand-in speaks its protocol."""

import re
from dataclasses import replace

import pytest

from backend.errors import GatewayError
from backend.policy import Policy
from tests.child import ROOT
from tests.seams.providers import KEY, Vendor, ask

DOCS = (ROOT / "docs" / "providers.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"### (.*?)\n(?:(?!###).)*?```yaml\n(.*?)```", DOCS, re.DOTALL)
LINES = re.findall(r"^\| \[(.*?)\]\(#(.*?)\) \| (.*?) \|", DOCS, re.MULTILINE)


def test_each_provider_of_the_table_has_a_policy_to_copy():
    titles = {title.lower().replace(" ", "-").replace(".", ""): text for title, text in BLOCKS}
    assert len(LINES) == 12
    assert {place for _, place, _ in LINES} == set(titles)
    for _, place, kinds in LINES:
        assert any(f"kind: {kind}" in titles[place] for kind in re.findall("`(.*?)`", kinds))


def kinds_of(error: type[GatewayError]) -> set[str]:
    """Return the codes of an error and of those that are told from it in the product, whatever tests define."""
    own = {error.code} if error.__module__.startswith("backend.") else set()
    return own.union(*map(kinds_of, error.__subclasses__()))


def test_each_error_of_a_provider_is_told_with_what_helps():
    told = set(re.findall("`([a-z_]+)`", "".join(re.findall(r"^\| (`[a-z_`, ]+) \|", DOCS, re.MULTILINE))))
    assert kinds_of(GatewayError) - {"gateway"} <= told


@pytest.mark.parametrize(("title", "text"), BLOCKS, ids=[title for title, _ in BLOCKS])
def test_a_policy_to_copy_loads_and_its_provider_answers(title, text, tmp_path, monkeypatch):
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    policy = Policy.load(file)
    (provider,) = policy.providers
    monkeypatch.setenv("POLICYS_KEY", KEY)
    with Vendor.running() as vendor:
        path = re.sub("^https?://[^/]*", "", provider.address or "")
        asked = replace(provider, address=vendor.address + path, key_env="POLICYS_KEY")
        assert ask(asked).answer.c0 == "Good"
        assert KEY.encode() in vendor.received
