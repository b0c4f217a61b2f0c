"""The wish: a SigOptCluster's spec with everything resolved that needs no AWS."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.api.spec import ManagementPolicy, PoolSpec
from sigopt_operator.plan.ownership import ownership_tags

GPU_POOL = "gpu"
SYSTEM_POOL = "system"


@dataclass(frozen=True)
class Pool:
    """One wanted node pool: `cpu`, `gpu` or `system`."""

    name: str
    instance_type: str
    min_nodes: int
    max_nodes: int
    volume_size: int
    """GiB."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants, and whose it is."""

    uid: str
    namespace: str
    name: str
    generation: int
    cluster_name: str
    region: str
    version: str | None
    """`1.NN`, or None: whatever AWS's default is at creation, then kept."""
    pools: tuple[Pool, ...]
    principals: tuple[str, ...] = ()
    additional_policies: tuple[str, ...] = ()
    deleting: bool = False
    account: str | None = None
    """The AWS account in which it was begun; None before that."""
    observed: bool = False
    """The cluster exists, is only looked at, and never changed."""
    paused: bool = False
    """Nothing is asked of AWS for now."""

    @property
    def tags(self) -> dict[str, str]:
        """The ownership tags of everything made for this wish."""
        return ownership_tags(self.uid, self.namespace, self.name)

    def token(self, purpose: str, *parts: object) -> str:
        """A deterministic client token: the same intent gives the same token after a restart.

        64 characters of `[0-9a-f]`: EKS wants 33 to 126, CloudFormation at most 128.
        """
        told = "\n".join((self.uid, purpose, *map(str, parts)))
        return hashlib.sha256(told.encode()).hexdigest()


DEFAULT_VOLUME_GIB = 50
"""EKS's own default of 20 GiB is filled by two training images; GPU images alone have 10 GiB."""


def wish_of(resource: SigOptCluster, default_region: str) -> Wish:
    """The wish that a resource expresses; `default_region` serves where the spec names none."""
    spec = resource.spec
    return Wish(
        uid=resource.uid,
        namespace=resource.namespace,
        name=resource.name,
        generation=resource.generation,
        cluster_name=resource.cluster_name,
        region=spec.region or default_region,
        version=spec.kubernetes_version,
        pools=tuple(_pool(name, pool) for name, pool in spec.pools.items()),
        principals=tuple(sorted(set(spec.access.principals or ()))),
        additional_policies=tuple(sorted(set(spec.aws.additional_policies))),
        deleting=resource.deleting,
        account=resource.status.account if resource.status else None,
        observed=spec.management_policy is ManagementPolicy.OBSERVE,
    )


def _pool(name: str, pool: PoolSpec) -> Pool:
    return Pool(
        name=name,
        instance_type=pool.instance_type,
        min_nodes=pool.min_nodes,
        max_nodes=pool.max_nodes,
        volume_size=pool.node_volume_size or DEFAULT_VOLUME_GIB,
    )
