"""The wish: `spec` of a SigOptCluster, field by field, with every rule that needs no AWS."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field, StrictBool

from sigopt_operator.api.access import AccessSpec
from sigopt_operator.api.eks import (
    AddonSpec,
    EndpointAccessSpec,
    LogType,
    NetworkSpec,
    SecretsEncryptionSpec,
)
from sigopt_operator.api.fields import (
    ExternalId,
    KubernetesVersion,
    PolicyArn,
    Region,
    RoleArn,
    SecretKey,
    SecretName,
)
from sigopt_operator.api.maps import Tags
from sigopt_operator.api.model import SpecModel
from sigopt_operator.api.names import MADE_NAME_RULE, ClusterName
from sigopt_operator.api.pools import PoolSpec, SystemPoolSpec
from sigopt_operator.api.rules import Rule, Unique, UniqueBy, immutable, never_with
from sigopt_operator.api.workload import AutoscalerSpec, DevicePluginSpec, TrainingSpec

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
    role_arn: RoleArn | None = None
    """ARN of an IAM role that is assumed before anything is done, with those keys or that identity.
    With the operator's identity its trust policy must ask for the external ID in
    status.externalId."""
    external_id: ExternalId | None = None
    """External ID that is sent when the keys of credentialsSecretRef assume roleArn; none if
    omitted."""
    # IAM attaches at most 25 managed policies to a role, at the highest quota; the nodes need some.
    additional_policies: Annotated[tuple[PolicyArn, ...], Field(max_length=20), Unique()] = ()
    """ARNs of IAM policies that are attached to the nodes' role."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!has(self.externalId) || has(self.credentialsSecretRef)",
            message=(
                "is only for a role that keys of your own assume: remove it, and put the one of"
                " status.externalId into the role's trust policy; or name your keys in"
                " aws.credentialsSecretRef"
            ),
            holds=lambda aws: "external_id" not in aws or "credentials_secret_ref" in aws,
            field="external_id",
        ),
        Rule(
            cel="!has(self.externalId) || has(self.roleArn)",
            message="is sent only when a role is assumed: remove it, or set aws.roleArn",
            holds=lambda aws: "external_id" not in aws or "role_arn" in aws,
            field="external_id",
        ),
    )


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
    network: NetworkSpec | None = None
    """Where the cluster lives; in a network of its own if omitted. Cannot be changed."""
    endpoint_access: EndpointAccessSpec = EndpointAccessSpec()
    """From where the cluster's API server can be reached; from everywhere if omitted."""
    logging: Annotated[tuple[LogType, ...], Field(max_length=len(LogType)), Unique()] = ()
    """The control plane's logs that EKS sends to CloudWatch Logs; none if omitted."""
    secrets_encryption: SecretsEncryptionSpec | None = None
    """Encryption of Kubernetes Secrets with a KMS key of yours. Can be added later, but neither
    changed nor removed."""
    # A cluster takes far fewer than there are: about twenty are AWS's own.
    addons: Annotated[tuple[AddonSpec, ...], Field(max_length=30), UniqueBy(("name",))] = ()
    """Managed add-ons beyond those that every cluster has, or versions and settings of these."""
    autoscaler: AutoscalerSpec = AutoscalerSpec()
    """cluster-autoscaler, which adds nodes for pods that wait, and takes away idle ones."""
    device_plugin: DevicePluginSpec = DevicePluginSpec()
    """NVIDIA's device plugin, on the nodes of the gpu pool."""
    training: TrainingSpec = TrainingSpec()
    """The namespace orchestrate, in which training runs live."""
    tags: Tags = Field(default_factory=dict)
    """AWS tags of everything that is made for the cluster."""
    deletion_protection: StrictBool = False
    """Whether EKS refuses to delete the cluster; then so does deleting this resource. False if
    omitted."""
    adopt: StrictBool = False
    """Whether a cluster of this name that somebody else made is taken over; false if omitted."""
    paused: StrictBool = False
    """Whether the operator leaves AWS as it is for now, whatever the spec says; false if
    omitted."""
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
        immutable(
            "network",
            "network",
            CANNOT_CHANGE,
        ),
        Rule(
            cel=(
                "!has(oldSelf.secretsEncryption) || (has(self.secretsEncryption)"
                " && self.secretsEncryption == oldSelf.secretsEncryption)"
            ),
            message=(
                "cannot be changed or removed once it is set, because EKS cannot: put it back as it"
                " was, or make a new SigOptCluster"
            ),
            field="secrets_encryption",
        ),
        MADE_NAME_RULE,
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
            cel="!has(self.adopt) || !self.adopt || has(self.deletionPolicy)",
            message=(
                "is required with adopt: true: say what deleting this resource does to the cluster"
                " that somebody else made: Retain leaves it, Delete deletes it"
            ),
            holds=lambda spec: spec.get("adopt") is not True or "deletion_policy" in spec,
            field="deletion_policy",
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
                ("network", "network", "a custom cluster has its network"),
                ("endpoint_access", "endpointAccess", "the kubeconfig says how to reach it"),
                ("logging", "logging", "who made the cluster decides about its logs"),
                ("secrets_encryption", "secretsEncryption", "who made the cluster encrypts it"),
                ("addons", "addons", "who made the cluster decides about its add-ons"),
                ("autoscaler", "autoscaler", "who made the cluster scales it"),
                ("device_plugin", "devicePlugin", "who made the cluster equips its nodes"),
                ("tags", "tags", "nothing is made in AWS for it"),
                ("deletion_protection", "deletionProtection", "it is never deleted"),
                ("adopt", "adopt", "it is never taken over"),
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
