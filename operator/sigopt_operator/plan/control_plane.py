"""The control plane: created, watched, and taken away last but one."""

from __future__ import annotations

from sigopt_operator.plan.actions import CreateCluster, DeleteCluster, DeleteInterface
from sigopt_operator.plan.design import cluster_role, role_arn
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network import subnets_by_zone
from sigopt_operator.plan.ownership import conflict, ours
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.wish import Wish


def control_plane(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """The cluster ACTIVE; a FAILED one never heals and is deleted to be made again."""
    cluster = seen.cluster
    if cluster is None:
        return _create(want, seen, moment)
    if not ours(cluster.tags, want.uid):
        return Step(blocked=Blocked("NameConflict", conflict("EKS cluster", cluster.name)))
    match cluster.status:
        case "ACTIVE":
            return Step(
                ready=True,
                message=f"Kubernetes {cluster.version}",
                degraded="; ".join(cluster.health),
            )
        case "CREATING" | "PENDING":
            waiting = Waiting(f"EKS to create the control plane {cluster.name}", cluster.created_at)
            return Step(waiting=(waiting,))
        case "FAILED":
            why = "; ".join(cluster.health) or "EKS gives no reason"
            return Step(
                actions=(DeleteCluster(cluster.name),),
                blocked=Blocked("ControlPlaneFailed", f"EKS could not create it: {why}"),
            )
        case status:
            verb = "delete" if status == "DELETING" else "update"
            return Step(waiting=(Waiting(f"EKS to {verb} the control plane {cluster.name}"),))


def remove_control_plane(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """The cluster gone; before it, the interfaces that the CNI left in its security group.

    EKS leaves its security group behind when such an interface still stands in it, and then the
    network cannot be deleted.
    """
    cluster = seen.cluster
    if cluster is None or not ours(cluster.tags, want.uid):
        return Step(ready=True)
    if cluster.status == "DELETING":
        return Step(waiting=(Waiting(f"EKS to delete the control plane {cluster.name}"),))
    if seen.interfaces:
        return Step(
            actions=tuple(DeleteInterface(i.id, i.description) for i in seen.interfaces),
            message="deleting network interfaces that the CNI left behind",
        )
    waiting = Waiting(f"EKS to delete the control plane {cluster.name}", moment.now)
    return Step(actions=(DeleteCluster(cluster.name),), waiting=(waiting,))


def _create(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    if seen.stack is None:
        return Step(message="waits for the network")
    who = seen.identity
    action = CreateCluster(
        name=want.cluster_name,
        version=want.version,
        role_arn=role_arn(who.partition, who.account, cluster_role(want.cluster_name)),
        subnet_ids=tuple(sorted(subnets_by_zone(seen.stack).values())),
        tags=want.tags,
        token=want.token("create-cluster", want.generation),
    )
    waiting = Waiting(f"EKS to create the control plane {want.cluster_name}", moment.now)
    return Step(actions=(action,), waiting=(waiting,))
