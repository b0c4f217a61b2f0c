"""The identity of cluster-autoscaler in AWS: its service account bound to the role of the stack."""

from __future__ import annotations

from sigopt_operator.plan.actions import AssociatePodIdentity, DissociatePodIdentity, TakeOver
from sigopt_operator.plan.adoption import left_by_namesake
from sigopt_operator.plan.difference import differences
from sigopt_operator.plan.network.design import autoscaler_role, role_arn
from sigopt_operator.plan.ownership import ours
from sigopt_operator.plan.snapshot import PodIdentity, Snapshot
from sigopt_operator.plan.steps import Blocked, Step
from sigopt_operator.plan.wish import Wish
from sigopt_operator.plan.workload.components.autoscaler import ACCOUNT

SERVICE_ACCOUNT = f"{ACCOUNT.namespace}/{ACCOUNT.name}"


def pod_identity(want: Wish, seen: Snapshot) -> Step:
    """The association as wished; one that somebody else made for the same account is left alone."""
    found = seen.pod_identity
    if want.autoscaler is None:
        return _none(want, found)
    if found is not None and not ours(found.tags, want.uid):
        return _of_others(want, found)
    who = seen.identity
    wanted = role_arn(who.partition, who.account, autoscaler_role(want.cluster_name))
    have = found.role_arn if found else None
    if have == wanted:
        return Step(ready=True)
    action = AssociatePodIdentity(
        cluster=want.cluster_name,
        namespace=ACCOUNT.namespace,
        service_account=ACCOUNT.name,
        role_arn=wanted,
        tags=want.tags,
        present=found.id if found else "",
        differences=differences([(f"role of service account {SERVICE_ACCOUNT}", have, wanted)]),
    )
    return Step(actions=(action,), message=str(action))


def _of_others(want: Wish, found: PodIdentity) -> Step:
    if not _left(want, found):
        return Step(blocked=Blocked("NameConflict", _conflict(found)))
    kind = "pod identity association"
    action = TakeOver("Workload", kind, found.arn, SERVICE_ACCOUNT, want.tags)
    return Step(actions=(action,), message=str(action))


def _left(want: Wish, found: PodIdentity) -> bool:
    """Whether an earlier resource left it, and it is to be taken over."""
    return want.adopt and left_by_namesake(found.tags, want)


def _none(want: Wish, found: PodIdentity | None) -> Step:
    if found is None:
        return Step(ready=True)
    if not ours(found.tags, want.uid) and not _left(want, found):
        return Step(ready=True)
    action = DissociatePodIdentity(want.cluster_name, found.id, SERVICE_ACCOUNT)
    return Step(actions=(action,), message=str(action))


def _conflict(found: PodIdentity) -> str:
    return (
        f"service account {SERVICE_ACCOUNT} has a pod identity association ({found.id}) that does "
        f"not carry this resource's ownership tag, so it is somebody else's and is not touched. "
        f"Delete it, or set spec.autoscaler.enabled: false."
    )
