"""P10: the model version is a hash of plan, policy, prompt, schema and model; `/setup` and `/predict` say the same.

Every key of a rule is changed in tests/unit/policy/test_policy.py.
"""

import pytest

from tests.parts import ALL, ENTITIES, SENTIMENT, build_engine, predict_body, provider, setup_body, write_policy


@pytest.mark.parametrize("prefix", ["", "/team-a"])
def test_p10_setup_and_predict_agree_on_the_version(serve, prefix):
    client = serve()
    version = client.post(f"{prefix}/setup", json=setup_body(ALL)).json()["model_version"]
    assert version.startswith("labelguard-")
    (result,) = client.post(f"{prefix}/predict", json=predict_body(ALL, "Ann")).json()["results"]
    assert result["model_version"] == version
    assert client.get(f"{prefix}/versions").json()["versions"][0] == version
    assert client.post(f"{prefix}/setup", json=setup_body(SENTIMENT)).json()["model_version"] != version


def test_p10_the_version_follows_config_policy_prompt_and_model(vendor, tmp_path):
    def version(config=SENTIMENT, **changes):
        rule = {"name": "all", "match": "everything", "providers": ["own"], **changes.pop("rule", {})}
        policy = write_policy(tmp_path, {"own": provider(vendor.address, **changes)}, [rule])
        return build_engine(policy, lambda text: []).job(config, "1", "").model_version

    (tmp_path / "p.txt").write_text("{text}")
    variants = [
        version(),
        version(SENTIMENT.replace("Bad", "Poor")),
        version(SENTIMENT.replace("$text", "$body")),
        version(rule={"keep": ["DATE_TIME"]}),
        version(rule={"prompt": "p.txt"}),
        version(max_tokens=77),
        version(kind="openai"),
    ]
    (tmp_path / "p.txt").write_text("Read this: {text}")
    variants.append(version(rule={"prompt": "p.txt"}))
    assert len(set(variants)) == len(variants)
    assert version() == variants[0]


def test_p10_the_version_follows_what_detection_knows(vendor, tmp_path):
    def version(config=ENTITIES, **rule):
        rule = {"name": "all", "match": "everything", "providers": ["own"], **rule}
        policy = write_policy(tmp_path, {"own": provider(vendor.address)}, [rule])
        return build_engine(policy, lambda text: []).job(config, "1", "").model_version

    same = [version(), version(known_labels="on"), version(known_labels={"PER": "PERSON"})]
    assert len(set(same)) == 1
    told = ENTITIES.replace('value="ORG"', 'value="ORG" entity="ORGANIZATION"')
    others = [version(known_labels="off"), version(known_labels={"PER": "NAME"}), version(told)]
    assert len({*same, *others}) == 4
    assert version(SENTIMENT) == version(SENTIMENT, known_labels="off")
