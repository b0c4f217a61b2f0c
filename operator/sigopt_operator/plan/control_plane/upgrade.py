"""The control plane's version: one minor step at a time, each followed by pools and add-ons.

EKS takes no other steps (EKS User Guide, "update cluster"). The control plane steps on only when
everything else is as wished for the version that it has, so that nothing is ever more than one
minor behind; and never down.
"""

from __future__ import annotations

from datetime import timedelta

from sigopt_operator.plan.actions import UpdateClusterVersion, spoken
from sigopt_operator.plan.addons.part import addons
from sigopt_operator.plan.control_plane.versions import (
    attempt,
    behind,
    failure,
    lately_failed,
    minor,
    not_yet_shown,
    path,
    under_way,
)
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.node_pools.part import node_pools
from sigopt_operator.plan.snapshot import Cluster, Snapshot
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.wish import Wish

TYPICAL = timedelta(minutes=12)
"""Of a small cluster (ACK's end-to-end tests): 10 to 25 minutes."""
ROLLBACK = "VersionRollback"
"""EKS's type of an update that undoes an upgrade (EKS User Guide, "rollback-cluster")."""


def upgrade(want: Wish, seen: Snapshot, moment: Moment) -> Step | None:
    """The next step of an ACTIVE control plane; None where its version is the wanted one."""
    cluster = seen.cluster
    if cluster is None or want.version in (None, cluster.version):
        return None
    holding = _holding(want, seen, cluster, want.version, moment)
    return holding or _judged(want, seen, cluster, path(cluster.version, want.version), moment)


def insights_due(want: Wish, seen: Snapshot, moment: Moment) -> str | None:
    """The version for which EKS's insights have to be asked now: all else speaks for the step."""
    cluster = seen.cluster
    if cluster is None or not upgradable(want, cluster) or cluster.status != "ACTIVE":
        return None
    if want.version is None or _holding(want, seen, cluster, want.version, moment):
        return None
    return path(cluster.version, want.version)[1]


def upgradable(want: Wish, cluster: Cluster) -> bool:
    """Whether the cluster's version is below the wanted one."""
    return want.version is not None and behind(cluster.version, want.version)


def updating(want: Wish, cluster: Cluster) -> Waiting:
    """What EKS is doing with a control plane that is UPDATING."""
    last = cluster.last_update
    if last is None or not under_way(last) or want.version is None:
        return Waiting(f"EKS to update the control plane {cluster.name}")
    if last.kind == ROLLBACK:
        back = f"EKS to roll the control plane {cluster.name} back to Kubernetes {last.version}"
        return Waiting(back, last.created_at, TYPICAL)
    moves = spoken(path(cluster.version, max(last.version, want.version, key=minor)))
    what = f"EKS to upgrade the control plane {cluster.name} from Kubernetes {moves}"
    return Waiting(what, last.created_at, TYPICAL)


def _holding(
    want: Wish, seen: Snapshot, cluster: Cluster, wanted: str, moment: Moment
) -> Step | None:
    """Why the control plane cannot be asked to step on now; None when it can."""
    last = cluster.last_update
    unfit = _below(cluster, wanted) or _not_on_offer(want, seen, cluster, wanted)
    if unfit:
        return Step(blocked=unfit)
    if under_way(last):
        return Step(waiting=(updating(want, cluster),))
    steps = path(cluster.version, wanted)
    unseen = not_yet_shown(f"the control plane {cluster.name}", last, steps[1], moment)
    if unseen:
        return Step(waiting=(unseen,))
    if last is not None and lately_failed(last, steps[1], moment):
        told = f"the upgrade of the control plane from Kubernetes {cluster.version} to {steps[1]}"
        return Step(blocked=Blocked("UpgradeFailed", failure(told, last)))
    followers = (("node pools", node_pools), ("add-ons", addons))
    late = [name for name, planner in followers if not planner(want, seen, moment).ready]
    if late:
        return Step(
            message=f"Kubernetes {cluster.version}, on the way to {wanted}: "
            f"waits for the {' and the '.join(late)} to be as wished for {cluster.version}"
        )
    return None


def _below(cluster: Cluster, wanted: str) -> Blocked | None:
    if minor(wanted) > minor(cluster.version):
        return None
    return Blocked(
        "VersionBelowCluster",
        f"spec.kubernetesVersion: {wanted} is below the cluster's {cluster.version}, and EKS "
        f'clusters do not go down. Write "{cluster.version}" or leave the field out; for '
        f"{wanted} make a new SigOptCluster.",
    )


def _not_on_offer(want: Wish, seen: Snapshot, cluster: Cluster, wanted: str) -> Blocked | None:
    if seen.releases is None or wanted in {release.version for release in seen.releases}:
        return None
    above = [r.version for r in seen.releases if minor(r.version) > minor(cluster.version)]
    offer = f"on offer above {cluster.version} are {', '.join(above)}" if above else "none is above"
    return Blocked(
        "VersionNotOnOffer",
        f"spec.kubernetesVersion: AWS does not offer Kubernetes {wanted} in {want.region}; the "
        f"cluster has {cluster.version}, and {offer}. Leave the field out, which keeps "
        f"{cluster.version}; then write a version on offer (the API server takes no lower one "
        f"in its place).",
    )


def _judged(
    want: Wish, seen: Snapshot, cluster: Cluster, steps: tuple[str, ...], moment: Moment
) -> Step:
    if seen.insights is None:
        return Step(message=f"asks EKS what speaks against Kubernetes {steps[1]}")
    if seen.insights:
        told = (
            f"EKS reports what would break with Kubernetes {steps[1]}: "
            f"{'; '.join(seen.insights)}. Mend it; EKS looks again once a day, or at once after "
            f"`aws eks start-insights-refresh --region {want.region} "
            f"--cluster-name {cluster.name}`."
        )
        return Step(blocked=Blocked("UpgradeNotReady", told))
    token = want.token("cluster-version", steps[1], attempt(cluster.last_update))
    action = UpdateClusterVersion(cluster.name, steps, token)
    what = f"EKS to {action}"
    return Step(actions=(action,), waiting=(Waiting(what, moment.now, TYPICAL),))
