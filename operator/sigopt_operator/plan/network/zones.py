"""In which zones the cluster's own network has subnets."""

from __future__ import annotations

from typing import Final

from sigopt_operator.plan.network.design import MAX_ZONES
from sigopt_operator.plan.network.subnets import EKS_REFUSED_ZONES
from sigopt_operator.plan.snapshot import Facts

USUAL_ZONES: Final = 3


def choose_zones(
    have: tuple[str, ...], types: tuple[tuple[str, ...], ...], facts: Facts
) -> tuple[str, ...]:
    """Zones for a cluster: three where there are, and one more for each pool that fits in none yet.

    `types` has those of each pool: its node group can only be where every one of them is sold.
    """
    usable = sorted(zone.name for zone in facts.zones if zone.id not in EKS_REFUSED_ZONES)
    chosen = list(have or usable[:USUAL_ZONES])
    for names in types:
        kinds = [facts.types[name].zones for name in names if name in facts.types]
        sold = set(usable).intersection(*kinds) if kinds else set()
        if sold and not sold & set(chosen) and len(chosen) < MAX_ZONES:
            chosen.append(min(sold))
    return tuple(chosen)
