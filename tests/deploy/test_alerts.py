"""Each alert of deploy/prometheus/alerts.yaml, by Prometheus' own tool: it fires for what it is about alone."""

import re

import pytest
import yaml

from tests.child import ROOT
from tests.deploy.prometheus import CONFIG, RULES, promtool, shipped_rules

UP = {'up{job="labelguard",instance="a"}': "1x120"}
WELL = UP | {
    'labelguard_policy_current{instance="a"}': "1x120",
    'labelguard_policy_watched{instance="a"}': "1x120",
    'labelguard_webhooks_waiting{instance="a"}': "0x120",
    'labelguard_webhooks_oldest_seconds{instance="a"}': "0x120",
    'labelguard_provider_paused{instance="a",provider="p"}': "0x120",
    'labelguard_attempts_total{instance="a",provider="p",outcome="answered"}': "0+10x120",
    'labelguard_attempts_total{instance="a",provider="p",outcome="cut_off"}': "0+50x120",
    'labelguard_attempts_total{instance="a",provider="p",outcome="provider_down"}': "0+2x120",
    'labelguard_attempts_total{instance="a",provider="p",outcome="provider_auth"}': "3x120",
    'labelguard_fallbacks_total{instance="a",provider="p"}': "7x120",
    'labelguard_tasks_total{instance="a",project="12",outcome="predicted"}': "0+10x120",
    'labelguard_tasks_total{instance="a",project="12",outcome="no_rule"}': "0+90x120",
    'labelguard_tasks_total{instance="a",project="12",outcome="invalid_answer"}': "0+1x120",
    'labelguard_tasks_total{instance="a",project="12",outcome="deadline"}': "4x120",
    'labelguard_tasks_total{instance="a",project="12",outcome="last_look"}': "1x120",
    'labelguard_tasks_total{instance="a",project="12",outcome="budget_day"}': "5x120",
    'labelguard_tasks_behind_total{instance="a",project="12",outcome="done"}': "0+1x120",
    'labelguard_queue_tasks{instance="a",project="12",state="queued"}': "30x120",
    'labelguard_queue_tried_again{instance="a",project="12"}': "10x120",
    'labelguard_stage_seconds_bucket{instance="a",stage="detect",le="1"}': "0+99x120",
    'labelguard_stage_seconds_bucket{instance="a",stage="detect",le="30"}': "0+100x120",
    'labelguard_stage_seconds_bucket{instance="a",stage="detect",le="+Inf"}': "0+100x120",
    'labelguard_budget_usd{instance="a",rule="r",period="day"}': "10x120",
    'labelguard_budget_used_usd{instance="a",rule="r",period="day"}': "8x120",
    'labelguard_record_failures_total{instance="a"}': "2x120",
    'labelguard_record_problems{instance="n"}': "0x120",
    'labelguard_record_verified_seconds{instance="n"}': "0x120",
}
"""Two hours in which all is as it should be. Promtool's clock begins at 0."""
ILL = {
    "LabelguardDown": {'up{job="labelguard",instance="a"}': "1x60 0x60"},
    "LabelguardDatabaseAway": {'labelguard_webhooks_waiting{instance="a"}': "0x60 stale"},
    "LabelguardPolicyNotCurrent": {'labelguard_policy_current{instance="a"}': "1x60 0x60"},
    "LabelguardPolicyUnwatched": {'labelguard_policy_watched{instance="a"}': "1x60 0x60"},
    "LabelguardProviderPaused": {'labelguard_provider_paused{instance="a",provider="p"}': "0x60 1x60"},
    "LabelguardProviderFailing": {
        'labelguard_attempts_total{instance="a",provider="p",outcome="provider_down"}': "0+12x120"
    },
    "LabelguardProviderRefusesKey": {
        'labelguard_attempts_total{instance="a",provider="p",outcome="provider_auth"}': "0x100 1+1x20"
    },
    "LabelguardFallback": {'labelguard_fallbacks_total{instance="a",provider="p"}': "0+1x120"},
    "LabelguardTasksFailing": {'labelguard_tasks_total{instance="a",project="12",outcome="invalid_answer"}': "0+4x120"},
    "LabelguardLeakStopped": {'labelguard_tasks_total{instance="a",project="12",outcome="last_look"}': "_x100 1x20"},
    "LabelguardDetectionSlow": {'labelguard_stage_seconds_bucket{instance="a",stage="detect",le="1"}': "0+50x120"},
    "LabelguardQueueStuck": {'labelguard_tasks_behind_total{instance="a",project="12",outcome="done"}': "0+1x60 60x60"},
    "LabelguardTasksLeft": {'labelguard_tasks_total{instance="a",project="12",outcome="deadline"}': "0x100 3x20"},
    "LabelguardReviewsStuck": {'labelguard_webhooks_oldest_seconds{instance="a"}': "0+60x120"},
    "LabelguardBudgetNearlySpent": {'labelguard_budget_used_usd{instance="a",rule="r",period="day"}': "9.5x120"},
    "LabelguardBudgetSpent": {'labelguard_tasks_total{instance="a",project="12",outcome="budget_day"}': "0x110 1+1x10"},
    "LabelguardRecordNotWritten": {'labelguard_record_failures_total{instance="a"}': "0x115 1x5"},
    "LabelguardRecordBroken": {'labelguard_record_problems{instance="n"}': "0x115 1x5"},
    "LabelguardRecordNotVerified": {'labelguard_record_verified_seconds{instance="n"}': f"-{9 * 86400}x120"},
}
"""What changes for each alert. How a task's share of failures is counted leaves out what the policy wants."""
NEVER_PREDICTED = {
    'labelguard_tasks_total{instance="a",project="12",outcome="predicted"}': "0x120",
    'labelguard_tasks_total{instance="a",project="13",outcome="invalid_answer"}': "0+9x120",
}


def firing(folder, series):
    """Return which alerts fire at the end of two hours: a series that is not known then has ended."""
    expects = {"expr": 'count by (alertname) (ALERTS{alertstate="firing"})', "eval_time": "120m", "exp_samples": []}
    given = [{"series": name, "values": values} for name, values in series.items()]
    test = {"interval": "1m", "input_series": given, "promql_expr_test": [expects]}
    file = folder / "test.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [test]}))
    done = promtool("test", "rules", str(file))
    got = (done.stdout + done.stderr).partition("got:")[2]
    assert (done.returncode == 0) != bool(got), done.stdout + done.stderr
    return set(re.findall(r'alertname="(\w+)"', got))


def test_prometheus_reads_rules_and_configuration(tmp_path):
    assert promtool("check", "rules", str(RULES)).returncode == 0
    config = CONFIG.read_text("utf-8").replace("labelguard.yaml", str(RULES))
    password = tmp_path / "password"
    password.write_text("x")
    (tmp_path / "prometheus.yml").write_text(config.replace("/etc/prometheus/labelguard.password", str(password)))
    done = promtool("check", "config", str(tmp_path / "prometheus.yml"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_none_fires_while_all_is_well(tmp_path):
    assert firing(tmp_path, WELL) == set()


@pytest.mark.parametrize("name", [rule["alert"] for rule in shipped_rules()])
def test_one_fires_for_what_it_is_about_and_no_other(tmp_path, name):
    assert firing(tmp_path, WELL | ILL[name]) == {name}


def test_a_project_without_any_prediction_is_told(tmp_path):
    assert firing(tmp_path, WELL | NEVER_PREDICTED) == {"LabelguardTasksFailing"}


def test_a_server_that_nobody_knows_is_told(tmp_path):
    assert firing(tmp_path, {"something": "1x120"}) == {"LabelguardDown"}


def test_each_says_what_to_do_and_stands_among_the_troubles():
    told = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8").partition("\n## Alerts\n")[2].partition("\n## ")[0]
    for rule in shipped_rules():
        assert set(rule["annotations"]) == {"summary", "remedy", "runbook_url"}
        assert rule["annotations"]["runbook_url"].endswith("docs/troubleshooting.md#alerts")
        assert f"| `{rule['alert']}` |" in told
        assert rule["labels"]["severity"] in ("warning", "critical")
