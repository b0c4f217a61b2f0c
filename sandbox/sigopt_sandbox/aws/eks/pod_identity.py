"""Pod identity associations: a role for a service account, by no annotation at all."""

from __future__ import annotations

import secrets
import string

from sigopt_sandbox.aws.eks import quotas, roles
from sigopt_sandbox.aws.eks.errors import ApiError, in_use, invalid_parameter, not_found
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Place, Scope, wall_clock

SERVICE = "pods.eks.amazonaws.com"
_ALPHABET = string.ascii_lowercase + string.digits


def check_role(eks: Eks, scope: Scope, arn: str) -> None:
    """The role exists and trusts pods.eks.amazonaws.com for AssumeRole and TagSession."""
    role = roles.find_role(eks, scope, arn)
    if role is None or roles.too_young(eks, role):
        raise invalid_parameter("Role provided in the request does not exist")
    document = role["AssumeRolePolicyDocument"]
    actions = ("sts:AssumeRole", "sts:TagSession")
    trusted = all(roles.trusts(document, SERVICE, action) for action in actions)
    if eks.switches.role_trust_checked and not trusted:
        raise invalid_parameter("Trust policy of the role provided is invalid")


def associate(
    eks: Eks, cluster: Cluster, namespace: str, params: Doc, owner: str | None = None
) -> Doc:
    """Make an association; one role per service account."""
    account = params["serviceAccount"]
    for existing in cluster.associations.values():
        if (existing["namespace"], existing["serviceAccount"]) == (namespace, account):
            raise in_use(
                f"Association already exists: {existing['associationId']}",
                clusterName=cluster.name,
            )
    what = "Pod identity associations per cluster"
    quotas.check(eks, quotas.POD_IDENTITIES, len(cluster.associations) + 1, what)
    check_role(eks, cluster.scope, params["roleArn"])
    name = "a-" + "".join(secrets.choice(_ALPHABET) for _ in range(17))
    now = wall_clock()
    association: Doc = {
        "clusterName": cluster.name,
        "namespace": namespace,
        "serviceAccount": account,
        "roleArn": params["roleArn"],
        "associationArn": cluster.scope.arn(f"podidentityassociation/{cluster.name}/{name}"),
        "associationId": name,
        "tags": dict(params.get("tags") or {}),
        "createdAt": now,
        "modifiedAt": now,
        "ownerArn": owner,
        "disableSessionTags": params.get("disableSessionTags", False),
        "targetRoleArn": params.get("targetRoleArn"),
        "externalId": f"{cluster.endpoint_id.lower()}/{name}"
        if params.get("targetRoleArn")
        else None,
        "policy": params.get("policy"),
    }
    cluster.associations[name] = association
    return association


def _association(eks: Eks, at: Place, params: Doc) -> tuple[Cluster, Doc]:
    cluster = eks.cluster(at.scope, params["clusterName"])
    found = cluster.associations.get(params["associationId"])
    if found is None:
        raise _unknown(cluster, params["associationId"])
    return cluster, found


def _unknown(cluster: Cluster, association: str) -> ApiError:
    # Verbatim not found.
    return not_found(f"No association found for id: {association}", clusterName=cluster.name)


def _check_policy(params: Doc) -> None:
    if params.get("policy") and not params.get("disableSessionTags"):
        # Documented in the model; the text was not found.
        raise invalid_parameter("policy can only be set when disableSessionTags is true")


def create_pod_identity_association(eks: Eks, at: Place, params: Doc) -> Doc:
    """CreatePodIdentityAssociation: namespace and service account need not exist yet."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    _check_policy(params)
    return {"association": copied(associate(eks, cluster, params["namespace"], params))}


def describe_pod_identity_association(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribePodIdentityAssociation."""
    return {"association": copied(_association(eks, at, params)[1])}


def list_pod_identity_associations(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListPodIdentityAssociations, of one namespace or service account if asked."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    members = (
        "clusterName",
        "namespace",
        "serviceAccount",
        "associationArn",
        "associationId",
        "ownerArn",
    )
    found = [
        {member: association[member] for member in members}
        for association in cluster.associations.values()
        if params.get("namespace") in (None, association["namespace"])
        and params.get("serviceAccount") in (None, association["serviceAccount"])
    ]
    return page(found, params, member="associations")


def update_pod_identity_association(eks: Eks, at: Place, params: Doc) -> Doc:
    """UpdatePodIdentityAssociation: role, target role, policy."""
    cluster, association = _association(eks, at, params)
    _check_policy({**association, **params})
    if "roleArn" in params:
        check_role(eks, cluster.scope, params["roleArn"])
    for member in ("roleArn", "disableSessionTags", "targetRoleArn", "policy"):
        if member in params:
            association[member] = params[member]
    association["modifiedAt"] = wall_clock()
    return {"association": copied(association)}


def delete_pod_identity_association(eks: Eks, at: Place, params: Doc) -> Doc:
    """DeletePodIdentityAssociation."""
    cluster, association = _association(eks, at, params)
    del cluster.associations[association["associationId"]]
    return {"association": copied(association)}
