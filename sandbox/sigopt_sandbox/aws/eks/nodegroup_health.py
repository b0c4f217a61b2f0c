"""A node group's health, read from its auto scaling group whenever somebody looks."""

from __future__ import annotations

from sigopt_sandbox.aws.eks import groups
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.service import Eks
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Nodegroup


def issue(code: str, message: str, resource_ids: list[str]) -> Doc:
    """One health issue."""
    return {"code": code, "message": message, "resourceIds": resource_ids}


def launch_issue(nodegroup: Nodegroup, message: str) -> Doc:
    """A failed launch, in the words of Auto Scaling behind EKS's own (observed by users)."""
    kind = "Spot" if nodegroup.doc["capacityType"] == "SPOT" else "On-Demand"
    if not message.startswith("Could not launch"):
        message = f"Could not launch {kind} Instances. {message}"
    return issue("AsgInstanceLaunchFailures", message, [nodegroup.group_name])


def refresh(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Let the desired size follow the auto scaling group, and turn DEGRADED or ACTIVE by it.

    A failed scale-out makes an ACTIVE group DEGRADED until one succeeds (containers-roadmap 2326);
    so does a template version that EKS did not put there.
    """
    if nodegroup.doc["status"] not in ("ACTIVE", "DEGRADED"):
        return
    group = groups.describe(eks, cluster, nodegroup)
    if group is None:
        text = f"Couldn't find the Auto Scaling group {nodegroup.group_name}"
        _degrade(nodegroup, issue("AutoScalingGroupNotFound", text, [nodegroup.group_name]))
        return
    nodegroup.doc["scalingConfig"]["desiredSize"] = group["DesiredCapacity"]
    found = _template_issue(nodegroup, group) or _scaling_issue(eks, cluster, nodegroup, group)
    if found is not None:
        _degrade(nodegroup, found)
    elif nodegroup.doc["status"] == "DEGRADED":
        nodegroup.doc["status"] = "ACTIVE"
        nodegroup.doc["health"] = {"issues": []}


def _degrade(nodegroup: Nodegroup, found: Doc) -> None:
    nodegroup.doc["status"] = "DEGRADED"
    nodegroup.doc["health"] = {"issues": [found]}


def _template_issue(nodegroup: Nodegroup, group: groups.Group) -> Doc | None:
    template = group.get("LaunchTemplate")
    if not template or str(template.get("Version")) == nodegroup.template_version:
        return None
    text = (
        f"The Amazon EC2 Launch Template : {nodegroup.template_copy} has a new version associated "
        "with your Autoscaling group, which is not managed by Amazon EKS. Expected Launch Template "
        f"version: {nodegroup.template_version}"
    )
    return issue("Ec2LaunchTemplateVersionMismatch", text, [nodegroup.template_copy])


def _scaling_issue(
    eks: Eks, cluster: Cluster, nodegroup: Nodegroup, group: groups.Group
) -> Doc | None:
    full = len(groups.in_service(group)) >= group["DesiredCapacity"]
    if full and nodegroup.doc["status"] == "ACTIVE":
        return None  # nothing is missing: the activities need not be asked
    try:
        failure = groups.failed_launch(eks, cluster, nodegroup)
    except AwsError:
        return None
    return launch_issue(nodegroup, failure) if failure else None
