"""Preflight: what only AWS knows, asked before anything is created, and all problems at once."""

from __future__ import annotations

from collections.abc import Iterator

from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.ownership import conflict, ours
from sigopt_operator.plan.snapshot import Facts, InstanceType, Snapshot
from sigopt_operator.plan.steps import Blocked, Step
from sigopt_operator.plan.wish import GPU_POOL, Pool, Wish

ARCHITECTURES = ("x86_64", "arm64")
UNSERVED_GPUS = frozenset({"K80", "M60"})
"""GPU models that EKS's NVIDIA images no longer serve: p2 and g3 are not in the list of supported
families (EKS User Guide, "EKS optimized accelerated AMIs")."""


def preflight(want: Wish, seen: Snapshot, _moment: Moment) -> Step:
    """Whether the wish can be fulfilled at all; without facts (asked already) it passed before."""
    if seen.cluster is not None and not ours(seen.cluster.tags, want.uid):
        return Step(blocked=Blocked("NameConflict", conflict("EKS cluster", seen.cluster.name)))
    if seen.facts is None:
        return Step(ready=True, message="checked before creation")
    problems = [*_version_problems(want, seen, seen.facts)]
    for pool in want.pools:
        problems += _pool_problems(pool, want.region, seen.facts)
    if problems:
        reason, _ = problems[0]
        return Step(blocked=Blocked(reason, " ".join(message for _, message in problems)))
    return Step(ready=True, message=_passed(want, seen.facts))


def _passed(want: Wish, facts: Facts) -> str:
    odd = [p for p in want.pools if p.name != GPU_POOL and facts.types[p.instance_type].nvidia_gpus]
    if not odd:
        return f"AWS sells everything that is wished in {want.region}"
    pools = ", ".join(f"spec.{p.name}.instanceType {p.instance_type}" for p in odd)
    return f"{pools} has an NVIDIA GPU that only the gpu pool makes use of: you pay for it idle"


def _version_problems(want: Wish, seen: Snapshot, facts: Facts) -> Iterator[tuple[str, str]]:
    if seen.cluster is not None or want.version is None or want.version in facts.versions:
        return
    offer = ", ".join(facts.versions)
    yield (
        "VersionNotOnOffer",
        f"spec.kubernetesVersion: AWS does not offer Kubernetes {want.version} in {want.region}; "
        f"on offer are {offer}. Write one of them, or leave the field out for AWS's default.",
    )


def _pool_problems(pool: Pool, region: str, facts: Facts) -> Iterator[tuple[str, str]]:
    field = f"spec.{pool.name}.instanceType"
    kind = facts.types.get(pool.instance_type)
    if kind is None:
        yield (
            "UnknownInstanceType",
            f"{field}: EC2 knows no type {pool.instance_type} in {region}; "
            f"check the spelling or choose another type or region.",
        )
        return
    if not set(kind.zones) & {zone.name for zone in facts.zones}:
        yield (
            "InstanceTypeNotSold",
            f"{field}: {pool.instance_type} is sold in no zone of {region} that is open to this "
            f"account; choose another type or region.",
        )
    if not set(kind.architectures) & set(ARCHITECTURES):
        yield (
            "UnsupportedArchitecture",
            f"{field}: {pool.instance_type} is of architecture {'/'.join(kind.architectures)}, for "
            f"which EKS has no image; choose an x86_64 or arm64 type.",
        )
    if pool.name == GPU_POOL:
        yield from _gpu_problems(field, pool, kind)


def _gpu_problems(field: str, pool: Pool, kind: InstanceType) -> Iterator[tuple[str, str]]:
    if not kind.nvidia_gpus:
        yield (
            "NoNvidiaGpu",
            f"{field}: {pool.instance_type} has no NVIDIA GPU; "
            f"choose a type that has (g4dn, g5, g6, p4, p5 ...), or make it the cpu pool.",
        )
    elif unserved := UNSERVED_GPUS.intersection(kind.nvidia_gpus):
        yield (
            "GpuNotSupported",
            f"{field}: the {'/'.join(sorted(unserved))} of {pool.instance_type} is no longer "
            f"served by EKS's NVIDIA image; choose a newer family such as g4dn, g5 or g6.",
        )
