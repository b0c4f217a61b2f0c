"""What has to go before the network can: through Kubernetes first, then in AWS by the tags.

While its controllers live, the cluster itself tidies up best, and only it knows which volumes are
to be deleted with their claims: no tag in AWS records that (aws-ebs-csi-driver).
"""

from __future__ import annotations

from datetime import timedelta

from sigopt_operator.plan.actions import (
    DeleteInterface,
    DeleteLoadBalancer,
    DeleteObject,
    DeleteSecurityGroup,
    DeleteTargetGroup,
    DeleteVolume,
)
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.left import (
    TAG_CLAIM,
    ClusterObject,
    Interface,
    SecurityGroup,
    Volume,
    of_cluster,
)

CLAIM = "PersistentVolumeClaim"
PATIENCE = timedelta(minutes=10)
"""For a controller to take away what an object keeps in AWS (eksctl waits as long)."""
PATIENCE_WITH_CLAIMS = timedelta(minutes=2)
"""A claim in use goes only with its pods; its volume is deleted once the nodes are gone."""
PATIENCE_WITH_THE_API = timedelta(minutes=2)
"""That it may be silent, at a time."""
PATIENCE_IN_ALL = timedelta(minutes=30)
"""Since nothing holds the deletion up: something in the cluster may make its objects again for
ever."""
PATIENCE_WITH_AWS = timedelta(hours=1)
"""For AWS to take its own interfaces away, or to detach a volume from an instance that is gone: it
goes on waiting, but a person is told by then."""
MOST_AT_ONCE = 30
"""Requests to a cluster that may answer slowly, side by side with those of all others."""
CNI_DESCRIPTIONS = ("aws-K8S-", "aws-k8s-")
"""How the VPC CNI (amazon-vpc-cni-k8s, pkg/awsutils) and EKS's controller for pods' own security
groups (amazon-vpc-resource-controller-k8s) describe their interfaces."""


def remove_workload(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Load balancers and target groups gone: by the cluster's hand, else by their tags."""
    inside = _through_kubernetes(want, seen, moment)
    if not inside.ready or seen.left is None:
        return inside
    if seen.left.load_balancers:
        names = ", ".join(lb.name for lb in seen.left.load_balancers)
        return Step(
            actions=tuple(DeleteLoadBalancer(b.name, b.arn) for b in seen.left.load_balancers),
            message=f"deleting load balancers that carry the cluster's tags: {names}",
        )
    groups = seen.left.target_groups
    return Step(ready=not groups, actions=tuple(DeleteTargetGroup(g.name, g.arn) for g in groups))


def before_control_plane(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Volumes of claims, and interfaces that the CNI left, gone.

    The latter stand in the control plane's security group: EKS would leave that behind, and then
    the network could not be deleted. A volume follows when its instance is gone; one that somebody
    attached to an instance of their own does when they detach it.
    """
    if seen.left is None:
        return Step(ready=True)
    held = [volume for volume in seen.left.volumes if volume.in_use]
    free = [volume for volume in seen.left.volumes if not volume.in_use]
    leaked = [i for i in seen.left.interfaces if _leaked_by_cni(i)]
    return Step(
        ready=not (seen.left.volumes or leaked),
        actions=(
            *(DeleteVolume(volume.id, volume.claim) for volume in free),
            *(DeleteInterface(i.id, i.description) for i in leaked),
        ),
        waiting=tuple(Waiting(f"{volume} to be detached") for volume in held),
        blocked=_attached(want, held) if _waited(want, moment) >= PATIENCE_WITH_AWS else None,
    )


def before_network(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    """Interfaces and the cluster's security groups gone; what is in the way is named."""
    if seen.left is None:
        return Step(ready=True)
    interfaces = sorted(seen.left.interfaces, key=lambda interface: interface.id)
    worn = {group for interface in interfaces for group in interface.groups}
    mine = [g for g in seen.left.security_groups if of_cluster(g.tags, want.cluster_name)]
    ids = {group.id for group in mine}
    return Step(
        ready=not interfaces and not mine,
        actions=(
            *(DeleteInterface(i.id, i.description) for i in interfaces if _leaked_by_cni(i)),
            *(_delete_group(g, mine) for g in mine if g.id not in worn | _held(want, seen)),
        ),
        waiting=tuple(Waiting(f"{_named(i)} to go") for i in interfaces if i.in_use),
        blocked=_blocked(
            [_named(i) for i in interfaces if _stands(want, i, moment)]
            + [_holding(g, held) for g in _strangers(want, seen) if (held := g.names & ids)]
        ),
    )


def strangers(want: Wish, seen: Snapshot) -> str:
    """Security groups in the cluster's network that somebody else made, in words."""
    told = [f"{group.name} ({group.id})" for group in _strangers(want, seen)]
    return f"; somebody else's security groups in it: {', '.join(told)}" if told else ""


def _strangers(want: Wish, seen: Snapshot) -> list[SecurityGroup]:
    left = seen.left.security_groups if seen.left else ()
    return [group for group in left if not of_cluster(group.tags, want.cluster_name)]


def _held(want: Wish, seen: Snapshot) -> set[str]:
    return {name for group in _strangers(want, seen) for name in group.names}


def _holding(group: SecurityGroup, held: frozenset[str]) -> str:
    return f"a rule of security group {group.name} ({group.id}) that names {', '.join(held)}"


def _through_kubernetes(want: Wish, seen: Snapshot, moment: Moment) -> Step:
    cluster, told = seen.cluster, seen.workload
    if told is None or cluster is None or not ours(cluster.tags, want.uid):
        return Step(ready=True)
    server = cluster.api_server
    if told.problem:
        nothing_ran = not seen.node_groups and not want.stood
        since = told.silent_since or want.deleting_since
        if nothing_ran or (since and moment.elapsed(since) >= PATIENCE_WITH_THE_API):
            return Step(ready=True)
        what = f"the cluster's API, to delete what it keeps in AWS: {told.problem}"
        return Step(waiting=(Waiting(what, since, PATIENCE_WITH_THE_API),))
    if _waited(want, moment) >= PATIENCE_IN_ALL:
        return Step(ready=True)
    asked = [o for o in told.objects if o.deleting_since is None][:MOST_AT_ONCE]
    going = [o for o in told.objects if _going(o, moment)]
    return Step(
        ready=not asked and not going,
        actions=tuple(
            DeleteObject(server, o.kind, o.namespace, o.name) for o in asked if server is not None
        ),
        waiting=tuple(
            Waiting(f"the cluster to take away {o}", o.deleting_since, timedelta(minutes=1))
            for o in going
        ),
    )


def _going(found: ClusterObject, moment: Moment) -> bool:
    if found.deleting_since is None:
        return False
    patience = PATIENCE_WITH_CLAIMS if found.kind == CLAIM else PATIENCE
    return moment.elapsed(found.deleting_since) < patience


def _leaked_by_cni(interface: Interface) -> bool:
    return not interface.in_use and interface.description.startswith(CNI_DESCRIPTIONS)


def _delete_group(group: SecurityGroup, mine: list[SecurityGroup]) -> DeleteSecurityGroup:
    named_by = tuple(other.id for other in mine if other is not group and group.id in other.names)
    return DeleteSecurityGroup(group.id, group.name, named_by)


def _attached(want: Wish, held: list[Volume]) -> Blocked | None:
    if not held:
        return None
    told = "; ".join(
        f"{volume}: `aws ec2 detach-volume --region {want.region} --volume-id {volume.id}`"
        for volume in held
    )
    return Blocked(
        "VolumeInUse",
        f"EC2 deletes no volume that is attached, and the cluster's nodes are gone: {told}. Detach "
        f"it, and it is deleted with its claim; or take its tag {TAG_CLAIM} off, and it stays. The "
        f"deletion then goes on by itself.",
    )


def _blocked(theirs: list[str]) -> Blocked | None:
    if not theirs:
        return None
    return Blocked(
        "NetworkInUse",
        f"the network cannot be deleted while somebody else's things stand in it: "
        f"{'; '.join(theirs)}. Remove what they belong to; the deletion then goes on by itself.",
    )


def _stands(want: Wish, interface: Interface, moment: Moment) -> bool:
    """Whether it stays until somebody acts: an endpoint's or a file system's is AWS's own, too."""
    if _goes_by_itself(interface):
        return _waited(want, moment) >= PATIENCE_WITH_AWS
    return not _leaked_by_cni(interface)


def _waited(want: Wish, moment: Moment) -> timedelta:
    """Not since the resource's deletion was asked for: it may have been held up for days, in which
    nothing was asked of the cluster or of AWS. The status has it, so a restart changes nothing.
    """
    return moment.elapsed(want.removal_since) if want.removal_since else timedelta(0)


def _goes_by_itself(interface: Interface) -> bool:
    """AWS takes its own interfaces away, some minutes after what they belonged to."""
    return interface.in_use and not interface.owner.startswith("i-")


def _named(interface: Interface) -> str:
    whose = ", ".join(filter(None, (interface.description, interface.owner)))
    since = interface.attached_at
    told = f", attached since {since:%Y-%m-%dT%H:%M:%SZ}" if since else ""
    return f"network interface {interface.id} ({whose or 'without a description'}{told})"
