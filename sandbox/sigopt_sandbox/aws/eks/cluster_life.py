"""A control plane over time: creation and deletion."""

from __future__ import annotations

import base64

from sigopt_sandbox.aws.eks import durations, network, roles
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.errors import ApiError
from sigopt_sandbox.aws.eks.scheduler import Life, Look
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc

# What stands in for a certificate authority when nobody answers for the cluster.
PLACEHOLDER_CA = base64.b64encode(
    b"-----BEGIN CERTIFICATE-----\nsandbox without endpoints\n-----END CERTIFICATE-----\n"
).decode()


def issuer(cluster: Cluster) -> str:
    """The cluster's OIDC issuer; its id is the one in the endpoint's name."""
    return f"https://oidc.eks.{cluster.scope.region}.amazonaws.com/id/{cluster.endpoint_id}"


def creation(eks: Eks, cluster: Cluster) -> Life:
    """CREATING to ACTIVE or FAILED.

    With simulated API servers it stays CREATING until one was reported for it, however long that
    takes.
    """
    what = f"cluster/{cluster.name}"
    yield durations.CLUSTER_INTERFACES
    try:
        network.make_security_group(eks, cluster)
        network.make_interfaces(eks, cluster)
    except (AwsError, ApiError) as error:
        _fail(cluster, {"code": "Other", "message": str(error), "resourceIds": []})
        return
    yield durations.CREATE_CLUSTER - durations.CLUSTER_INTERFACES
    yield from eks.held(what)
    fault = eks.fault(what)
    if fault is not None:
        _fail(cluster, fault.issue("Other", []))
        return
    if eks.endpoints == "none":
        region = cluster.scope.region
        cluster.endpoint = f"https://{cluster.endpoint_id}.gr7.{region}.eks.amazonaws.com"
        cluster.certificate_authority = PLACEHOLDER_CA
    while not cluster.endpoint:
        yield Look(durations.LOOK)
    show_endpoint(cluster)
    cluster.doc["status"] = "ACTIVE"


def _fail(cluster: Cluster, issue: Doc) -> None:
    cluster.doc["status"] = "FAILED"
    cluster.doc["health"] = {"issues": [issue]}


def show_endpoint(cluster: Cluster) -> None:
    """Let DescribeCluster tell what exists only once a cluster is ACTIVE."""
    cluster.doc["endpoint"] = cluster.endpoint
    cluster.doc["certificateAuthority"] = {"data": cluster.certificate_authority}
    cluster.doc["identity"] = {"oidc": {"issuer": issuer(cluster)}}
    cluster.doc["resourcesVpcConfig"]["clusterSecurityGroupId"] = cluster.security_group


def deletion(eks: Eks, cluster: Cluster) -> Life:
    """DELETING to gone: interfaces late, the security group after them.

    EKS needs the cluster role for it: without the role the cluster stays DELETING until the role is
    back (AWS re:Post, "Why can't I delete my Amazon EKS cluster?").
    """
    what = f"cluster/{cluster.name}"
    yield durations.DELETE_INTERFACES
    yield from eks.held(what)
    fault = eks.fault(what)
    if fault is not None:
        cluster.doc["health"] = {"issues": [fault.issue("Other", [])]}
        return  # stuck in DELETING until DeleteCluster is sent again
    role = cluster.doc["roleArn"]
    while roles.find_role(eks, cluster.scope, role) is None:
        issue = {
            "code": "IamRoleNotFound",
            "message": f"Unable to assume role {role}",
            "resourceIds": [role],
        }
        cluster.doc["health"] = {"issues": [issue]}
        yield Look(durations.LOOK)
    network.remove_interfaces(eks, cluster)
    yield durations.DELETE_CLUSTER - durations.DELETE_INTERFACES
    network.remove_security_group(eks, cluster)
    eks.world.remove(cluster)
    reserved_until = eks.clock.now() + eks.switches.name_reserved_after_delete
    eks.world.reserved[(cluster.scope, cluster.name)] = reserved_until
