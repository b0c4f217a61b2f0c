"""A stack that somebody deleted entirely while its cluster lives.

CloudFormation cannot delete a network that a control plane stands in, but somebody may have had it
keep what it could not delete. A stack made again would be another network beside that one, which no
cluster can move to, and roles of names that may be taken: so nothing is made, and a person is told.
Where the stack held roles alone, it can be made again, and is.
"""

from __future__ import annotations

from sigopt_operator.plan.network.design import stack_name
from sigopt_operator.plan.snapshot import Cluster, Snapshot
from sigopt_operator.plan.steps import Blocked, Step
from sigopt_operator.plan.wish import Wish


def stack_gone(want: Wish, seen: Snapshot, offers: frozenset[str]) -> Step | None:
    """What is to be said of a stack that is not there; None where it is simply to be made.

    What stands is looked after all the same, as though the network offered what it did.
    """
    cluster = seen.cluster
    if seen.stack is not None or cluster is None or want.subnet_ids:
        return None
    if cluster.status in ("FAILED", "DELETING"):
        return Step(message=f"waits until EKS cluster {cluster.name} is gone", offers=offers)
    return Step(blocked=Blocked("StackGone", _told(want, cluster)), offers=offers)


def _told(want: Wish, cluster: Cluster) -> str:
    subnets = ", ".join(cluster.subnet_ids)
    return (
        f"CloudFormation stack {stack_name(want.cluster_name)}, with the network and the roles of "
        f"EKS cluster {cluster.name}, is gone, and the cluster is not: somebody deleted the stack. "
        f"Nothing is made in its place, because that would be another network beside "
        f"{cluster.vpc_id}, in which the cluster stands. What is left goes on and is looked after, "
        f"but no node group can be made. To have a new cluster, delete this resource and make it "
        f"anew; what is left of {cluster.vpc_id} has to be deleted by hand then. To keep the "
        f"cluster, set spec.deletionPolicy: Retain, delete this resource, and make one of the same "
        f"name with spec.adopt: true, spec.deletionPolicy, and spec.network.subnetIds: "
        f"[{subnets}]: then only the roles are made anew."
    )
