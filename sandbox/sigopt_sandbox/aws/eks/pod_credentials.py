"""The credentials that EKS gives a pod: what eks-auth:AssumeRoleForPodIdentity does.

On EKS the agent on the pod's node asks for them with the pod's token. Here pods do not run, so
whoever acts for one asks the sandbox's own API, by the pod's names.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sigopt_sandbox.aws.eks import roles
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.pod_identity import SERVICE
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc

NOT_TRUSTED = "Unauthorized Exception! EKS does not have permissions to assume the associated role."
"""What the agent passes on when the role does not trust EKS (the words are assumed)."""


@dataclass(frozen=True)
class Pod:
    """The pod that credentials are for, as its token would name it."""

    namespace: str
    service_account: str
    name: str
    uid: str


def association_of(cluster: Cluster, namespace: str, service_account: str) -> Doc | None:
    """The association of a service account, or None."""
    wanted = (namespace, service_account)
    for association in cluster.associations.values():
        if (association["namespace"], association["serviceAccount"]) == wanted:
            return association
    return None


def assume(eks: Eks, cluster: Cluster, pod: Pod) -> Doc | None:
    """The pod's association with a session of its role; None without an association.

    "credentials" are in boto3's shape, or None where EKS refuses them, "refused" saying why: the
    role does not trust EKS for sts:AssumeRole and sts:TagSession, or what the association asks for
    is not simulated.
    """
    association = association_of(cluster, pod.namespace, pod.service_account)
    if association is None:
        return None
    credentials, refused = _judged(eks, cluster, pod, association)
    return {
        "associationId": association["associationId"],
        "createdAt": association["createdAt"].timestamp(),
        "roleArn": association["roleArn"],
        "credentials": credentials,
        "refused": refused,
    }


def _judged(eks: Eks, cluster: Cluster, pod: Pod, association: Doc) -> tuple[Doc | None, str]:
    if association["targetRoleArn"]:
        return None, "the sandbox does not simulate target roles of an association"
    role = roles.find_role(eks, cluster.scope, association["roleArn"])
    document = role["AssumeRolePolicyDocument"] if role else {}
    actions = ("sts:AssumeRole", "sts:TagSession")
    if not all(roles.trusts(document, SERVICE, action) for action in actions):
        return None, NOT_TRUSTED
    try:
        return _session(eks, cluster, pod, association), ""
    except AwsError:
        return None, NOT_TRUSTED


def _session(eks: Eks, cluster: Cluster, pod: Pod, association: Doc) -> Doc:
    """A session named as EKS names them (form assumed), with EKS's session tags."""
    name = f"eks-{cluster.name[:12]}-{pod.name[:24]}-{secrets.token_hex(5)}"
    tags = {} if association["disableSessionTags"] else _tags(cluster, pod)
    answer = eks.cloud.call(
        "sts",
        "AssumeRole",
        {
            "RoleArn": association["roleArn"],
            "RoleSessionName": name,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            "TransitiveTagKeys": list(tags),
        },
        account=cluster.scope.account,
        region=cluster.scope.region,
    )
    found = answer["Credentials"]
    return {**found, "Expiration": found["Expiration"].isoformat()}


def _tags(cluster: Cluster, pod: Pod) -> dict[str, str]:
    """The session tags of EKS Pod Identity (EKS user guide, pod-id-abac)."""
    return {
        "eks-cluster-arn": cluster.doc["arn"],
        "eks-cluster-name": cluster.name,
        "kubernetes-namespace": pod.namespace,
        "kubernetes-service-account": pod.service_account,
        "kubernetes-pod-name": pod.name,
        "kubernetes-pod-uid": pod.uid,
    }
