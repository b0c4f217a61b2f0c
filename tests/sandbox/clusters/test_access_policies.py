"""What access policies grant, as the EKS user guide's reference says."""

import pytest

from sigopt_sandbox.clusters.access_policies import Association, Request, allowed_by

ANYWHERE = None


def allowed(
    policy: str,
    verb: str,
    resource: str,
    namespace: str = "",
    *,
    scope: tuple[str, ...] | None = ANYWHERE,
) -> bool:
    plural, _, group = resource.partition(".")
    request = Request(verb, group, plural, namespace)
    return allowed_by([Association(f"AmazonEKS{policy}Policy", scope)], request) is not None


@pytest.mark.parametrize(
    ("policy", "verb", "resource", "namespace"),
    [
        ("ClusterAdmin", "delete", "nodes", ""),
        ("ClusterAdmin", "escalate", "clusterroles.rbac.authorization.k8s.io", ""),
        ("AdminView", "list", "secrets", "team"),
        ("AdminView", "watch", "sigoptclusters.orchestrate.sigopt.com", "team"),
        ("Admin", "create", "rolebindings.rbac.authorization.k8s.io", "team"),
        ("Admin", "delete", "deployments.apps", "team"),
        ("Edit", "create", "pods/exec", "team"),
        ("Edit", "get", "secrets", "team"),
        ("Edit", "impersonate", "serviceaccounts", "team"),
        ("Edit", "create", "jobs.batch", "team"),
        ("View", "get", "pods/log", "team"),
        ("View", "list", "namespaces", ""),
        ("View", "list", "deployments.apps", "team"),
        ("Hybrid", "list", "nodes", ""),
    ],
)
def test_grants(policy: str, verb: str, resource: str, namespace: str) -> None:
    assert allowed(policy, verb, resource, namespace)


@pytest.mark.parametrize(
    ("policy", "verb", "resource", "namespace"),
    [
        ("AdminView", "create", "pods", "team"),
        ("Admin", "list", "nodes", ""),
        ("Admin", "create", "namespaces", ""),
        ("Admin", "list", "sigoptclusters.orchestrate.sigopt.com", "team"),
        ("Edit", "create", "roles.rbac.authorization.k8s.io", "team"),
        ("Edit", "update", "resourcequotas", "team"),
        ("View", "get", "secrets", "team"),
        ("View", "list", "roles.rbac.authorization.k8s.io", "team"),
        ("View", "create", "pods/exec", "team"),
        ("View", "list", "pods.metrics.k8s.io", "team"),
        ("Hybrid", "list", "pods", "team"),
        ("AutoNode", "get", "pods", "team"),
        ("Unknown", "get", "pods", "team"),
    ],
)
def test_does_not_grant(policy: str, verb: str, resource: str, namespace: str) -> None:
    assert not allowed(policy, verb, resource, namespace)


@pytest.mark.parametrize(
    ("namespace", "inside"),
    [("dev-1", True), ("ml", True), ("dev", False), ("prod", False), ("", False)],
)
def test_namespace_scope_reaches_the_named_and_the_matching_namespaces_only(
    namespace: str, inside: bool
) -> None:
    assert allowed("View", "list", "pods", namespace, scope=("dev-*", "ml")) is inside


def test_even_cluster_admin_in_namespace_scope_has_no_cluster_wide_rights() -> None:
    assert not allowed("ClusterAdmin", "list", "nodes", scope=("ml",))


def test_only_cluster_admin_grants_plain_paths() -> None:
    metrics = Request("get", path="/metrics")
    assert allowed_by([Association("AmazonEKSClusterAdminPolicy", None)], metrics)
    assert not allowed_by([Association("AmazonEKSAdminViewPolicy", None)], metrics)


def test_policies_add_up() -> None:
    view, edit = (
        Association("AmazonEKSViewPolicy", None),
        Association("AmazonEKSEditPolicy", ("a",)),
    )
    assert allowed_by([view, edit], Request("delete", "", "pods", "a")) == edit
    assert allowed_by([view, edit], Request("delete", "", "pods", "b")) is None


def test_a_policy_may_be_named_by_its_arn() -> None:
    arn = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    assert allowed_by([Association(arn, None)], Request("list", "", "pods", "a"))
