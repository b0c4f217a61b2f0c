"""Real endpoints: an API server whose callers, nodes and workloads are as EKS would have them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sandbox.clusters_fakes import (
    FakeAws,
    node,
    person,
    policy,
    role_session,
    serving,
    token,
)
from tests.sandbox.clusters_process import Api, ClustersProcess, eventually, running

CLUSTER = "training"
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
GPU_LABEL = {"orchestrate.sigopt.com/node-group-type": "gpu"}
GPU_CAPACITY = {"cpu": "4", "memory": "16Gi", "pods": "29"}
PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture(scope="module")
def aws() -> Iterator[FakeAws]:
    with serving() as fake:
        yield fake


@pytest.fixture(scope="module")
def clusters(aws: FakeAws) -> Iterator[ClustersProcess]:
    with running(aws, "real") as process:
        aws.add_cluster(CLUSTER, nodes=[node("ip-10-0-0-1")], addons=["vpc-cni", "coredns"])
        process.endpoint(CLUSTER)
        yield process


@pytest.fixture(scope="module")
def admin(clusters: ClustersProcess) -> Api:
    return clusters.admin(CLUSTER)


@pytest.fixture
def nodes(aws: FakeAws) -> Iterator[list[dict[str, Any]]]:
    """The instances in service; what a test adds goes after it."""
    (cluster,) = (one for one in aws.clusters if one["name"] == CLUSTER)
    before = list(cluster["nodes"])
    yield cluster["nodes"]
    cluster["nodes"] = before


def set_nodes(aws: FakeAws, nodes: list[dict[str, Any]]) -> None:
    """Another set of instances in service."""
    (cluster,) = (one for one in aws.clusters if one["name"] == CLUSTER)
    cluster["nodes"] = nodes


def bearer(aws: FakeAws, clusters: ClustersProcess, name: str, *policies: dict[str, Any]) -> Api:
    """A user whose entry has these policies, in the cluster."""
    who = aws.let_in(person(name), CLUSTER, list(policies))
    return clusters.api(CLUSTER, token(who, CLUSTER, aws.host))


def pod(name: str, cpu: str = "100m", **spec: Any) -> dict[str, Any]:
    resources = {"requests": {"cpu": cpu}}
    container = {"name": "c", "image": "x/y:1", "resources": resources}
    metadata = {"name": name, "labels": {"app": name}}
    return {"metadata": metadata, "spec": {"containers": [container]} | spec}


def phase(admin: Api, name: str) -> str:
    answer = admin("GET", f"{PODS}/{name}")
    return str(answer.body["status"]["phase"]) if answer.status == 200 else "absent"


def node_names(admin: Api) -> list[str]:
    return [one["metadata"]["name"].split(".")[0] for one in _items(admin, "/api/v1/nodes")]


def _items(api: Api, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api("GET", path).body["items"]
    return items


# Who gets in


def test_a_caller_with_an_entry_gets_in(aws: FakeAws, clusters: ClustersProcess) -> None:
    ann = bearer(aws, clusters, "ann", policy("AmazonEKSClusterAdminPolicy"))
    assert ann("GET", "/api/v1/nodes").status == 200
    assert ann("GET", "/version").status == 200


def test_a_role_session_is_known_by_its_identity(aws: FakeAws, clusters: ClustersProcess) -> None:
    who = aws.let_in(role_session("operators", "shift"), CLUSTER, [], groups=("operators",))
    api = clusters.api(CLUSTER, token(who, CLUSTER, aws.host))
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = api("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", review)
    info = answer.body["status"]["userInfo"]
    assert info["username"] == who.arn
    assert info["uid"] == "aws-iam-authenticator:111122223333:AROAOPERATORS"
    assert info["groups"] == ["operators", "system:authenticated"]
    assert info["extra"]["canonicalArn"] == ["arn:aws:iam::111122223333:role/operators"]
    assert info["extra"]["sessionName"] == ["shift"]


def test_a_caller_without_an_entry_stays_out(aws: FakeAws, clusters: ClustersProcess) -> None:
    eve = person("eve")
    aws.people[eve.access_key_id] = eve
    answer = clusters.api(CLUSTER, token(eve, CLUSTER, aws.host))("GET", "/version")
    assert (answer.status, answer.body["message"]) == (401, "Unauthorized")
    log = clusters.log(CLUSTER, "authenticator")
    assert f'access denied" error="identity is not mapped: {eve.arn}' in log


def test_an_entry_made_after_a_refusal_lets_its_bearer_in(
    aws: FakeAws, clusters: ClustersProcess
) -> None:
    late = person("late")
    aws.people[late.access_key_id] = late
    api = clusters.api(CLUSTER, token(late, CLUSTER, aws.host))
    assert api("GET", "/version").status == 401
    aws.let_in(late, CLUSTER, [])
    assert api("GET", "/version").status == 200


@pytest.mark.parametrize(
    ("cluster", "secret", "host", "why"),
    [
        pytest.param("another", None, None, "expected 200, got 403", id="for another cluster"),
        pytest.param(
            CLUSTER, "wrong", None, "expected 200, got 403", id="signed by a wrong secret"
        ),
        pytest.param(CLUSTER, None, "127.0.0.1:9", "unexpected hostname", id="for another host"),
    ],
)
def test_a_token_is_refused(
    aws: FakeAws,
    clusters: ClustersProcess,
    cluster: str,
    secret: str | None,
    host: str | None,
    why: str,
) -> None:
    ann = aws.let_in(person("ann"), CLUSTER, [policy("AmazonEKSClusterAdminPolicy")])
    bad = token(ann, cluster, host or aws.host, secret)
    assert clusters.api(CLUSTER, bad)("GET", "/version").status == 401
    assert why in clusters.log(CLUSTER, "authenticator")


def test_nobody_gets_in_without_a_token(clusters: ClustersProcess) -> None:
    assert clusters.api(CLUSTER, "")("GET", "/healthz").status == 401


# What they may do


def test_an_entry_without_policies_gives_no_rights(aws: FakeAws, clusters: ClustersProcess) -> None:
    answer = bearer(aws, clusters, "nothing")("GET", "/api/v1/nodes")
    assert answer.status == 403
    assert "cannot list resource" in answer.body["message"]


def test_policies_reach_the_namespaces_they_name_also_those_made_later(
    aws: FakeAws, clusters: ClustersProcess, admin: Api
) -> None:
    bob = bearer(aws, clusters, "bob", policy("AmazonEKSEditPolicy", "dev-*"))
    for name in ("dev-later", "prod"):
        admin("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    config = {"metadata": {"name": "x"}}
    assert bob("POST", "/api/v1/namespaces/dev-later/configmaps", config).status == 201
    assert bob("POST", "/api/v1/namespaces/prod/configmaps", config).status == 403


def test_a_change_of_policies_takes_effect_within_seconds(
    aws: FakeAws, clusters: ClustersProcess
) -> None:
    api = bearer(aws, clusters, "promoted", policy("AmazonEKSViewPolicy"))
    assert api("GET", "/api/v1/secrets").status == 403
    aws.let_in(person("promoted"), CLUSTER, [policy("AmazonEKSAdminViewPolicy")])
    eventually(lambda: api("GET", "/api/v1/secrets").status == 200, "secrets can be read")


def test_cluster_admin_may_grant_rights_it_has_from_its_policy_alone(
    aws: FakeAws, clusters: ClustersProcess
) -> None:
    ann = bearer(aws, clusters, "ann", policy("AmazonEKSClusterAdminPolicy"))
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    role = {"metadata": {"name": "made-by-ann"}, "rules": rules}
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
    assert ann("POST", path, role).status == 201


def test_groups_of_an_entry_count_for_rbac(
    aws: FakeAws, clusters: ClustersProcess, admin: Api
) -> None:
    rbac = "rbac.authorization.k8s.io"
    binding = {
        "metadata": {"name": "viewers"},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": rbac, "kind": "Group", "name": "viewers"}],
    }
    admin("POST", f"/apis/{rbac}/v1/clusterrolebindings", binding)
    who = aws.let_in(person("viewer"), CLUSTER, [], groups=("viewers",))
    api = clusters.api(CLUSTER, token(who, CLUSTER, aws.host))
    assert api("GET", "/api/v1/pods").status == 200


# Nodes and workloads


def test_instances_are_ready_nodes(admin: Api, clusters: ClustersProcess) -> None:
    def ready() -> bool:
        return any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for one in _items(admin, "/api/v1/nodes")
            for condition in one["status"]["conditions"]
        )

    eventually(ready, "the node is ready")
    assert node_names(admin) == ["ip-10-0-0-1"]


def test_addons_become_ready_on_the_nodes(admin: Api) -> None:
    def replicas() -> Any:
        path = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
        return admin("GET", path).body.get("status", {}).get("availableReplicas") == 2

    eventually(replicas, "coredns is available")
    daemons = "/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node"
    eventually(lambda: admin("GET", daemons).body["status"]["numberReady"] == 1, "aws-node runs")


def test_a_pod_waits_for_a_node_with_room(
    aws: FakeAws, admin: Api, nodes: list[dict[str, Any]]
) -> None:
    admin("POST", PODS, pod("large", cpu="3"))

    def unschedulable() -> bool:
        conditions = admin("GET", f"{PODS}/large").body["status"].get("conditions", [])
        return any(one.get("reason") == "Unschedulable" for one in conditions)

    eventually(unschedulable, "the pod is found unschedulable")
    set_nodes(aws, [*nodes, node("ip-10-0-0-2", capacity=GPU_CAPACITY)])
    eventually(lambda: phase(admin, "large") == "Running", "the pod runs on the new node")
    admin("DELETE", f"{PODS}/large")


def test_gpus_are_there_once_the_device_plugin_runs(
    aws: FakeAws, admin: Api, nodes: list[dict[str, Any]]
) -> None:
    gpu_node = node(
        "ip-10-0-0-3", labels=GPU_LABEL, taints=[GPU_TAINT], capacity=GPU_CAPACITY, gpu=1
    )
    set_nodes(aws, [*nodes, gpu_node])
    tolerations = [{"key": "nvidia.com/gpu", "operator": "Exists"}]
    training = pod("gpu-training", tolerations=tolerations)
    training["spec"]["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": "1"}}
    admin("POST", PODS, training)
    path = f"/api/v1/nodes/{gpu_node['name']}"
    eventually(lambda: admin("GET", path).status == 200, "the node is registered")
    assert "nvidia.com/gpu" not in admin("GET", path).body["status"]["allocatable"]

    labels = {"name": "nvidia-device-plugin"}
    container = {"name": "c", "image": "nvcr.io/nvidia/k8s-device-plugin:v0.20.0"}
    template = {
        "metadata": {"labels": labels},
        "spec": {
            "containers": [container],
            "nodeSelector": GPU_LABEL,
            "tolerations": tolerations,
        },
    }
    plugin = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "nvidia", "namespace": "kube-system"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }
    admin("POST", "/apis/apps/v1/namespaces/kube-system/daemonsets", plugin)
    eventually(lambda: phase(admin, "gpu-training") == "Running", "the pod got its GPU")
    assert admin("GET", path).body["status"]["allocatable"]["nvidia.com/gpu"] == "1"
    admin("DELETE", f"{PODS}/gpu-training")
    admin("DELETE", "/apis/apps/v1/namespaces/kube-system/daemonsets/nvidia")


def test_changed_labels_of_a_group_reach_the_nodes_that_run(
    aws: FakeAws, admin: Api, nodes: list[dict[str, Any]]
) -> None:
    path = f"/api/v1/nodes/{nodes[0]['name']}"
    set_nodes(aws, [nodes[0] | {"labels": {"team": "vision"}}])
    eventually(lambda: _labels(admin, path).get("team") == "vision", "the label is there")
    set_nodes(aws, nodes)
    eventually(lambda: "team" not in _labels(admin, path), "the label is gone")


def _labels(api: Api, path: str) -> dict[str, str]:
    labels: dict[str, str] = api("GET", path).body["metadata"]["labels"]
    return labels


def test_the_node_of_an_instance_that_went_is_drained_and_gone(
    aws: FakeAws, admin: Api, nodes: list[dict[str, Any]]
) -> None:
    label = {"going": "soon"}
    set_nodes(aws, [*nodes, node("ip-10-0-0-4", labels=label)])
    admin("POST", PODS, pod("on-it", nodeSelector=label))
    eventually(lambda: phase(admin, "on-it") == "Running", "the pod runs")
    set_nodes(aws, nodes)
    eventually(lambda: "ip-10-0-0-4" not in node_names(admin), "the node is gone")
    eventually(lambda: phase(admin, "on-it") == "absent", "its pod is gone")


def test_a_disruption_budget_delays_a_drain_and_does_not_prevent_it(
    aws: FakeAws, admin: Api, nodes: list[dict[str, Any]]
) -> None:
    label = {"going": "late"}
    set_nodes(aws, [*nodes, node("ip-10-0-0-5", labels=label)])
    admin("POST", PODS, pod("guarded", nodeSelector=label))
    eventually(lambda: phase(admin, "guarded") == "Running", "the pod runs")
    budget = {
        "metadata": {"name": "guard"},
        "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "guarded"}}},
    }
    budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    admin("POST", budgets, budget)

    def guarded() -> bool:
        status = admin("GET", f"{budgets}/guard").body["status"]
        return bool(status.get("currentHealthy") == 1)

    eventually(guarded, "the budget counts its pod")
    set_nodes(aws, nodes)

    def cordoned() -> bool:
        answer = admin("GET", "/api/v1/nodes/ip-10-0-0-5.us-west-2.compute.internal")
        return bool(answer.body["spec"].get("unschedulable"))

    eventually(cordoned, "the node is cordoned")
    assert phase(admin, "guarded") == "Running"
    eventually(lambda: "ip-10-0-0-5" not in node_names(admin), "the node is gone all the same")
    eventually(lambda: phase(admin, "guarded") == "absent", "and its pod")
    admin("DELETE", f"{budgets}/guard")


# The end of a cluster


def test_a_deleted_cluster_leaves_no_program_and_no_object(
    aws: FakeAws, clusters: ClustersProcess, admin: Api
) -> None:
    before = len(clusters.children())
    aws.add_cluster("short-lived")
    clusters.endpoint("short-lived")
    eventually(lambda: len(clusters.children()) == before + 4, "its four programs run")
    first = clusters.admin("short-lived")
    first("POST", "/api/v1/namespaces/default/configmaps", {"metadata": {"name": "mine"}})
    aws.remove_cluster("short-lived")
    eventually(lambda: len(clusters.children()) == before, "its programs have ended")
    eventually(lambda: "short-lived" not in clusters.etcd_keys(), "etcd has forgotten it")
    assert admin("GET", "/readyz").body == "ok"


def test_a_cluster_deleted_while_it_starts_leaves_nothing(
    aws: FakeAws, clusters: ClustersProcess
) -> None:
    before = len(clusters.children())
    aws.add_cluster("withdrawn")
    eventually(lambda: len(clusters.children()) > before, "it is being started")
    aws.remove_cluster("withdrawn")
    eventually(lambda: len(clusters.children()) == before, "its programs have ended")
    eventually(lambda: "withdrawn" not in clusters.etcd_keys(), "etcd has forgotten it")
    assert "withdrawn" not in aws.endpoints


def test_a_cluster_of_the_same_name_begins_empty(aws: FakeAws, clusters: ClustersProcess) -> None:
    configs = "/api/v1/namespaces/default/configmaps"
    aws.add_cluster("phoenix")
    first = clusters.admin("phoenix")
    assert first("POST", configs, {"metadata": {"name": "mine"}}).status == 201
    authority = aws.endpoints.pop("phoenix")["certificateAuthority"]
    aws.remove_cluster("phoenix")
    eventually(lambda: "phoenix" not in clusters.etcd_keys(), "etcd has forgotten it")
    aws.add_cluster("phoenix")
    second = clusters.admin("phoenix")
    assert second("GET", f"{configs}/mine").status == 404
    assert aws.endpoints["phoenix"]["certificateAuthority"] != authority
    aws.remove_cluster("phoenix")


def test_a_cluster_whose_program_died_is_started_anew(
    aws: FakeAws, clusters: ClustersProcess
) -> None:
    aws.add_cluster("unlucky")
    clusters.endpoint("unlucky")
    aws.endpoints.pop("unlucky")
    clusters.kill("kube-apiserver", "unlucky")
    assert clusters.admin("unlucky")("GET", "/readyz").body == "ok"
    aws.remove_cluster("unlucky")


def test_nothing_is_left_running_when_the_process_is_killed(aws: FakeAws) -> None:
    with serving() as another, running(another, "real") as process:
        another.add_cluster("orphan")
        process.endpoint("orphan")
        programs = eventually(lambda: process.children(), "its programs run")
        process.child.process.kill()
        eventually(lambda: not [pid for pid in programs if _runs(pid)], "they all end")


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
