"""Versions: how they compare, and how slowly a move that failed is tried again."""

from __future__ import annotations

import re
from datetime import timedelta

from sigopt_operator.plan.actions import UpdateNodeGroupVersion
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.node_pools.drains import held_up
from sigopt_operator.plan.snapshot import NodeGroup, Snapshot, Update
from sigopt_operator.plan.steps import Blocked, Step, Waiting
from sigopt_operator.plan.wish import Wish

RETRY_AFTER = timedelta(hours=1)
"""Since the last attempt began: what made it fail (a disruption budget, full subnets) rarely goes
away by itself, and every attempt moves pods."""
NODE_GROUP_UPGRADE = timedelta(minutes=30)
"""Even for small groups (aws/containers-roadmap issue 1560)."""


def minor(version: str) -> int:
    """The minor number of `1.NN`."""
    return int(version.split(".")[1])


LAG = timedelta(seconds=15)
"""Of one reading behind another."""
SHOWS_WITHIN = timedelta(days=1)
"""Since an update that succeeded began: if what it updated still shows the former version then, it
does not lag, but the update was undone."""


def behind(present: str, wanted: str) -> bool:
    """Whether a Kubernetes version has to be raised; one that is not known has not."""
    return bool(present and wanted) and minor(present) < minor(wanted)


def path(present: str, wanted: str) -> tuple[str, ...]:
    """Every minor version from the present to the wanted one, both included."""
    return tuple(f"1.{number}" for number in range(minor(present), minor(wanted) + 1))


def newer(one: str, other: str) -> bool:
    """Whether an add-on's version, `v1.21.1-eksbuild.7`, is above the other."""
    return _numbers(one) > _numbers(other)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def under_way(update: Update | None) -> bool:
    """Whether EKS is still at it; what it updates may show the new version already."""
    return update is not None and not update.ended


def lately_failed(update: Update | None, version: str, moment: Moment) -> bool:
    """Whether the same move failed so short a time ago that it is not tried again yet."""
    return (
        update is not None
        and _failed(update, version)
        and moment.elapsed(update.created_at) < RETRY_AFTER
    )


def _failed(update: Update | None, version: str) -> bool:
    return update is not None and update.status == "Failed" and update.version == version


def not_yet_shown(what: str, update: Update | None, version: str, moment: Moment) -> Waiting | None:
    """What is waited for where an update to that version succeeded, and is not to be seen yet.

    Two readings of EKS do not agree then. Whoever believed the older one would ask for the whole of
    it again, which moves every pod once more.
    """
    if update is None or update.status != "Successful" or update.version != version:
        return None
    if moment.elapsed(update.created_at) >= SHOWS_WITHIN:
        return None
    told = f"EKS to show Kubernetes {version} of {what}, whose upgrade it says is done"
    return Waiting(told, typical=LAG)


def failure(what: str, update: Update, after: str = "an hour") -> str:
    """A failed update in words, EKS's own among them, and when it is tried again."""
    why = "; ".join(update.errors) or "EKS gives no reason"
    return f"{what} failed: {why}. It is tried again {after} after that attempt began."


def attempt(update: Update | None) -> str:
    """Part of a client token: the attempt after a failed one is another request."""
    return update.id if update else ""


def node_group_version(want: Wish, seen: Snapshot, group: NodeGroup, moment: Moment) -> Step | None:
    """Brings a node group to the control plane's version; None where it has it (or is above)."""
    cluster, last = seen.cluster, group.last_update
    if cluster is None or not behind(group.version, cluster.version):
        return None
    moves = f"the upgrade of node group {group.name} from Kubernetes {group.version} to "
    moves += cluster.version
    if last is not None and under_way(last):
        return Step(waiting=(upgrading(seen, group, last),))
    unseen = not_yet_shown(f"node group {group.name}", last, cluster.version, moment)
    if unseen:
        return Step(waiting=(unseen,))
    if cluster.status != "ACTIVE":
        return Step(message=f"{moves} waits until the control plane's own update is over")
    # Said also where it is tried again at once: an attempt may take longer than the pause.
    failed = _failed(last, cluster.version)
    told = failure(moves, last) + held_up(seen, group) if last and failed else ""
    blocked = Blocked("UpgradeFailed", told) if told else None
    if lately_failed(last, cluster.version, moment):
        return Step(blocked=blocked)
    action = UpdateNodeGroupVersion(
        cluster=cluster.name,
        name=group.name,
        present=group.version,
        version=cluster.version,
        token=want.token("node-group-version", group.name, cluster.version, attempt(last)),
    )
    what = f"EKS to {action}"
    waiting = Waiting(what, moment.now, NODE_GROUP_UPGRADE)
    return Step(actions=(action,), waiting=(waiting,), blocked=blocked)


def upgrading(seen: Snapshot, group: NodeGroup, update: Update) -> Waiting:
    """What EKS is doing with a node group that gets nodes of another version; what holds it up."""
    what = f"EKS to upgrade node group {group.name} to Kubernetes {update.version}"
    what += held_up(seen, group)
    return Waiting(what, update.created_at, NODE_GROUP_UPGRADE)
