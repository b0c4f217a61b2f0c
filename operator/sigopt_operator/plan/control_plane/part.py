"""The control plane: created, watched, and taken away last but one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sigopt_operator.plan.actions import CreateCluster, DeleteCluster
from sigopt_operator.plan.control_plane.settings import (
    change_settings,
    ending_update,
    lift_protection,
    protected,
)
from sigopt_operator.plan.control_plane.upgrade import updating, upgrade
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.design import cluster_role, role_arn
from sigopt_operator.plan.network.subnets import control_plane_subnets
from sigopt_operator.plan.ownership import conflict, ours
from sigopt_operator.plan.snapshot import Cluster, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting, merge
from sigopt_operator.plan.unknown import CLUSTER, strange, untold
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.leftovers import before_control_plane

AGAIN_AFTER = timedelta(minutes=15)
"""One that failed is made anew so long after it was made, and not at full speed for ever."""
API = frozenset({"api"})
"""What others build on: it goes on answering while EKS updates it."""


def control_plane(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """The cluster ACTIVE; a FAILED one never heals and is deleted to be made again."""
    cluster = seen.cluster
    if cluster is None:
        return _create(want, seen, moment)
    if not ours(cluster.tags, want.uid):
        return Step(blocked=Blocked("NameConflict", conflict("EKS cluster", cluster.name)))
    match cluster.status:
        case "ACTIVE":
            step = _standing(want, seen, cluster, moment)
            return replace(step, offers=API, degraded="; ".join(cluster.health))
        case "UPDATING":
            waiting = updating(want, cluster)
            return Step(waiting=(waiting,), offers=API, degraded="; ".join(cluster.health))
        case "CREATING" | "PENDING":
            waiting = Waiting(f"EKS to create the control plane {cluster.name}", cluster.created_at)
            return Step(waiting=(waiting,))
        case "FAILED":
            return _failed(cluster, moment)
        case "DELETING":
            return Step(waiting=(Waiting(f"EKS to delete the control plane {cluster.name}"),))
        case status:
            return strange(f"the control plane {cluster.name}", status)


def _standing(want: Wish, seen: Snapshot, cluster: Cluster, moment: Moment) -> Step:
    """Settings first, then the version; a setting that cannot be had does not hold that back."""
    changed = change_settings(want, cluster, moment)
    if changed is not None and (changed.actions or changed.waiting):
        return changed
    ends = ending_update(cluster)
    if ends is not None:
        return Step(waiting=(ends,))
    due = [step for step in (changed, upgrade(want, seen, moment)) if step is not None]
    if due:
        return merge(due)
    return Step(ready=True, message=f"Kubernetes {cluster.version}")


def _failed(cluster: Cluster, moment: Moment) -> Step:
    why = "; ".join(cluster.health) or "EKS gives no reason"
    again = moment.elapsed(cluster.created_at) >= AGAIN_AFTER
    told = f"EKS could not create it: {why}; it is deleted and made again"
    minutes = AGAIN_AFTER // timedelta(minutes=1)
    return Step(
        actions=(DeleteCluster(cluster.name),) if again else (),
        blocked=Blocked("ControlPlaneFailed", f"{told}, at most every {minutes} minutes"),
    )


def remove_control_plane(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """The cluster gone; before it, what only it knows of, and what stands in its network."""
    cluster = seen.cluster
    if seen.cluster_doubted:
        return untold("EKS", f"a control plane {want.cluster_name}")
    if cluster is None or not ours(cluster.tags, want.uid):
        return Step(ready=True)
    if cluster.status == "DELETING":
        return Step(waiting=(Waiting(f"EKS to delete the control plane {cluster.name}"),))
    if cluster.status not in CLUSTER:
        return strange(f"the control plane {cluster.name}", cluster.status)
    theirs = [group.name for group in seen.node_groups if not ours(group.tags, want.uid)]
    if theirs:
        return Step(blocked=Blocked("NodeGroupsOfOthers", _held_by(cluster.name, theirs)))
    first = before_control_plane(want, seen, moment)
    if not first.ready:
        return first
    if protected(cluster):
        return lift_protection(cluster, moment)
    waiting = Waiting(f"EKS to delete the control plane {cluster.name}", moment.now)
    return Step(actions=(DeleteCluster(cluster.name),), waiting=(waiting,))


def _held_by(name: str, groups: list[str]) -> str:
    return (
        f"EKS cluster {name} has node groups that somebody else made ({', '.join(groups)}), and "
        f"EKS deletes no cluster that has any. Have their owner delete them; or keep the cluster: "
        f"spec.deletionPolicy: Retain."
    )


def _create(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    if seen.stack is None:
        return Step(message="waits for the network")
    who, zones = seen.identity, control_plane_subnets(want, seen)
    action = CreateCluster(
        name=want.cluster_name,
        version=want.version,
        role_arn=role_arn(who.partition, who.account, cluster_role(want.cluster_name)),
        subnet_ids=tuple(zones),
        zones=zones,
        tags=want.tags,
        token=want.token("create-cluster", want.generation),
        endpoint_access=want.endpoint_access,
        logging=want.logging,
        kms_key_arn=want.kms_key_arn,
        deletion_protection=want.deletion_protection,
    )
    waiting = Waiting(f"EKS to create the control plane {want.cluster_name}", moment.now)
    return Step(actions=(action,), waiting=(waiting,))
