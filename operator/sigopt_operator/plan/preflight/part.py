"""Preflight: what only AWS knows, asked before anything is created, and all problems at once."""

from __future__ import annotations

from collections.abc import Iterator

from sigopt_operator.plan.adoption import adoption
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.network.subnets import EKS_REFUSED_ZONES, subnet_problems
from sigopt_operator.plan.node_pools.settings import idle_gpu
from sigopt_operator.plan.preflight.account import account_problems, unchecked
from sigopt_operator.plan.snapshot import Facts, InstanceType, Snapshot
from sigopt_operator.plan.steps import Blocked, Step
from sigopt_operator.plan.wish import GPU_POOL, Pool, Wish

ARCHITECTURES = ("x86_64", "arm64")
UNSERVED_GPUS = frozenset({"K80", "M60"})
"""GPU models that EKS's NVIDIA images no longer serve: p2 and g3 are not in the list of supported
families (EKS User Guide, "EKS optimized accelerated AMIs")."""
UNSERVED_FAMILIES = ("g7.",)
"""Which they do not serve yet: g7 needs a newer driver than they have (amazon-eks-ami, "g7")."""
LEAST_ZONES = 2
"""EKS takes no control plane in fewer (EKS User Guide, "network requirements")."""
STANDING = "standing"
"""Offered when something of the cluster stands: what stands goes on whatever an edit asks for."""


def preflight(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """Whether the wish can be fulfilled at all; without facts (asked already) it passed before."""
    taking = adoption(want, seen)
    if taking is not None:
        return taking
    offers = frozenset({STANDING} if seen.stack or seen.cluster else ())
    if seen.facts is None:
        return Step(ready=True, message="checked before creation")
    found = list(problems(want, seen, seen.facts))
    if not found:
        return Step(ready=True, message=_passed(want, seen, seen.facts))
    # One line each where there are several, so that none is overlooked.
    told = found[0][1] if len(found) == 1 else "\n".join(f"- {message}" for _, message in found)
    blind = _unchecked(want, seen, seen.facts)
    return Step(
        blocked=Blocked(found[0][0], told + (f"\n{blind}" if blind else "")),
        offers=offers,
        refuses=True,
    )


def problems(want: Wish, seen: Snapshot, facts: Facts) -> Iterator[tuple[str, str]]:
    """Everything that stands against the wish: reason, and what to do."""
    yield from _version_problems(want, seen, facts)
    if len(_usable_zones(facts)) < LEAST_ZONES:
        yield (
            "TooFewZones",
            f"spec.region: {want.region} has {len(_usable_zones(facts))} zones that are open to "
            f"this account and that EKS uses, and a cluster needs two; choose another region.",
        )
    for pool in want.pools:
        yield from _pool_problems(pool, want.region, facts)
    yield from subnet_problems(want, seen, facts)
    yield from account_problems(want, seen, facts)


def _usable_zones(facts: Facts) -> frozenset[str]:
    return frozenset(zone.name for zone in facts.zones if zone.id not in EKS_REFUSED_ZONES)


def _passed(want: Wish, seen: Snapshot, facts: Facts) -> str:
    told = [f"AWS sells everything that is wished in {want.region}"]
    for pool in want.pools:
        field, kind = f"spec.{pool.name}.instanceType", facts.types[pool.instance_type]
        told += filter(None, [idle_gpu(pool, kind)])
        zones = _zones_of(pool, facts)
        if len(zones) == 1:
            told.append(f"{field} {kind.name} is sold in {min(zones)} only")
    blind = _unchecked(want, seen, facts)
    return "; ".join([*told, *([blind] if blind else [])])


def _unchecked(want: Wish, seen: Snapshot, facts: Facts) -> str:
    blind = unchecked(want, seen, facts)
    return f"not checked, because AWS did not answer that: {', '.join(blind)}" if blind else ""


def _version_problems(want: Wish, seen: Snapshot, facts: Facts) -> Iterator[tuple[str, str]]:
    if seen.cluster is not None or want.version is None or want.version in facts.versions:
        return
    offer = ", ".join(facts.versions)
    yield (
        "VersionNotOnOffer",
        f"spec.kubernetesVersion: AWS does not offer Kubernetes {want.version} in {want.region}; "
        f"on offer are {offer}. Leave the field out for AWS's default, or write one of them: a "
        f"lower one only after leaving it out, since the API server never lowers it in place.",
    )


def _pool_problems(pool: Pool, region: str, facts: Facts) -> Iterator[tuple[str, str]]:
    known = [name for name in pool.instance_types if name in facts.types]
    for name in pool.instance_types:
        field = f"spec.{pool.name}.{'instanceType' if name == pool.instance_type else _MORE}"
        kind = facts.types.get(name)
        if kind is None:
            yield (
                "UnknownInstanceType",
                f"{field}: EC2 knows no type {name} in {region}; "
                f"check the spelling or choose another type or region.",
            )
        else:
            yield from _type_problems(field, pool, kind, region, facts)
    sold_alone = all(_usable_zones(facts) & set(facts.types[name].zones) for name in known)
    if len(known) > 1 and sold_alone and not _zones_of(pool, facts):
        yield (
            "TooFewZones",
            f"spec.{pool.name}.instanceTypes: no zone of {region} sells all of {', '.join(known)}, "
            f"and EKS wants every type in every zone of a node group; take out some.",
        )


_MORE = "instanceTypes"


def _zones_of(pool: Pool, facts: Facts) -> frozenset[str]:
    """The zones that sell every type of the pool: those that its node group can use."""
    kinds = [facts.types[name] for name in pool.instance_types if name in facts.types]
    return _usable_zones(facts).intersection(*(kind.zones for kind in kinds))


def _type_problems(
    field: str, pool: Pool, kind: InstanceType, region: str, facts: Facts
) -> Iterator[tuple[str, str]]:
    if not set(kind.zones) & _usable_zones(facts):
        yield (
            "InstanceTypeNotSold",
            f"{field}: {kind.name} is sold in no zone of {region} that is open to this "
            f"account and that EKS uses; choose another type or region.",
        )
    if not set(kind.architectures) & set(ARCHITECTURES):
        yield (
            "UnsupportedArchitecture",
            f"{field}: {kind.name} is of architecture {'/'.join(kind.architectures)}, for "
            f"which EKS has no image; choose an x86_64 or arm64 type.",
        )
    if pool.name == GPU_POOL:
        yield from _gpu_problems(field, kind)
    if not _same_architecture(pool, kind, facts):
        yield from _mixed(field, pool, kind)


def _same_architecture(pool: Pool, kind: InstanceType, facts: Facts) -> bool:
    first = facts.types.get(pool.instance_type)
    return first is None or bool(set(first.architectures) & set(kind.architectures))


def _mixed(field: str, pool: Pool, kind: InstanceType) -> Iterator[tuple[str, str]]:
    yield (
        "UnsupportedArchitecture",
        f"{field}: {kind.name} is of another architecture than {pool.instance_type}, and a node "
        f"group has one image; choose types of one architecture.",
    )


def _gpu_problems(field: str, kind: InstanceType) -> Iterator[tuple[str, str]]:
    if not kind.nvidia_gpus:
        yield (
            "NoNvidiaGpu",
            f"{field}: {kind.name} has no NVIDIA GPU; "
            f"choose a type that has (g4dn, g5, g6, p4, p5 ...), or make it the cpu pool.",
        )
    elif kind.name.startswith(UNSERVED_FAMILIES):
        yield (
            "GpuNotSupported",
            f"{field}: {kind.name} needs a newer driver than EKS's NVIDIA image has, and its nodes "
            f"would have no GPU that can be used; choose another family such as g5, g6 or g6e.",
        )
    elif unserved := UNSERVED_GPUS.intersection(kind.nvidia_gpus):
        yield (
            "GpuNotSupported",
            f"{field}: the {'/'.join(sorted(unserved))} of {kind.name} is no longer "
            f"served by EKS's NVIDIA image; choose a newer family such as g4dn, g5 or g6.",
        )
