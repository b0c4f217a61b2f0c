"""Light endpoints: many clusters in one process, enough of an API for an operator's work."""

import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from kubernetes import client
from tests.sandbox.clusters.fakes import FakeAws, node, person, policy, serving, token
from tests.sandbox.clusters.process import (
    Api,
    ClustersProcess,
    eventually,
    kubectl,
    running,
)

DEPLOYMENTS = "/apis/apps/v1/namespaces/kube-system/deployments"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeAws]:
    with serving() as started:
        yield started


@pytest.fixture(scope="module")
def clusters(fake: FakeAws) -> Iterator[ClustersProcess]:
    with running(fake, "light") as process:
        yield process


@pytest.fixture
def admin(fake: FakeAws, clusters: ClustersProcess, request: pytest.FixtureRequest) -> Api:
    """A new cluster, named for the test."""
    name = request.node.name.replace("_", "-")[:60]
    fake.add_cluster(name)
    return clusters.admin(name)


def deployment(image: str, **pod: Any) -> dict[str, Any]:
    container = {"name": "c", "image": image}
    labels = {"app": "x"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "x", "namespace": "kube-system", "labels": {"a": "1"}},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]} | pod},
        },
    }


def test_a_hundred_clusters_have_an_endpoint_each(fake: FakeAws, clusters: ClustersProcess) -> None:
    names = [f"many-{number}" for number in range(100)]
    for name in names:
        fake.add_cluster(name)
    endpoints = [clusters.endpoint(name)["endpoint"] for name in names]
    assert len(set(endpoints)) == 100
    assert clusters.admin(names[-1])("GET", "/readyz").body == "ok"
    for name in names:
        fake.remove_cluster(name)


def test_callers_are_judged_as_by_a_real_endpoint(fake: FakeAws, clusters: ClustersProcess) -> None:
    fake.add_cluster("judged")
    ann = fake.let_in(person("ann"), "judged", [policy("AmazonEKSClusterAdminPolicy")])
    bob = fake.let_in(person("bob"), "judged", [policy("AmazonEKSViewPolicy", "dev-*")])
    eve = person("eve")
    fake.people[eve.access_key_id] = eve

    def status(bearer: str, path: str = "/api/v1/nodes") -> int:
        return clusters.api("judged", bearer)("GET", path).status

    assert status(token(ann, "judged", fake.host)) == 200
    assert status(token(ann, "judged", fake.host, secret="wrong")) == 401
    assert status(token(ann, "other", fake.host)) == 401
    assert status(token(eve, "judged", fake.host)) == 401
    assert status("") == 401
    assert status(token(bob, "judged", fake.host)) == 403
    assert status(token(bob, "judged", fake.host), "/api/v1/namespaces/dev-1/pods") == 200
    refusal = clusters.api("judged", token(bob, "judged", fake.host))("GET", "/api/v1/nodes")
    assert refusal.body["message"] == (
        'nodes is forbidden: User "arn:aws:iam::111122223333:user/bob" cannot list resource'
        ' "nodes" in API group "" at the cluster scope'
    )


def test_it_says_who_one_is(fake: FakeAws, clusters: ClustersProcess) -> None:
    fake.add_cluster("who")
    ann = fake.let_in(person("ann"), "who", [])
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    answer = clusters.api("who", token(ann, "who", fake.host))("POST", path, review)
    assert answer.status == 201
    info = answer.body["status"]["userInfo"]
    assert info["username"] == ann.arn
    assert info["extra"]["canonicalArn"] == [ann.arn]


def test_version_is_the_clusters_own(admin: Api) -> None:
    assert admin("GET", "/version").body["gitVersion"].startswith("v1.34.")


def test_the_official_client_understands_what_the_operator_asks(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    """It asks for /version/, and wants every member that an API server always tells."""
    fake.add_cluster("typed")["nodes"] = [node("ip-10-0-0-1")]
    admin = clusters.admin("typed")
    eventually(lambda: admin("GET", "/api/v1/nodes").body["items"], "the node is there")
    settings = client.Configuration(host=admin.url)
    settings.ssl_ca_cert = str(admin.authority)
    settings.api_key = {"authorization": f"Bearer {admin.token}"}
    with client.ApiClient(settings) as api:
        assert client.VersionApi(api).get_code().git_version.startswith("v1.34.")
        (found,) = client.CoreV1Api(api).list_node().items
        told = found.to_dict()["status"]["node_info"]["kubelet_version"]
        assert told.startswith("v1.34.")


def test_a_fresh_cluster_has_what_eks_puts_in_it(admin: Api) -> None:
    assert admin("GET", "/api/v1/namespaces/kube-system").status == 200
    assert admin("GET", "/apis/storage.k8s.io/v1/storageclasses/gp2").status == 200


def test_applied_objects_are_made_and_then_changed(admin: Api) -> None:
    path = f"{DEPLOYMENTS}/x"
    assert admin.apply(path, deployment("a:1")).status == 201
    again = admin.apply(path, deployment("a:1"))
    assert (again.status, again.body["metadata"]["generation"]) == (200, 1)
    changed = admin.apply(path, deployment("a:2"))
    assert changed.body["metadata"]["generation"] == 2
    assert changed.body["status"]["observedGeneration"] == 2


def test_what_a_manager_no_longer_applies_is_removed_and_what_others_set_stays(admin: Api) -> None:
    path = f"{DEPLOYMENTS}/x"
    admin.apply(path, deployment("a:1"))
    theirs = deployment("a:1")
    theirs["metadata"]["labels"] = {"b": "2"}
    admin.apply(path, theirs, manager="somebody-else")
    without = deployment("a:1")
    del without["metadata"]["labels"]
    assert admin.apply(path, without).body["metadata"]["labels"] == {"b": "2"}


def test_an_object_names_everybody_who_applied_it(admin: Api) -> None:
    path = f"{DEPLOYMENTS}/x"
    admin.apply(path, deployment("a:1"))
    theirs = deployment("a:1") | {"metadata": {"name": "x", "labels": {"b": "2"}}}
    shared = admin.apply(path, theirs, manager="somebody-else").body
    managers = {each["manager"] for each in shared["metadata"]["managedFields"]}
    assert len(managers) == 2
    assert "somebody-else" in managers


def test_apply_needs_a_field_manager_and_a_namespace_that_exists(admin: Api) -> None:
    kind = "application/apply-patch+yaml"
    assert admin("PATCH", f"{DEPLOYMENTS}/x", deployment("a:1"), kind).status == 422
    elsewhere = "/apis/apps/v1/namespaces/nowhere/deployments/x"
    assert admin.apply(elsewhere, deployment("a:1")).status == 404


def test_a_deployment_is_available_once_a_node_takes_its_pods(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    listed = fake.add_cluster("available")
    admin = clusters.admin("available")
    selector = {"orchestrate.sigopt.com/node-group-type": "system"}
    admin.apply(f"{DEPLOYMENTS}/x", deployment("a:1", nodeSelector=selector))

    def available() -> Any:
        return admin("GET", f"{DEPLOYMENTS}/x").body["status"]["availableReplicas"]

    assert available() == 0
    listed["nodes"] = [node("ip-10-0-0-1", labels=selector)]
    assert eventually(available, "the Deployment is available") == 2


def test_a_taint_keeps_pods_off_that_do_not_tolerate_it(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    taint = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    fake.add_cluster("tainted", nodes=[node("ip-10-0-0-1", taints=[taint])])
    admin = clusters.admin("tainted")
    applied = admin.apply(f"{DEPLOYMENTS}/x", deployment("a:1"))
    assert applied.body["status"]["availableReplicas"] == 0
    tolerant = deployment("a:1", tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists"}])
    assert admin.apply(f"{DEPLOYMENTS}/x", tolerant).body["status"]["availableReplicas"] == 2


def test_addons_are_there_while_they_are_wanted(fake: FakeAws, clusters: ClustersProcess) -> None:
    listed = fake.add_cluster("addons", addons=["vpc-cni"])
    admin = clusters.admin("addons")
    path = "/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node"
    eventually(lambda: admin("GET", path).status == 200, "aws-node is there")
    listed["addons"] = []
    eventually(lambda: admin("GET", path).status == 404, "aws-node is gone")


def test_a_namespace_goes_with_everything_in_it(admin: Api) -> None:
    admin("POST", "/api/v1/namespaces", {"metadata": {"name": "team"}})
    path = "/api/v1/namespaces/team/configmaps"
    assert admin("POST", path, {"metadata": {"name": "x"}}).status == 201
    assert admin("DELETE", "/api/v1/namespaces/team").status == 200
    assert admin("GET", f"{path}/x").status == 404


def test_lists_are_filtered_by_labels(admin: Api) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    for name, color in (("r", "red"), ("g", "green")):
        admin("POST", path, {"metadata": {"name": name, "labels": {"color": color}}})

    def names(selector: str) -> list[str]:
        items = admin("GET", f"{path}?labelSelector={selector}").body["items"]
        return [item["metadata"]["name"] for item in items]

    assert names("color=red") == ["r"]
    assert names("color!=red") == ["g"]
    assert names("color in (red,green)") == ["g", "r"]
    assert names("!color") == []


def test_a_stale_update_is_a_conflict(admin: Api) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    first = admin("POST", path, {"metadata": {"name": "x"}, "data": {"a": "1"}}).body
    assert admin("PUT", f"{path}/x", first | {"data": {"a": "2"}}).status == 200
    assert admin("PUT", f"{path}/x", first | {"data": {"a": "3"}}).status == 409


def test_a_watch_begins_after_the_version_it_names_and_ends_after_its_time(admin: Api) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    admin("POST", path, {"metadata": {"name": "before"}})
    version = admin("GET", path).body["metadata"]["resourceVersion"]
    admin("POST", path, {"metadata": {"name": "after"}})
    watch = f"{path}?watch=true&timeoutSeconds=1&resourceVersion={version}"
    event = admin("GET", watch).body
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "after")


def test_kubectl_works_against_it(fake: FakeAws, clusters: ClustersProcess) -> None:
    fake.add_cluster("kubectl", nodes=[node("ip-10-0-0-1")])
    clusters.endpoint("kubectl")
    kubeconfig = clusters.cluster_directory("kubectl") / "kubeconfig"
    assert kubeconfig.stat().st_mode & 0o077 == 0
    listed = kubectl(kubeconfig, "get", "nodes", "-o", "name")
    assert listed.stdout == "node/ip-10-0-0-1.us-west-2.compute.internal\n"
    manifest = clusters.directory / "deployment.json"
    manifest.write_text(json.dumps(deployment("a:1")))
    applied = kubectl(kubeconfig, "apply", "--server-side", "-f", str(manifest))
    assert applied.returncode == 0, applied.stderr
    waited = kubectl(
        kubeconfig, "-n", "kube-system", "wait", "--for=condition=Available", "deploy/x"
    )
    assert waited.returncode == 0, waited.stderr


def test_a_deleted_clusters_endpoint_no_longer_answers(
    fake: FakeAws, clusters: ClustersProcess
) -> None:
    fake.add_cluster("short-lived")
    url = clusters.endpoint("short-lived")["endpoint"]
    fake.remove_cluster("short-lived")
    eventually(lambda: not _listens(url), "the endpoint is closed")


def _listens(url: str) -> bool:

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(url).port)) == 0
