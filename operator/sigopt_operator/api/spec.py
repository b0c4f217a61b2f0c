"""The wish: `spec` of a SigOptCluster, field by field."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictInt

from sigopt_operator.api.model import SpecModel


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


class PoolSpec(SpecModel):
    """A pool of equal nodes, scaled between two bounds; `node_volume_size` is in GiB."""

    instance_type: str
    min_nodes: Annotated[StrictInt, Field(ge=0)]
    max_nodes: Annotated[StrictInt, Field(ge=1)]
    node_volume_size: StrictInt | None = None


class SystemPoolSpec(PoolSpec):
    """The pool that always runs what the cluster itself needs."""

    instance_type: str = "t3.large"
    min_nodes: Annotated[StrictInt, Field(ge=1)] = 1
    max_nodes: Annotated[StrictInt, Field(ge=1)] = 2


class SecretRef(SpecModel):
    """A Secret in the resource's own namespace."""

    name: str


class KubeconfigSecretRef(SecretRef):
    """A key of a Secret in the resource's own namespace that holds a kubeconfig."""

    key: str = "kubeconfig"


class AwsSpec(SpecModel):
    """What is particular to AWS."""

    credentials_secret_ref: SecretRef | None = None
    additional_policies: tuple[str, ...] = ()


class AccessSpec(SpecModel):
    """Who may assume the cluster's access role; None leaves the role's trust to the operator."""

    principals: tuple[str, ...] | None = None


class CustomSpec(SpecModel):
    """A cluster that somebody else made, reached through its kubeconfig."""

    kubeconfig_secret_ref: KubeconfigSecretRef


class ClusterSpec(SpecModel):
    """The whole wish for one cluster."""

    provider: Provider
    cluster_name: str | None = None
    kubernetes_version: str | None = None
    region: str | None = None
    cpu: PoolSpec | None = None
    gpu: PoolSpec | None = None
    system: SystemPoolSpec = SystemPoolSpec()
    aws: AwsSpec = AwsSpec()
    access: AccessSpec = AccessSpec()
    custom: CustomSpec | None = None
    management_policy: ManagementPolicy = ManagementPolicy.FULL
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE

    @property
    def pools(self) -> dict[str, PoolSpec]:
        """The pools that are wanted, by name, in the order system, cpu, gpu."""
        if self.provider is Provider.CUSTOM:
            return {}
        pools = {"system": self.system, "cpu": self.cpu, "gpu": self.gpu}
        return {name: pool for name, pool in pools.items() if pool is not None}
