"""Node pools in the spec."""

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from sigopt_operator.api.fields import (
    InstanceType,
    MaxNodes,
    MinNodes,
    NodeVolumeSize,
    SystemMinNodes,
)
from sigopt_operator.api.maps import LONGEST_KEY, NAME, QUALIFIED_NAME, Labels
from sigopt_operator.api.model import SpecModel
from sigopt_operator.api.rules import Rule, Unique, UniqueBy, matches

MAX_BELOW_MIN: Final = "must not be below minNodes: raise maxNodes or lower minNodes"
GPU_TAINT_KEY: Final = "nvidia.com/gpu"
"""The taint that the operator itself puts on GPU pools."""
SYSTEM_TAINT_KEY: Final = "CriticalAddonsOnly"
"""The only taint that EKS's CoreDNS tolerates."""


class CapacityType(StrEnum):
    """How EC2 sells the nodes."""

    ON_DEMAND = "OnDemand"
    SPOT = "Spot"


class TaintEffect(StrEnum):
    """What a taint does to pods that do not tolerate it."""

    NO_SCHEDULE = "NoSchedule"
    NO_EXECUTE = "NoExecute"
    PREFER_NO_SCHEDULE = "PreferNoSchedule"


class TaintSpec(SpecModel):
    """A taint on every node of a pool."""

    key: Annotated[
        str,
        Field(max_length=LONGEST_KEY),
        Rule(
            cel=f"self != '{GPU_TAINT_KEY}'",
            message=f"{GPU_TAINT_KEY} is put on the gpu pool by the operator: remove it here",
            holds=lambda key: key != GPU_TAINT_KEY,
        ),
        matches(
            QUALIFIED_NAME,
            "must be a key as Kubernetes wants it: letters, digits, '-', '_' and '.', if need be"
            " after a domain and '/', at most 63 characters in all",
        ),
    ]
    """Key of the taint."""
    value: Annotated[
        str,
        Field(max_length=63),
        matches(
            # Without a value EKS forgets it, and cluster-autoscaler cannot see it from zero nodes.
            NAME,
            "must have 1 to 63 letters, digits, '-', '_' and '.', with a letter or digit at both"
            ' ends, such as "true"',
        ),
    ]
    """Value of the taint; never empty."""
    effect: TaintEffect
    """NoSchedule, NoExecute or PreferNoSchedule."""


def _not_below(most: Any, least: Any) -> bool:
    return not (isinstance(most, int) and isinstance(least, int)) or most >= least


MORE_TYPES: Final = Rule(
    cel=(
        "!has(self.instanceTypes) || size(self.instanceTypes) == 0"
        " || (has(self.capacityType) && self.capacityType == 'Spot')"
    ),
    message=(
        "are only for capacityType Spot: set capacityType: Spot, or remove them (a pool on demand"
        " has the one instanceType)"
    ),
    holds=lambda pool: (
        not pool.get("instance_types") or pool.get("capacity_type") == CapacityType.SPOT
    ),
    field="instance_types",
)


class PoolSpec(SpecModel):
    """A pool of equal nodes, scaled between two bounds."""

    instance_type: InstanceType
    """EC2 instance type of the nodes, such as t3.medium."""
    min_nodes: MinNodes
    """The pool never has fewer nodes; 0 lets it start from nothing."""
    max_nodes: MaxNodes
    """The pool never has more nodes."""
    node_volume_size: NodeVolumeSize | None = None
    """Size of each node's root volume in GiB."""
    capacity_type: CapacityType = CapacityType.ON_DEMAND
    """How EC2 sells the nodes: OnDemand or Spot; OnDemand if omitted."""
    # EKS takes 20 types for a node group, with instanceType.
    instance_types: Annotated[tuple[InstanceType, ...], Field(max_length=19), Unique()] = ()
    """More EC2 instance types that will do as well, for capacityType Spot: of the size and
    architecture of instanceType."""
    labels: Labels = Field(default_factory=dict)
    """Labels of every node of the pool."""
    # EKS takes 50; one may be the operator's own.
    taints: Annotated[tuple[TaintSpec, ...], Field(max_length=49), UniqueBy(("key", "effect"))] = ()
    """Taints of every node of the pool."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.maxNodes >= self.minNodes",
            message=MAX_BELOW_MIN,
            holds=lambda pool: _not_below(pool.get("max_nodes"), pool.get("min_nodes")),
            field="max_nodes",
        ),
        MORE_TYPES,
    )


SYSTEM_MIN_NODES: Final = 1
SYSTEM_MAX_NODES: Final = 2


def _coredns_may_run(pool: Any) -> bool:
    taints = pool.get("taints", ())
    return not isinstance(taints, list | tuple) or all(
        not isinstance(taint, dict)
        or taint.get("key") == SYSTEM_TAINT_KEY
        or taint.get("effect") == TaintEffect.PREFER_NO_SCHEDULE
        for taint in taints
    )


class SystemPoolSpec(PoolSpec):
    """The pool that always runs what the cluster itself needs."""

    instance_type: InstanceType = "t3.large"
    """EC2 instance type of the nodes; t3.large if omitted."""
    min_nodes: SystemMinNodes = SYSTEM_MIN_NODES
    """The pool never has fewer nodes, and always one; 1 if omitted."""
    max_nodes: MaxNodes = SYSTEM_MAX_NODES
    """The pool never has more nodes; 2 if omitted."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel=(
                f"(has(self.maxNodes) ? self.maxNodes : {SYSTEM_MAX_NODES})"
                f" >= (has(self.minNodes) ? self.minNodes : {SYSTEM_MIN_NODES})"
            ),
            message=(
                f"{MAX_BELOW_MIN} (omitted, they are {SYSTEM_MAX_NODES} and {SYSTEM_MIN_NODES})"
            ),
            holds=lambda pool: _not_below(
                pool.get("max_nodes", SYSTEM_MAX_NODES), pool.get("min_nodes", SYSTEM_MIN_NODES)
            ),
            field="max_nodes",
        ),
        MORE_TYPES,
        Rule(
            cel=(
                f"!has(self.taints) || self.taints.all(taint, taint.key == '{SYSTEM_TAINT_KEY}'"
                " || taint.effect == 'PreferNoSchedule')"
            ),
            message=(
                f"must be {SYSTEM_TAINT_KEY} (or of effect PreferNoSchedule), or CoreDNS, which"
                " tolerates no other, has no node to run on: move the taint to another pool"
            ),
            holds=_coredns_may_run,
            field="taints",
        ),
    )
