"""Which quotas a wish counts against, and by how much."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator

from sigopt_operator.plan.preflight.checks import Checked, Checks, Quota, Unchecked
from sigopt_operator.plan.snapshot import Facts
from sigopt_operator.plan.wish import Pool, Wish

VPCS = "L-F678F1CE"
ADDRESSES = "L-0263D0A3"
CLUSTERS = "L-1194D53C"
NODES = "L-BD136A63"
NODES_USUAL = 450
"""Nodes that EKS admits to a node group, unless somebody had that raised (EKS service quotas)."""
FOR_A_CLUSTER = {VPCS: "vpc", ADDRESSES: "ec2", CLUSTERS: "eks"}
"""Of each a new cluster takes one; with the service that has the quota."""

STANDARD, STANDARD_SPOT = "L-1216C47A", "L-34B43A08"
FAMILIES = {
    "g": "L-DB2E81BA",
    "vt": "L-DB2E81BA",
    "p": "L-417A185B",
    "inf": "L-1945791B",
    "trn": "L-2C3B7624",
    "f": "L-74FC7D96",
    "x": "L-7295265B",
    **dict.fromkeys((*"acdhimrtz", "im", "is"), STANDARD),
}
"""The quota of running on-demand vCPUs by the letters before a type's generation (EC2 User Guide,
"EC2 On-Demand Instance limits"); a family that is not here is not judged."""
SPOT_FAMILIES = {
    "g": "L-3819A6DF",
    "vt": "L-3819A6DF",
    "p": "L-7212CCBC",
    **dict.fromkeys((*"acdhimrtz", "im", "is"), STANDARD_SPOT),
}
"""The same of spot requests (EC2 User Guide, "Spot Instance quotas")."""
SPOT_TYPES = {"p5": "L-C4BD4855"}
"""Families of one type that have a spot quota of their own."""


def vcpu_quota(instance_type: str, *, spot: bool) -> str | None:
    """The code of the quota against which the vCPUs of a type count; None where none is known.

    Only the letters before the first digit tell the family: `g5g` counts with `g`.
    """
    family = instance_type.partition(".")[0]
    letters = "".join(itertools.takewhile(str.isalpha, family))
    if not spot:
        return FAMILIES.get(letters)
    own = next((code for start, code in SPOT_TYPES.items() if family.startswith(start)), None)
    return own or SPOT_FAMILIES.get(letters)


def demand(want: Wish, facts: Facts) -> dict[str, dict[str, int]]:
    """vCPUs at maxNodes by quota code and pool: of the largest of a pool's types in each family."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for pool in want.pools:
        for name in pool.instance_types:
            code, kind = vcpu_quota(name, spot=pool.spot), facts.types.get(name)
            if code is not None and kind is not None:
                vcpus = pool.max_nodes * kind.vcpus
                found[code][pool.name] = max(vcpus, found[code].get(pool.name, 0))
    return found


def codes(want: Wish, facts: Facts, *, creating: bool) -> dict[str, str]:
    """The quotas that a wish counts against: their codes, with the service of each."""
    wanted = dict.fromkeys(demand(want, facts), "ec2")
    if any(pool.max_nodes > NODES_USUAL for pool in want.pools):
        wanted[NODES] = "eks"
    return {**wanted, **FOR_A_CLUSTER} if creating else wanted


def node_problems(
    want: Wish, checks: Checks, concerned: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Pools of more nodes than EKS admits to a node group."""
    quota = checks.quotas.get(NODES)
    for pool in want.pools:
        if isinstance(quota, Quota) and pool.name in concerned and pool.max_nodes > quota.value:
            yield (
                "QuotaExceeded",
                f"spec.{pool.name}.maxNodes is {pool.max_nodes}; "
                f"{_way_out(quota, pool.max_nodes, want.region)}, or lower maxNodes.",
            )


def vcpu_problems(
    want: Wish, facts: Facts, checks: Checks, concerned: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """Families whose quota does not admit all pools at maxNodes; only those of these pools."""
    for code, pools in demand(want, facts).items():
        quota, needed = checks.quotas.get(code), sum(pools.values())
        if not isinstance(quota, Quota) or not concerned & set(pools):
            continue
        running = 0 if isinstance(checks.running, Unchecked) else checks.running.get(code, 0)
        if needed + running > quota.value:
            of = " and ".join(
                _pool(pool, pools[pool.name]) for pool in want.pools if pool.name in pools
            )
            beside = f", and {running} run already" if running else ""
            yield (
                "QuotaExceeded",
                f"{of} at maxNodes{beside}; {_way_out(quota, needed + running, want.region)}, "
                f"or lower maxNodes.",
            )


def cluster_problems(want: Wish, checks: Checks) -> Iterator[tuple[str, str]]:
    """The quotas of which a new cluster takes one, where none is left."""
    if checks.usage is None:
        return
    used: dict[str, Checked[int]] = {
        VPCS: checks.usage.vpcs,
        ADDRESSES: checks.usage.addresses,
        CLUSTERS: checks.usage.clusters,
    }
    for code, count in used.items():
        quota = checks.quotas.get(code)
        if isinstance(quota, Quota) and isinstance(count, int) and count + 1 > quota.value:
            yield (
                "QuotaExceeded",
                f"{quota.name}: {count} are in use and the cluster needs one more; "
                f"{_way_out(quota, count + 1, want.region)}, or remove what is not needed.",
            )


def _pool(pool: Pool, vcpus: int) -> str:
    kinds = " or ".join(pool.instance_types)
    return f"spec.{pool.name} needs {vcpus} vCPUs ({pool.max_nodes} x {kinds})"


def _way_out(quota: Quota, wanted: int, region: str) -> str:
    return (
        f'the quota "{quota.name}" ({quota.code}) is {quota.value:g} in {region}. Raise it: '
        f"aws service-quotas request-service-quota-increase --service-code {quota.service} "
        f"--quota-code {quota.code} --desired-value {wanted} --region {region}"
    )
