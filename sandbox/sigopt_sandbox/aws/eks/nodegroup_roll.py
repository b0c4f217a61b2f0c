"""The rolling replacement of a node group's instances (user guide, managed-node-update-behavior).

The group's maximum and desired size are raised, new nodes join, old ones are drained and ended one
after the other, and the sizes go back: somebody who looks meanwhile sees the raised sizes.
"""

from __future__ import annotations

from sigopt_sandbox.aws.eks import durations, groups, network, nodegroup_life
from sigopt_sandbox.aws.eks.scheduler import Life, Look
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Nodegroup


class RollError(Exception):
    """Why a version update failed, as the update's own error."""

    def __init__(self, code: str, message: str, resource_ids: list[str]) -> None:
        """`code` is one of EKS's error codes for updates."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.resource_ids = resource_ids


def roll(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, force: bool) -> Life:
    """Replace every instance; raises RollError when new nodes do not join in time."""
    del force  # pods are not simulated here, so nothing ever resists a drain
    sizes = dict(nodegroup.doc["scalingConfig"])
    old = groups.in_service(groups.describe(eks, cluster, nodegroup))
    yield durations.NODEGROUP_UPDATE_SETUP
    if old:
        surge = _surge(eks, cluster, nodegroup)
        raised = {
            **sizes,
            "maxSize": sizes["maxSize"] + surge,
            "desiredSize": len(old) + surge,
        }
        groups.resize(eks, cluster, nodegroup, raised)
        try:
            yield from _await_new(eks, cluster, nodegroup, set(old), raised["desiredSize"])
        except RollError:
            groups.resize(eks, cluster, nodegroup, sizes)
            raise
        yield from _retire(eks, cluster, nodegroup, old, sizes["desiredSize"])
    yield durations.NODEGROUP_UPDATE_REST
    groups.resize(eks, cluster, nodegroup, sizes)
    nodegroup.doc["scalingConfig"] = sizes


def _retire(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, old: list[str], wanted: int) -> Life:
    """Drain and end the old instances, as many at once as maxUnavailable allows.

    The size falls with each until the group has `wanted` left, so that new ones remain at the end.
    """
    batch = int(nodegroup.doc["updateConfig"].get("maxUnavailable") or 1)
    for start in range(0, len(old), batch):
        yield durations.NODEGROUP_UPDATE_NODE
        for instance in old[start : start + batch]:
            group = groups.describe(eks, cluster, nodegroup)
            if instance in groups.in_service(group):
                shrink = bool(group and group["DesiredCapacity"] > wanted)
                groups.terminate(eks, cluster, instance, shrink=shrink)


def _surge(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> int:
    """The larger of twice the zones and maxUnavailable."""
    found = network.subnets(eks, cluster.scope, nodegroup.doc["subnets"])
    zones = len({subnet["AvailabilityZone"] for subnet in found})
    return max(2 * zones, int(nodegroup.doc["updateConfig"].get("maxUnavailable") or 1))


def _await_new(
    eks: Eks, cluster: Cluster, nodegroup: Nodegroup, old: set[str], wanted: int
) -> Life:
    give_up, looks = eks.clock.now() + durations.NODE_JOIN_LIMIT, 0
    while True:
        present = groups.in_service(groups.describe(eks, cluster, nodegroup))
        new = [instance for instance in present if instance not in old]
        joined = nodegroup_life.nodes_can_join(eks, cluster, nodegroup)
        if new and joined and len(present) >= wanted:
            return
        if eks.clock.now() > give_up and looks >= nodegroup_life.LEAST_LOOKS:
            name = nodegroup.doc["nodegroupName"]
            raise RollError(
                "NodeCreationFailure",
                "Couldn't proceed with upgrade process as new nodes are not joining node group "
                f"{name}",
                [],
            )
        looks += 1
        yield Look(durations.LOOK)
