"""The wish: `spec` of a SigOptCluster, field by field, with every rule that needs no AWS."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from sigopt_operator.api.fields import (
    ClusterName,
    InstanceType,
    KubernetesVersion,
    MaxNodes,
    MinNodes,
    NodeVolumeSize,
    PolicyArn,
    PrincipalArn,
    Region,
    SecretKey,
    SecretName,
    SystemMinNodes,
)
from sigopt_operator.api.model import SpecModel
from sigopt_operator.api.rules import Rule, Unique, immutable, never_with

ACCESS_KEY_ID: Final = "aws_access_key_id"
SECRET_ACCESS_KEY: Final = "aws_secret_access_key"  # noqa: S105 - the name of a key, not its value
"""The keys of the Secret that `aws.credentialsSecretRef` names: the words of cluster.yml."""


class Provider(StrEnum):
    """Where the cluster comes from."""

    AWS = "aws"
    CUSTOM = "custom"


class ManagementPolicy(StrEnum):
    """How much the operator may do."""

    FULL = "Full"
    OBSERVE = "Observe"
    PLAN = "Plan"


class DeletionPolicy(StrEnum):
    """What becomes of the cluster when its resource is deleted."""

    DELETE = "Delete"
    RETAIN = "Retain"


MAX_BELOW_MIN: Final = "must not be below minNodes: raise maxNodes or lower minNodes"


def _not_below(most: Any, least: Any) -> bool:
    return not (isinstance(most, int) and isinstance(least, int)) or most >= least


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

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="self.maxNodes >= self.minNodes",
            message=MAX_BELOW_MIN,
            holds=lambda pool: _not_below(pool.get("max_nodes"), pool.get("min_nodes")),
            field="max_nodes",
        ),
    )


SYSTEM_MIN_NODES: Final = 1
SYSTEM_MAX_NODES: Final = 2


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
    )


class SecretRef(SpecModel):
    """A Secret in the resource's own namespace."""

    name: SecretName
    """Name of the Secret."""


class KubeconfigSecretRef(SecretRef):
    """A Secret in the resource's own namespace that holds a kubeconfig."""

    key: SecretKey = "kubeconfig"
    """Key of the Secret whose value is the kubeconfig; "kubeconfig" if omitted."""


class AwsSpec(SpecModel):
    """What is particular to AWS."""

    credentials_secret_ref: SecretRef | None = None
    """Secret with the keys aws_access_key_id and aws_secret_access_key; the operator's own identity
    if omitted."""
    # IAM attaches at most 25 managed policies to a role, at the highest quota; the nodes need some.
    additional_policies: Annotated[tuple[PolicyArn, ...], Field(max_length=20), Unique()] = ()
    """ARNs of IAM policies that are attached to the nodes' role."""


class AccessSpec(SpecModel):
    """Who else may use the cluster."""

    # IAM's quota for a trust policy is 2,048 characters, at most 4,096.
    principals: Annotated[tuple[PrincipalArn, ...], Field(max_length=50), Unique()] | None = None
    """ARNs of IAM users, roles or account roots that may assume the role
    <clusterName>-k8s-access-role."""


class CustomSpec(SpecModel):
    """A cluster that somebody else made, reached through its kubeconfig."""

    kubeconfig_secret_ref: KubeconfigSecretRef
    """Where the kubeconfig is."""


def _has_a_pool(spec: Mapping[str, Any]) -> bool:
    return (
        spec.get("provider") != Provider.AWS
        or spec.get("management_policy") == ManagementPolicy.OBSERVE
        or "cpu" in spec
        or "gpu" in spec
    )


CANNOT_CHANGE: Final = (
    "cannot be changed, added or removed: put it back as it was, or make a new SigOptCluster"
)


class ClusterSpec(SpecModel):
    """What is wanted."""

    provider: Annotated[
        Provider,
        Rule("self == oldSelf", "cannot be changed: make a new SigOptCluster instead"),
    ]
    """aws: the operator makes an EKS cluster (or observes one). custom: a cluster that exists is
    connected through its kubeconfig. Cannot be changed."""
    cluster_name: ClusterName | None = None
    """The cluster's name in AWS; metadata.name if omitted. Cannot be changed."""
    kubernetes_version: KubernetesVersion | None = None
    """Minor version such as "1.34", only ever raised; if omitted, AWS's default at creation, then
    kept."""
    region: Region | None = None
    """AWS region; the operator's default if omitted. Cannot be changed."""
    cpu: PoolSpec | None = None
    """Pool for runs that need no GPU."""
    gpu: PoolSpec | None = None
    """Pool for runs that need NVIDIA GPUs."""
    system: SystemPoolSpec = SystemPoolSpec()
    """Pool that always runs what the cluster itself needs; one or two t3.large if omitted."""
    aws: AwsSpec = AwsSpec()
    """What is particular to AWS."""
    access: AccessSpec = AccessSpec()
    """Who else may use the cluster."""
    custom: CustomSpec | None = None
    """The cluster to connect, with provider custom."""
    management_policy: ManagementPolicy = ManagementPolicy.FULL
    """Full: make, change, delete. Observe: connect to an existing EKS cluster and test it, never
    change it. Plan: say what would be done, and do nothing."""
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    """Delete: deleting the resource deletes the cluster. Retain: it lets go of the cluster."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        immutable(
            "cluster_name",
            "clusterName",
            CANNOT_CHANGE,
        ),
        immutable(
            "region",
            "region",
            CANNOT_CHANGE,
        ),
        Rule(
            cel=(
                "self.provider != 'aws' || has(self.cpu) || has(self.gpu)"
                " || (has(self.managementPolicy) && self.managementPolicy == 'Observe')"
            ),
            message=(
                "provider aws needs cpu or gpu (or both): add one of the pools"
                " (or managementPolicy: Observe, to connect a cluster that exists)"
            ),
            holds=_has_a_pool,
            field="cpu",
        ),
        Rule(
            cel="self.provider != 'custom' || has(self.custom)",
            message=(
                "is required with provider custom: set custom.kubeconfigSecretRef.name to the"
                " Secret in this namespace that holds the cluster's kubeconfig"
            ),
            holds=lambda spec: spec.get("provider") != Provider.CUSTOM or "custom" in spec,
            field="custom",
        ),
        never_with(
            "aws",
            "custom",
            "custom",
            "is only for provider custom: remove it, or make a new SigOptCluster with"
            " provider: custom",
        ),
        *(
            never_with("custom", field, alias, f"is only for provider aws: remove it ({why})")
            for field, alias, why in (
                ("cpu", "cpu", "a custom cluster brings its own nodes"),
                ("gpu", "gpu", "a custom cluster brings its own nodes"),
                ("system", "system", "a custom cluster brings its own nodes"),
                ("region", "region", "the kubeconfig says where the cluster is"),
                ("kubernetes_version", "kubernetesVersion", "who made the cluster upgrades it"),
                ("aws", "aws", "the kubeconfig says how to log in"),
                ("access", "access", "who made the cluster grants access to it"),
            )
        ),
    )

    @property
    def pools(self) -> dict[str, PoolSpec]:
        """The pools that are wanted, by name, in the order system, cpu, gpu; none for custom."""
        if self.provider is Provider.CUSTOM:
            return {}
        pools = {"system": self.system, "cpu": self.cpu, "gpu": self.gpu}
        return {name: pool for name, pool in pools.items() if pool is not None}
