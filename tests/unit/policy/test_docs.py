"""What docs/policies.md shows is a policy that loads, and cases that it passes."""

import re
from typing import get_args

from backend.engine.previews.cases import run_cases
from backend.policy import Policy
from backend.policy.file.conditions import MatchForm
from backend.policy.file.schema import LimitsForm, Operator, ProfileForm, ProviderForm, SettingsForm
from backend.settings import Settings
from tests.child import ROOT

DOCS = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)


def test_the_example_passes_its_cases(tmp_path):
    (tmp_path / "clinic.yaml").write_text(BLOCKS[0])
    (tmp_path / "clinic.test.yaml").write_text(BLOCKS[1])
    assert len(Policy.load(tmp_path / "clinic.yaml").rules) == 3
    results = run_cases(tmp_path / "clinic.test.yaml", Settings())
    assert [result.differences for result in results] == [()] * 4


def test_every_key_of_the_language_is_told():
    words = set(re.findall(r"`([a-z_]+)[`:]", DOCS))
    for form in (MatchForm, LimitsForm, ProfileForm, ProviderForm, SettingsForm):
        assert set(form.model_fields) <= words, form
    assert {*get_args(Operator), "local"} <= words
