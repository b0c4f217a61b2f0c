"""What a cluster's authenticator asks of EKS: does this identity get in, as whom, with what."""

from __future__ import annotations

import re

from sigopt_sandbox.aws.eks import roles
from sigopt_sandbox.aws.eks.access_policies import PREFIX
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import AccessEntry, Cluster, Doc

_INSTANCE = re.compile(r"i-(\w{8}|\w{17})")


def authenticate(eks: Eks, cluster: Cluster, caller_arn: str, user_id: str) -> Doc:
    """Judge an identity by the cluster's access entries.

    `caller_arn` and `user_id` are what GetCallerIdentity answered. Entries are matched by canonical
    ARN without path and case, and by the unique id they were bound to; one just made takes effect
    a little later. The aws-auth ConfigMap is not read: in mode CONFIG_MAP only the creator, who
    has a hidden entry, gets in.
    """
    unique_id = user_id.partition(":")[0]
    entry = _matching(eks, cluster, roles.canonical(caller_arn), unique_id)
    username = entry and _username(eks, cluster, entry, caller_arn)
    if entry is None or username is None:
        return {"allowed": False}
    account = caller_arn.split(":")[4]
    return {
        "allowed": True,
        "username": username,
        "groups": list(entry.doc["kubernetesGroups"]),
        "uid": f"aws-iam-authenticator:{account}:{unique_id}",
        "extra": {
            "arn": [caller_arn],
            "canonicalArn": [roles.canonical(caller_arn)],
            "sessionName": [roles.session_name(caller_arn)],
            "principalId": [unique_id],
            "sigs.k8s.io/aws-iam-authenticator/principalId": [unique_id],
        },
        "policies": _policies(eks, entry),
    }


def _matching(eks: Eks, cluster: Cluster, arn: str, unique_id: str) -> AccessEntry | None:
    for principal, entry in cluster.access.items():
        same = roles.canonical(principal).lower() == arn.lower()
        bound = entry.unique_id == unique_id or not eks.switches.entries_bound_to_unique_id
        if same and bound and eks.clock.now() >= entry.effective_at:
            return entry
    return None


def _policies(eks: Eks, entry: AccessEntry) -> list[Doc]:
    if eks.clock.now() < entry.policies_effective_at:
        return []
    return [
        {
            "policy": arn.removeprefix(PREFIX),
            "scope": doc["accessScope"]["type"],
            "namespaces": list(doc["accessScope"]["namespaces"]),
        }
        for arn, doc in entry.policies.items()
    ]


def _username(eks: Eks, cluster: Cluster, entry: AccessEntry, caller_arn: str) -> str | None:
    session = roles.session_name(caller_arn)
    username = str(entry.doc["username"])
    if "{{EC2PrivateDNSName}}" in username:
        name = _private_name(eks, cluster, session)
        return None if name is None else username.replace("{{EC2PrivateDNSName}}", name)
    username = username.replace("{{SessionNameRaw}}", session)
    username = username.replace("{{SessionName}}", session.replace("@", "-"))
    return username.replace("{{AccountID}}", caller_arn.split(":")[4])


def _private_name(eks: Eks, cluster: Cluster, session: str) -> str | None:
    if not _INSTANCE.fullmatch(session):
        return None
    try:
        answer = eks.cloud.ec2(cluster.scope, "DescribeInstances", InstanceIds=[session])
    except AwsError:
        return None
    return str(answer["Reservations"][0]["Instances"][0]["PrivateDnsName"])
