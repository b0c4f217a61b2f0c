"""A node group over time: creation and deletion."""

from __future__ import annotations

from sigopt_sandbox.aws.eks import (
    access,
    durations,
    groups,
    network,
    nodegroup_health,
    nodegroup_rules,
)
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.scheduler import Life, Look
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Nodegroup, new_uuid, wall_clock

# A creation fails after its time, but never before it had this many looks at its instances.
LEAST_LOOKS = 20
NOT_JOINED = "Instances failed to join the kubernetes cluster"


def key(cluster: Cluster, nodegroup: Nodegroup) -> str:
    """The scheduler's key of a node group."""
    return f"{cluster.key}/nodegroup/{nodegroup.doc['nodegroupName']}"


def what(cluster: Cluster, nodegroup: Nodegroup) -> str:
    """Its name for failures and freezes."""
    return f"nodegroup/{cluster.name}/{nodegroup.doc['nodegroupName']}"


def disk_gib(nodegroup: Nodegroup) -> int:
    """The volume size that the request asked for; a template's own is in the template."""
    return int(nodegroup.doc.get("diskSize") or 20)


def nodes_can_join(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> bool:
    """Whether new nodes turn Ready: they get in, and have a plugin, and no label stops kubelets."""
    if not nodegroup.let_in:
        nodegroup.let_in = access.lets_nodes_in(eks, cluster, nodegroup.doc["nodeRole"])
    if not nodegroup.let_in or nodegroup_rules.keeps_nodes_out(nodegroup.doc["labels"]):
        return False
    return has_network_plugin(eks, cluster)


def has_network_plugin(eks: Eks, cluster: Cluster) -> bool:
    """Whether aws-node runs: self-managed from the start, or the vpc-cni add-on.

    Without it nodes stay NotReady, `cni plugin not initialized` (terraform-aws-eks 3446).
    """
    if "vpc-cni" in cluster.self_managed or not eks.switches.nodes_need_network_plugin:
        return True
    addon = cluster.addons.get("vpc-cni")
    return addon is not None and addon.doc["status"] in ("ACTIVE", "UPDATING", "DEGRADED")


def creation(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> Life:
    """CREATING to ACTIVE or CREATE_FAILED (which only a deletion ends)."""
    began = eks.clock.now()
    yield durations.NODEGROUP_GROUP
    nodegroup.worker_policy = groups.has_worker_policy(eks, cluster, nodegroup)
    try:
        groups.make(eks, cluster, nodegroup, disk_gib(nodegroup))
    except AwsError as error:
        name = nodegroup.group_name
        _fail(
            nodegroup,
            nodegroup_health.issue("AutoScalingGroupInvalidConfiguration", error.message, [name]),
        )
        return
    access.entry_for_nodes(eks, cluster, nodegroup.doc["nodeRole"])
    yield durations.NODEGROUP_JOIN
    yield from eks.held(what(cluster, nodegroup))
    fault = eks.fault(what(cluster, nodegroup))
    if fault is not None:
        _fail(nodegroup, fault.issue("NodeCreationFailure", [nodegroup.group_name]))
        return
    wrong = _unreachable_subnets(eks, cluster, nodegroup)
    if wrong:
        _fail(nodegroup, wrong)
        return
    yield from _await_nodes(eks, cluster, nodegroup, began + durations.NODEGROUP_GIVE_UP)


def _await_nodes(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, give_up: float) -> Life:
    if nodegroup.doc["scalingConfig"]["desiredSize"] == 0:
        yield durations.NODEGROUP_EMPTY - durations.NODEGROUP_JOIN
        _activate(nodegroup)
        return
    looks = 0
    while not _enough(eks, cluster, nodegroup):
        if eks.clock.now() > give_up and looks >= LEAST_LOOKS:
            _fail(nodegroup, _why(eks, cluster, nodegroup))
            return
        looks += 1
        yield Look(durations.LOOK)
    yield durations.NODEGROUP_JOIN
    _activate(nodegroup)


def _enough(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> bool:
    present = len(groups.in_service(groups.describe(eks, cluster, nodegroup)))
    enough = present >= nodegroup.doc["scalingConfig"]["desiredSize"]
    return enough and nodes_can_join(eks, cluster, nodegroup)


def _why(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> Doc:
    failure = groups.failed_launch(eks, cluster, nodegroup)
    if failure:
        return nodegroup_health.launch_issue(nodegroup, failure)
    instances = groups.in_service(groups.describe(eks, cluster, nodegroup))
    ids = instances or [f"DUMMY_{new_uuid()}"]
    return nodegroup_health.issue("NodeCreationFailure", NOT_JOINED, ids)


def _activate(nodegroup: Nodegroup) -> None:
    nodegroup.doc["status"] = "ACTIVE"
    nodegroup.doc["modifiedAt"] = wall_clock()


def _fail(nodegroup: Nodegroup, issue: Doc) -> None:
    nodegroup.doc["status"] = "CREATE_FAILED"
    nodegroup.doc["health"] = {"issues": [issue]}


def _unreachable_subnets(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> Doc | None:
    """Public subnets that give their instances no public address (containers-roadmap 607)."""
    wrong = network.public_without_addresses(eks, cluster.scope, nodegroup.doc["subnets"])
    if not wrong:
        return None
    name = nodegroup.doc["nodegroupName"]
    text = (
        f"One or more Amazon EC2 Subnets of [{', '.join(wrong)}] for node group {name} does not "
        "automatically assign public IP addresses to instances launched into it. If you want your "
        "instances to be assigned a public IP address, then you need to enable auto-assign public "
        "IP address for the subnet. See IP addressing in VPC guide: "
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-ip-addressing.html#subnet-public-ip"
    )
    return nodegroup_health.issue("Ec2SubnetInvalidConfiguration", text, wrong)


def deletion(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> Life:
    """DELETING to gone or DELETE_FAILED: sizes to 0, drain, then all that was made for it."""
    if groups.describe(eks, cluster, nodegroup) is not None:
        groups.resize(eks, cluster, nodegroup, {"minSize": 0, "maxSize": 0, "desiredSize": 0})
    yield durations.DELETE_NODEGROUP_DRAIN
    yield from eks.held(what(cluster, nodegroup))
    fault = eks.fault(what(cluster, nodegroup), "DELETE_FAILED")
    if fault is not None:
        _fail_deletion(nodegroup, [fault.issue("Ec2SecurityGroupDeletionFailure", [])])
        return
    if nodegroup.worker_policy and not groups.has_worker_policy(eks, cluster, nodegroup):
        _fail_deletion(nodegroup, _policy_lost(nodegroup))
        return
    while (groups.describe(eks, cluster, nodegroup) or {}).get("Instances"):
        yield Look(durations.LOOK)
    yield durations.DELETE_NODEGROUP_REST
    groups.remove(eks, cluster, nodegroup)
    cluster.nodegroups.pop(nodegroup.doc["nodegroupName"], None)


def _fail_deletion(nodegroup: Nodegroup, issues: list[Doc]) -> None:
    nodegroup.doc["status"] = "DELETE_FAILED"
    nodegroup.doc["health"] = {"issues": issues}


def _policy_lost(nodegroup: Nodegroup) -> list[Doc]:
    """A node role that loses its policy during the drain (a public recovery script's findings)."""
    return [
        nodegroup_health.issue(
            "AccessDenied",
            "Your worker nodes do not have access to the cluster. Verify if the node instance role "
            "is present and correctly configured in the aws-auth ConfigMap.",
            [nodegroup.doc["nodeRole"]],
        ),
        nodegroup_health.issue(
            "AutoScalingGroupInvalidConfiguration",
            "Couldn't terminate instances in ASG as Terminate process is suspended",
            [nodegroup.group_name],
        ),
    ]
