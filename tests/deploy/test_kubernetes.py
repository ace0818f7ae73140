"""The manifests of deploy/kubernetes, by Kubernetes' own schemas; a server runs with what they set."""

import ipaddress

import kubernetes_validate
import pytest
import yaml

from backend.policy import Policy
from backend.settings import Settings, variable
from tests.child import ROOT, labelguard

FILES = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
MANIFESTS = [one for file in FILES for one in yaml.safe_load_all(file.read_text("utf-8"))]
FOUND = {one["kind"]: one for one in MANIFESTS}
assert len(FOUND) == len(MANIFESTS)
VERSIONS = ("1.29", "1.33", kubernetes_validate.latest_version())
POD = FOUND["Deployment"]["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]
GIVEN = {one["name"]: one.get("value", "") for one in CONTAINER["env"]}
MOUNTS = {one["mountPath"]: one for one in CONTAINER["volumeMounts"]}
VOLUMES = {one["name"]: one for one in POD["spec"]["volumes"]}


def policy_text():
    return FOUND["ConfigMap"]["data"]["policy.yaml"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", FOUND)
def test_kubernetes_takes_it(kind, version):
    assert kubernetes_validate.validate(FOUND[kind], version, strict=True)


def test_what_is_no_key_of_kubernetes_is_told():
    wrong = FOUND["Service"] | {"spec": FOUND["Service"]["spec"] | {"prots": []}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[-1], strict=True)


def test_what_it_sets_are_settings_and_a_key_that_the_policy_names():
    ours = {name for name in GIVEN if name.startswith("LABELGUARD_")}
    assert ours <= {variable(name) for name in Settings.model_fields}
    keys = [one["key"]["env"] for one in yaml.safe_load(policy_text())["providers"].values()]
    assert set(GIVEN) - ours == set(keys)


def test_all_files_that_it_names_lie_in_volumes_and_it_writes_to_no_other():
    places = [value.partition(":///")[2] or value for value in GIVEN.values() if "/" in value]
    assert [place for place in places if not place.startswith(tuple(MOUNTS))] == []
    assert {mount["name"] for mount in MOUNTS.values()} == set(VOLUMES)
    assert VOLUMES["state"]["persistentVolumeClaim"]["claimName"] == FOUND["PersistentVolumeClaim"]["metadata"]["name"]
    assert VOLUMES["policy"]["configMap"]["name"] == FOUND["ConfigMap"]["metadata"]["name"]
    assert [path for path, mount in MOUNTS.items() if not mount.get("readOnly")] == ["/state", "/tmp"]


def test_it_has_no_rights():
    of_pod, of_container = POD["spec"]["securityContext"], CONTAINER["securityContext"]
    assert (of_pod["runAsNonRoot"], of_pod["runAsUser"]) == (True, 10001)
    assert of_container["readOnlyRootFilesystem"]
    assert not of_container["allowPrivilegeEscalation"]
    assert of_container["capabilities"] == {"drop": ["ALL"]}
    assert POD["spec"]["automountServiceAccountToken"] is False
    assert f"USER {of_pod['runAsUser']}:{of_pod['runAsGroup']}" in (ROOT / "Dockerfile").read_text("utf-8")


def test_who_ends_it_waits_as_long_as_it_takes():
    waits = POD["spec"]["terminationGracePeriodSeconds"]
    assert waits > 2 * Settings.model_fields["stop_timeout"].default


def test_service_and_network_mean_these_pods():
    labels = POD["metadata"]["labels"]
    network = FOUND["NetworkPolicy"]["spec"]
    chosen = (FOUND["Service"]["spec"]["selector"], FOUND["Deployment"]["spec"]["selector"]["matchLabels"])
    for selector in (*chosen, network["podSelector"]["matchLabels"]):
        assert selector.items() <= labels.items()
    names = {port["name"]: port["containerPort"] for port in CONTAINER["ports"]}
    assert names == {"http": Settings.model_fields["port"].default}
    probes = [CONTAINER[f"{kind}Probe"] for kind in ("startup", "readiness", "liveness")]
    used = {(probe.get("httpGet") or probe["tcpSocket"])["port"] for probe in probes}
    used |= {port["targetPort"] for port in FOUND["Service"]["spec"]["ports"]}
    used |= {port["port"] for rule in network["ingress"] for port in rule["ports"]}
    assert used == set(names)


def test_nothing_private_is_reached_by_the_way_out():
    network = FOUND["NetworkPolicy"]["spec"]
    assert network["policyTypes"] == ["Ingress", "Egress"]
    (block,) = [to["ipBlock"] for rule in network["egress"] for to in rule["to"] if "ipBlock" in to]
    left_out = [ipaddress.ip_network(one) for one in block["except"]]
    for address in ("10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200"):
        assert any(ipaddress.ip_address(address) in one for one in left_out)


def test_a_server_runs_with_it(tmp_path):
    for name in ("state", "tmp", "etc/labelguard/policy", "etc/labelguard/secret"):
        (tmp_path / name).mkdir(parents=True)
    secret = tmp_path / "etc" / "labelguard" / "secret"
    (secret / "surrogate.key").write_text("0123456789abcdef" * 4)
    (secret / "basic-auth-password").write_text("a-password-of-the-test")
    policy = tmp_path / "etc" / "labelguard" / "policy" / "policy.yaml"
    policy.write_text(policy_text())
    given = {name: _here(value, tmp_path) for name, value in GIVEN.items()}
    user = (given["LABELGUARD_BASIC_AUTH_USER"], "a-password-of-the-test")
    given |= {"LABELGUARD_HOST": "127.0.0.1", "OPENAI_API_KEY": "sk-of-the-test"}
    assert Policy.load(policy).cautions == ()
    with labelguard(policy, tmp_path, user, **given):
        pass
    made = {file.relative_to(tmp_path).parts[0] for file in tmp_path.rglob("*") if file.is_file()}
    assert made <= {"state", "tmp", "etc", "labelguard.log"}
    assert (tmp_path / "state" / "labelguard.db").exists()


def _here(value, folder):
    """Return a value with its path in a folder of the test."""
    for path in MOUNTS:
        if value.startswith((path, f"sqlite:///{path}")):
            return value.replace(path, f"{folder}{path}", 1)
    return value
