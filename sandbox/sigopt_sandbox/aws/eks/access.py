"""Access entries and the policies associated with them."""

from __future__ import annotations

from sigopt_sandbox.aws.eks import durations, quotas, roles
from sigopt_sandbox.aws.eks.access_policies import CLUSTER_ADMIN, known
from sigopt_sandbox.aws.eks.errors import in_use, invalid_parameter, invalid_request, not_found
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import AccessEntry, Cluster, Doc, Place, new_uuid, wall_clock

NODE_TYPES = {
    "EC2_LINUX": "system:node:{{EC2PrivateDNSName}}",
    "EC2_WINDOWS": "system:node:{{EC2PrivateDNSName}}",
    "EC2": "system:node:{{EC2PrivateDNSName}}",
    "FARGATE_LINUX": "system:node:{{SessionName}}",
    "HYBRID_LINUX": "system:node:{{SessionName}}",
    "HYPERPOD_LINUX": "system:node:{{SessionName}}",
}
# User guide, creating-access-entries.
RESERVED_USERNAMES = ("system:", "eks:", "aws:", "amazon:", "iam:")


def _with_entries(eks: Eks, at: Place, name: str) -> Cluster:
    cluster = eks.cluster(at.scope, name)
    if cluster.doc["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
        raise invalid_request(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to "
            "perform this operation.",
            clusterName=name,
        )
    return cluster


def _entry(eks: Eks, at: Place, params: Doc) -> tuple[Cluster, AccessEntry]:
    cluster = _with_entries(eks, at, params["clusterName"])
    found = cluster.access.get(params["principalArn"])
    if found is None:
        # Verbatim not found; the member names the principal.
        raise not_found(
            f"The specified principalArn could not be found: {params['principalArn']}",
            clusterName=cluster.name,
        )
    return cluster, found


def default_username(principal: roles.Principal, kind: str) -> str:
    """EKS's own username for a principal (user guide, "Set a custom username")."""
    if kind in NODE_TYPES:
        return NODE_TYPES[kind]
    if not principal.is_role:
        return principal.arn
    account, name = principal.arn.split(":")[4], principal.arn.rsplit("/", 1)[-1]
    return f"arn:aws:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"


def _new_entry(eks: Eks, cluster: Cluster, principal: roles.Principal, params: Doc) -> AccessEntry:
    kind = params.get("type", "STANDARD")
    account, name = principal.arn.split(":")[4], principal.arn.rsplit("/", 1)[-1]
    sort = "role" if principal.is_role else "user"
    resource = f"access-entry/{cluster.name}/{sort}/{account}/{name}/{new_uuid()}"
    now = wall_clock()
    entry = AccessEntry(
        doc={
            "clusterName": cluster.name,
            "principalArn": principal.arn,
            "kubernetesGroups": ["system:nodes"]
            if kind in NODE_TYPES
            else list(params.get("kubernetesGroups") or []),
            "accessEntryArn": cluster.scope.arn(resource),
            "createdAt": now,
            "modifiedAt": now,
            "tags": dict(params.get("tags") or {}),
            "username": params.get("username") or default_username(principal, kind),
            "type": kind,
        },
        unique_id=principal.unique_id,
        effective_at=eks.clock.now() + durations.ACCESS_PROPAGATION,
    )
    cluster.access[principal.arn] = entry
    return entry


def bootstrap(eks: Eks, cluster: Cluster) -> None:
    """The creator's own entry: STANDARD, cluster admin, visible once the mode has API."""
    creator = roles.caller_principal(eks, cluster.scope, cluster.creator.arn)
    if creator is None:
        return
    entry = _new_entry(eks, cluster, creator, {})
    entry.effective_at = eks.clock.now()
    _associate(eks, entry, CLUSTER_ADMIN, {"type": "cluster", "namespaces": []})


def entry_for_nodes(eks: Eks, cluster: Cluster, role_arn: str) -> None:
    """EKS makes an EC2_LINUX entry for a managed node group's role, unless there is one.

    It stays when the last node group goes, and when its role is made again: then no node of that
    role gets in (seen by users, aws/containers-roadmap issue 2631).
    """
    principal = roles.find_principal(eks, cluster.scope, role_arn)
    if principal is not None and role_arn not in cluster.access:
        _new_entry(eks, cluster, principal, {"type": "EC2_LINUX"})


def lets_nodes_in(eks: Eks, cluster: Cluster, role_arn: str) -> bool:
    """Whether a node that starts now with this role gets in by its entry."""
    entry = cluster.access.get(role_arn)
    principal = roles.find_principal(eks, cluster.scope, role_arn)
    if entry is None or principal is None or entry.doc["type"] not in NODE_TYPES:
        return False
    return entry.unique_id == principal.unique_id or not eks.switches.entries_bound_to_unique_id


def _check_username(username: str | None) -> None:
    if username is None:
        return
    for prefix in RESERVED_USERNAMES:
        if username.startswith(prefix):
            raise invalid_parameter(f"The username must not begin with {prefix}")
    head, template, _ = username.partition("{{SessionName")
    if template and ":" not in head:
        # Documented (user guide); the text was not found.
        raise invalid_parameter("The username must have a colon before {{SessionName}}")


def _check_groups(groups: list[str] | None) -> None:
    for group in groups or []:
        for prefix in RESERVED_USERNAMES:
            if group.startswith(prefix):
                raise invalid_parameter(
                    f"The kubernetes group name {group} is invalid, it cannot start with {prefix}"
                )


def _check_node_type(cluster: Cluster, principal: roles.Principal, params: Doc) -> None:
    kind = params["type"]
    same_account = principal.arn.split(":")[4] == cluster.scope.account
    if not principal.is_role or not same_account:
        raise roles.invalid_principal()
    if params.get("kubernetesGroups") or params.get("username"):
        # Documented: only STANDARD takes groups and a username; the text was not found.
        raise invalid_parameter(
            f"kubernetesGroups and username cannot be set for access entries of type {kind}"
        )


def create_access_entry(eks: Eks, at: Place, params: Doc) -> Doc:
    """CreateAccessEntry: the principal must exist, and the entry is bound to its unique id."""
    cluster = _with_entries(eks, at, params["clusterName"])
    kind = params.get("type", "STANDARD")
    if kind != "STANDARD" and kind not in NODE_TYPES:
        raise invalid_parameter(f"The specified type is invalid: {kind}")
    _check_groups(params.get("kubernetesGroups"))
    _check_username(params.get("username"))
    if params["principalArn"] in cluster.access:
        raise in_use(
            "The specified access entry resource is already in use on this cluster.",
            clusterName=cluster.name,
        )
    principal = roles.find_principal(eks, at.scope, params["principalArn"])
    if principal is None or ":role/aws-service-role/" in principal.arn:
        raise roles.invalid_principal()
    if kind != "STANDARD":
        _check_node_type(cluster, principal, params)
    what = "Access entries per cluster"
    quotas.check(eks, quotas.ACCESS_ENTRIES, len(cluster.access) + 1, what)
    return {"accessEntry": copied(_new_entry(eks, cluster, principal, params).doc)}


def describe_access_entry(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeAccessEntry."""
    return {"accessEntry": copied(_entry(eks, at, params)[1].doc)}


def list_access_entries(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListAccessEntries: principals, of one associated policy if asked."""
    cluster = _with_entries(eks, at, params["clusterName"])
    policy = params.get("associatedPolicyArn")
    found = [arn for arn, e in cluster.access.items() if policy is None or policy in e.policies]
    return page(found, params, member="accessEntries")


def update_access_entry(eks: Eks, at: Place, params: Doc) -> Doc:
    """UpdateAccessEntry: groups and username; type and principal are fixed."""
    _, entry = _entry(eks, at, params)
    _check_groups(params.get("kubernetesGroups"))
    _check_username(params.get("username"))
    for member in ("kubernetesGroups", "username"):
        if member in params:
            entry.doc[member] = copied(params[member])
    entry.doc["modifiedAt"] = wall_clock()
    entry.effective_at = eks.clock.now() + durations.ACCESS_PROPAGATION
    return {"accessEntry": copied(entry.doc)}


def delete_access_entry(eks: Eks, at: Place, params: Doc) -> Doc:
    """DeleteAccessEntry."""
    cluster, _ = _entry(eks, at, params)
    del cluster.access[params["principalArn"]]
    return {}


def _associate(eks: Eks, entry: AccessEntry, policy: str, scope: Doc) -> Doc:
    now = wall_clock()
    earlier = entry.policies.get(policy)
    entry.policies[policy] = {
        "policyArn": policy,
        "accessScope": {"type": scope["type"], "namespaces": list(scope.get("namespaces") or [])},
        "associatedAt": earlier["associatedAt"] if earlier else now,
        "modifiedAt": now,
    }
    entry.policies_effective_at = eks.clock.now() + durations.ACCESS_PROPAGATION
    return entry.policies[policy]


def associate_access_policy(eks: Eks, at: Place, params: Doc) -> Doc:
    """AssociateAccessPolicy: again with another scope replaces the scope."""
    cluster, entry = _entry(eks, at, params)
    policy = known(params["policyArn"])
    if entry.doc["type"] not in ("STANDARD", "EC2"):
        # Documented: no access policy on EC2_LINUX and EC2_WINDOWS; the text was not found.
        raise invalid_request(
            f"Access policies cannot be associated with access entries of type {entry.doc['type']}",
            clusterName=cluster.name,
        )
    scope = params["accessScope"]
    if scope.get("type") == "namespace" and not scope.get("namespaces"):
        # Verbatim not found.
        raise invalid_parameter("Namespaces are required for an access scope of type namespace")
    if scope.get("type") is None:
        raise invalid_parameter("accessScope type is required")
    return {
        "clusterName": cluster.name,
        "principalArn": params["principalArn"],
        "associatedAccessPolicy": copied(_associate(eks, entry, policy, scope)),
    }


def disassociate_access_policy(eks: Eks, at: Place, params: Doc) -> Doc:
    """DisassociateAccessPolicy."""
    cluster, entry = _entry(eks, at, params)
    if entry.policies.pop(params["policyArn"], None) is None:
        # Verbatim not found.
        raise not_found(
            f"The specified policyArn could not be found: {params['policyArn']}",
            clusterName=cluster.name,
        )
    return {}


def list_associated_access_policies(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListAssociatedAccessPolicies."""
    cluster, entry = _entry(eks, at, params)
    found = [copied(policy) for policy in entry.policies.values()]
    out = page(found, params, member="associatedAccessPolicies")
    return {"clusterName": cluster.name, "principalArn": params["principalArn"], **out}
