"""What has to stand in the status before it is done, so that a killed operator finds it again."""

from __future__ import annotations

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.plan.actions import ApplySecret
from sigopt_operator.plan.custom import put_here
from sigopt_operator.plan.decide import Plan
from sigopt_operator.plan.kubeconfig.part import noted
from sigopt_operator.plan.snapshot import Snapshot
from sigopt_operator.plan.wish import Wish


def to_be_told_first(resource: SigOptCluster, want: Wish, seen: Snapshot, plan: Plan) -> bool:
    """Whether the status has to be written before the plan's actions are performed."""
    first = _first_act(resource, want, seen, plan) or _first_written(want, seen, plan)
    return first or _other_hands(want, seen, plan)


def ever_acted(resource: SigOptCluster) -> bool:
    """Whether anything was ever begun in AWS for it: only then its status names a region."""
    return resource.status is not None and resource.status.region is not None


def _first_act(resource: SigOptCluster, want: Wish, seen: Snapshot, plan: Plan) -> bool:
    """Whether this would be the first thing ever made, or put into that custom cluster.

    A resource whose credentials never worked can so be let go.
    """
    noted = ever_acted(resource) if want.kubeconfig is None else put_here(want, seen)
    return bool(plan.actions) and not resource.deleting and not noted


def _other_hands(want: Wish, seen: Snapshot, plan: Plan) -> bool:
    """Whether another identity is about to act than the status names.

    It lets itself in, and should the credentials be put back at once, nothing else would tell that
    there is an entry to be removed.
    """
    return bool(plan.actions) and want.operator_arn not in (None, seen.identity.principal_arn)


def _first_written(want: Wish, seen: Snapshot, plan: Plan) -> bool:
    """Whether a Secret is about to be written at a place that the status does not have yet.

    It could not be found again, should the spec name another place and the operator die before the
    end of the round.
    """
    writes = any(isinstance(action, ApplySecret) for _, action in plan.actions)
    return writes and noted(want, seen) != want.noted
