"""Observation: a cluster that exists is looked at and tested; nothing is ever done to it.

A table of parts of its own, and a short one: whose cluster it is does not matter, no planner here
answers with an action in AWS, and none has a removal, so that the end of an observation is only its
end. What is written into the management cluster for its people changes nothing in AWS.
"""

from __future__ import annotations

from datetime import timedelta

from sigopt_operator.api.status import ConditionType
from sigopt_operator.plan.connection.part import connection
from sigopt_operator.plan.kubeconfig.part import kubeconfig
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.snapshot import Cluster, Connection, Snapshot
from sigopt_operator.plan.steps import Blocked, Part, Step, Waiting
from sigopt_operator.plan.wish import Wish

UNAUTHORIZED, FORBIDDEN = 401, 403


def view_policy(partition: str) -> str:
    """The ARN of the least of EKS's access policies that sees Nodes.

    See the EKS User Guide, "Review access policy permissions".
    """
    return f"arn:{partition}:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy"


def existing_control_plane(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """Ready when EKS has the cluster and calls it ACTIVE, whoever made it."""
    cluster = seen.cluster
    if cluster is None:
        return Step(blocked=Blocked("ClusterNotFound", _not_found(want, seen)))
    match cluster.status:
        case "ACTIVE":
            told = f"Kubernetes {cluster.version}"
            return Step(ready=True, message=told, degraded="; ".join(cluster.health))
        case "FAILED":
            why = "; ".join(cluster.health) or "EKS gives no reason"
            told = f"EKS cluster {cluster.name} is FAILED ({why}); who made it has to replace it."
            return Step(blocked=Blocked("ControlPlaneFailed", told))
        case status:
            return Step(
                waiting=(Waiting(f"the control plane {cluster.name}, which is {status}"),),
                offers=frozenset({"endpoint"} if status == "UPDATING" else ()),
            )


def existing_connection(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Ready when the cluster answered; told exactly what to do where the operator may not enter."""
    told, cluster = seen.connection, seen.cluster
    if told is not None and cluster is not None and told.refused_with in (UNAUTHORIZED, FORBIDDEN):
        return Step(blocked=Blocked("AccessMissing", _way_in(want, seen, cluster, told)))
    return connection(want, seen, moment)


def _not_found(want: Wish, seen: Snapshot) -> str:
    return (
        f"EKS has no cluster {want.cluster_name} in {want.region} of account "
        f"{seen.identity.account}, and with managementPolicy: Observe none is made. It is looked "
        f"for again every minute; if the name or the region is wrong, make a new SigOptCluster."
    )


def _way_in(want: Wish, seen: Snapshot, cluster: Cluster, told: Connection) -> str:
    who = seen.identity.principal_arn
    where = f"--region {want.region} --cluster-name {cluster.name} --principal-arn {who}"
    policy = view_policy(seen.identity.partition)
    commands = [
        f"aws eks associate-access-policy {where} --policy-arn {policy} --access-scope type=cluster"
    ]
    if told.refused_with == UNAUTHORIZED:
        commands.insert(0, f"aws eks create-access-entry {where}")
        if cluster.authentication_mode == "CONFIG_MAP":
            commands.insert(
                0,
                f"aws eks update-cluster-config --region {want.region} --name {cluster.name} "
                f"--access-config authenticationMode=API_AND_CONFIG_MAP",
            )
    return (
        f"{told.problem}. Observe changes nothing, so somebody who administers the cluster has to "
        f"let {who} in: {' && '.join(commands)}"
    )


OBSERVED_PARTS = (
    Part(
        name="ControlPlane",
        condition=ConditionType.CONTROL_PLANE_READY,
        build=existing_control_plane,
        typical=timedelta(minutes=10),
    ),
    Part(
        name="Kubeconfig",
        condition=ConditionType.KUBECONFIG_READY,
        build=kubeconfig,
        needs=("ControlPlane.endpoint",),
        typical=timedelta(seconds=1),
    ),
    Part(
        name="Connection",
        condition=ConditionType.CONNECTED,
        build=existing_connection,
        needs=("ControlPlane.endpoint",),
        typical=timedelta(seconds=10),
    ),
)
