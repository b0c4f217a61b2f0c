"""What a stack that CloudFormation could not make, change or delete is told as."""

from __future__ import annotations

from sigopt_operator.plan.snapshot import Cluster, Stack
from sigopt_operator.plan.steps import Blocked
from sigopt_operator.plan.wish import Wish


def failure(stack: Stack) -> str:
    """Which of its parts failed and why, in CloudFormation's own words."""
    failed = [
        f"{r.logical_id}: {r.reason}"
        for r in stack.resources.values()
        if r.status.endswith("_FAILED") and r.reason and "cancelled" not in r.reason
    ]
    why = "; ".join(failed) or stack.reason or "CloudFormation gives no reason"
    return f"CloudFormation stack {stack.name} is {stack.status}: {why}"


def for_a_person(want: Wish, stack: Stack) -> str:
    """The same, and the way out of a state that no update and no deletion of ours mends."""
    if stack.status != "UPDATE_ROLLBACK_FAILED":
        return failure(stack)
    return (
        f"{failure(stack)}. Somebody's update was rolled back, and that failed. What stands is "
        f"looked after meanwhile; have CloudFormation go on: aws cloudformation "
        f"continue-update-rollback --region {want.region} --stack-name {stack.name}"
    )


def under_a_cluster(stack: Stack) -> Blocked:
    """To delete the rest as well would end a cluster that may still work."""
    return Blocked(
        "StackFailed",
        f"{failure(stack)}. Somebody began to delete it under a living cluster, and now "
        f"CloudFormation can neither mend nor update it. What is left of it is not touched; to "
        f"replace the cluster, delete this resource and make it anew.",
    )


def left_under_a_cluster(stack: Stack, cluster: Cluster) -> Blocked:
    """A namesake left it in a state from which it cannot be taken over, and a cluster is in it."""
    return Blocked(
        "StackFailed",
        f"{failure(stack)}. An earlier SigOptCluster of this name left it, and in that state it "
        f"cannot be taken over. Nothing of it is touched: EKS cluster {cluster.name} lives on what "
        f"it holds. To be rid of both, set spec.deletionPolicy: Retain, delete this resource, then "
        f"the cluster, and the stack last.",
    )
