"""What this version does not act upon, said instead of half done."""

from __future__ import annotations

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.api.spec import Provider
from sigopt_operator.plan.steps import Blocked


def unsupported(resource: SigOptCluster, default_region: str | None) -> Blocked | None:
    """Why nothing at all is done for this wish; None where it is acted upon."""
    if resource.spec.provider is Provider.CUSTOM:
        return None  # its kubeconfig says where it is
    if not (resource.region or default_region):
        return Blocked(
            "RegionMissing",
            "spec.region is not given and the operator has no default region; make the "
            "resource anew with spec.region, or have the operator's administrator set "
            "SIGOPT_OPERATOR_REGION.",
        )
    return None
