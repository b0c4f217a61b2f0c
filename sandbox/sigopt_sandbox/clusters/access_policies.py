"""What EKS's access policies grant, and whether an association allows one request.

As on EKS, this is judged by an authorizer of its own beside RBAC: no ClusterRole or binding of it
is visible in the cluster. The rights are those of the EKS user guide's access policy reference;
Admin, Edit and View are the rules of the upstream ClusterRoles of those names, without what other
ClusterRoles aggregate into them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Rule:
    """Verbs on resources, as in a ClusterRole ("*" stands for all of a kind)."""

    verbs: frozenset[str]
    groups: frozenset[str]
    resources: frozenset[str]


@dataclass(frozen=True)
class Association:
    """An access policy, associated at cluster scope (`namespaces` None) or in namespaces."""

    policy: str
    namespaces: tuple[str, ...] | None
    """Names, or patterns with a wildcard (`dev-*`)."""


@dataclass(frozen=True)
class Request:
    """What is asked of an API server: of a resource, or of a plain path."""

    verb: str
    group: str = ""
    resource: str = ""
    """With its subresource: "pods/log"."""
    namespace: str = ""
    path: str = ""
    """The path of a request that is about no resource, such as "/version"."""


def allowed_by(associations: Iterable[Association], request: Request) -> Association | None:
    """The first association that allows `request`, or None."""
    for association in associations:
        if _in_scope(association, request) and _grants(association.policy, request):
            return association
    return None


def _in_scope(association: Association, request: Request) -> bool:
    if association.namespaces is None:
        return True
    return bool(request.namespace) and any(
        fnmatchcase(request.namespace, pattern) for pattern in association.namespaces
    )


def _grants(policy: str, request: Request) -> bool:
    name = policy.rpartition("/")[2]
    if name == "AmazonEKSClusterAdminPolicy":
        return True
    if request.path:
        return False
    return any(_matches(rule, request) for rule in RULES.get(name, ()))


def _matches(rule: Rule, request: Request) -> bool:
    return (
        _covers(rule.verbs, request.verb)
        and _covers(rule.groups, request.group)
        and _covers(rule.resources, request.resource)
    )


def _covers(allowed: frozenset[str], asked: str) -> bool:
    return asked in allowed or "*" in allowed


def _rule(verbs: str, groups: str, resources: str) -> Rule:
    """A rule from words; the core group is written "core"."""
    named = frozenset("" if group == "core" else group for group in groups.split())
    return Rule(frozenset(verbs.split()), named, frozenset(resources.split()))


READ = "get list watch"
WRITE = "create delete deletecollection patch update"

VIEW = (
    _rule(
        READ,
        "core",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods"
        " replicationcontrollers replicationcontrollers/scale serviceaccounts services"
        " services/status bindings events limitranges namespaces namespaces/status pods/log"
        " pods/status replicationcontrollers/status resourcequotas resourcequotas/status",
    ),
    _rule(READ, "events.k8s.io", "events"),
    _rule(READ, "discovery.k8s.io", "endpointslices"),
    _rule(
        READ,
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale"
        " deployments/status replicasets replicasets/scale replicasets/status statefulsets"
        " statefulsets/scale statefulsets/status",
    ),
    _rule(READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    _rule(READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
    _rule(READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    _rule(READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
    _rule(
        READ,
        "resource.k8s.io",
        "resourceclaims resourceclaims/status resourceclaimtemplates",
    ),
)

EDIT = (
    *VIEW,
    _rule(
        READ,
        "core",
        "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy",
    ),
    _rule("impersonate", "core", "serviceaccounts"),
    _rule(WRITE, "core", "pods pods/attach pods/exec pods/portforward pods/proxy"),
    _rule("create", "core", "pods/eviction serviceaccounts/token"),
    _rule(
        WRITE,
        "core",
        "configmaps events persistentvolumeclaims replicationcontrollers"
        " replicationcontrollers/scale secrets serviceaccounts services services/proxy",
    ),
    _rule(WRITE, "events.k8s.io", "events"),
    _rule(
        WRITE,
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets"
        " replicasets/scale statefulsets statefulsets/scale",
    ),
    _rule(WRITE, "autoscaling", "horizontalpodautoscalers"),
    _rule(WRITE, "batch", "cronjobs jobs"),
    _rule(WRITE, "policy", "poddisruptionbudgets"),
    _rule(WRITE, "networking.k8s.io", "ingresses networkpolicies"),
    _rule(f"{READ} {WRITE}", "coordination.k8s.io", "leases"),
    _rule(WRITE, "resource.k8s.io", "resourceclaims resourceclaimtemplates"),
)

ADMIN = (
    *EDIT,
    _rule("create", "authorization.k8s.io", "localsubjectaccessreviews"),
    _rule(f"{READ} {WRITE}", "rbac.authorization.k8s.io", "roles rolebindings"),
)

RULES = {
    "AmazonEKSAdminViewPolicy": (_rule(READ, "*", "*"),),
    "AmazonEKSAdminPolicy": ADMIN,
    "AmazonEKSEditPolicy": EDIT,
    "AmazonEKSViewPolicy": VIEW,
    "AmazonEKSHybridPolicy": (_rule("list", "core", "nodes"),),
    "AmazonEKSSecretReaderPolicy": (_rule(READ, "core", "secrets"),),
}
"""The policies with rules. AmazonEKSClusterAdminPolicy allows everything, plain paths included;
those of EKS Auto Mode and of other AWS services grant nothing here."""
