"""The wish: a SigOptCluster's spec with everything resolved that needs no AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sigopt_operator.api.access import AccessSpec
from sigopt_operator.api.pools import CapacityType, PoolSpec
from sigopt_operator.api.resource import SigOptCluster
from sigopt_operator.api.spec import ClusterSpec, ManagementPolicy, Provider
from sigopt_operator.plan.access.policies import Policies
from sigopt_operator.plan.control_plane.setting import ANYWHERE, EndpointAccess
from sigopt_operator.plan.kubeconfig.secret import NOWHERE, Noted, Place, fitting
from sigopt_operator.plan.node_pools.taint import Taint, eks_effect
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
    more_types: tuple[str, ...] = ()
    """Types that will do as well as `instance_type`, for spot capacity."""
    spot: bool = False
    """Whether the nodes are spot instances."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Those of the spec, beside the operator's own."""
    taints: tuple[Taint, ...] = ()
    """Those of the spec, sorted, beside the operator's own."""

    @property
    def instance_types(self) -> tuple[str, ...]:
        """Every type that its nodes may have, the preferred one first."""
        return (self.instance_type, *self.more_types)


@dataclass(frozen=True)
class AddonWish:
    """A managed add-on that the spec names."""

    name: str
    version: str | None = None
    """None: the one that AWS calls default."""
    configuration: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AutoscalerWish:
    """cluster-autoscaler as the spec wishes it; images and versions are None for the usual ones."""

    scale_down_delay: str = "10m"
    expander: str = "least-waste"
    image: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class DevicePluginWish:
    """NVIDIA's device plugin; image and version are None for the usual ones."""

    image: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class TrainingWish:
    """The namespace for training runs: quantities by resource."""

    quota: Mapping[str, str] = field(default_factory=dict)
    default_requests: Mapping[str, str] = field(default_factory=dict)
    default_limits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SecretKey:
    """One value of a Secret in the resource's namespace."""

    secret: str
    key: str


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
    principals: tuple[str, ...] | None = None
    """Who may assume the access role, sorted; None: whoever was let in by hand."""
    entries: Mapping[str, Policies] = field(default_factory=dict)
    """What single users and roles may do as themselves, by ARN."""
    kubeconfig_secret: Place | None = None
    """Where the kubeconfig for people is to be, in the management cluster."""
    argocd_secret: Place | None = None
    """Where Argo CD is to find the cluster as a target; None: it is none."""
    noted: Noted = NOWHERE
    """Where the Secrets are, according to the status."""
    additional_policies: tuple[str, ...] = ()
    spec_tags: Mapping[str, str] = field(default_factory=dict)
    """AWS tags that the spec wants on everything."""
    endpoint_access: EndpointAccess = ANYWHERE
    logging: tuple[str, ...] = ()
    """The control plane's logs that are wanted, sorted, in EKS's words."""
    kms_key_arn: str | None = None
    """The key that encrypts Kubernetes Secrets."""
    deletion_protection: bool = False
    vpc_cidr: str | None = None
    """The block of the network that is made; None: the default one."""
    subnet_ids: tuple[str, ...] = ()
    """Subnets that exist, sorted; with them no network is made."""
    addons: tuple[AddonWish, ...] = ()
    """Those that the spec names, by name."""
    autoscaler: AutoscalerWish | None = AutoscalerWish()
    """None: none is wanted."""
    device_plugin: DevicePluginWish | None = DevicePluginWish()
    """None: none is wanted, whatever pools there are."""
    training: TrainingWish | None = TrainingWish()
    """None: no namespace for training runs."""
    adopt: bool = False
    """Whether what somebody else made under these names is taken over."""
    deleting: bool = False
    deleting_since: datetime | None = None
    account: str | None = None
    """The AWS account in which it was begun; None before that."""
    operator_arn: str | None = None
    """Who managed it when its status was written; None before that."""
    leftovers: bool = False
    """Whether an earlier spec or another identity may have left access entries behind."""
    fulfilled: bool = False
    """Whether all of it was there once: what is missing now, somebody took away."""
    observed: bool = False
    """The cluster exists, is only looked at, and never changed."""
    paused: bool = False
    """Nothing is asked of AWS for now."""
    planned: bool = False
    """Only what would be done is said."""
    kubeconfig: SecretKey | None = None
    """Of a custom cluster, which somebody else made and of which AWS is not asked; None: one of
    EKS's."""

    @property
    def custom(self) -> bool:
        """Whether the cluster is one that its kubeconfig leads to, outside of AWS."""
        return self.kubeconfig is not None

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything made for this wish: the spec's, and those of ownership."""
        return {**self.spec_tags, **ownership_tags(self.uid, self.namespace, self.name)}

    def token(self, purpose: str, *parts: object) -> str:
        """A deterministic client token: the same intent gives the same token after a restart.

        64 characters of `[0-9a-f]`: EKS wants 33 to 126, CloudFormation at most 128.
        """
        told = "\n".join((self.uid, purpose, *map(str, parts)))
        return hashlib.sha256(told.encode()).hexdigest()


DEFAULT_VOLUME_GIB = 50
"""EKS's own default of 20 GiB is filled by two training images; GPU images alone have 10 GiB."""


ARGOCD_NAMESPACE = "argocd"
"""Argo CD's own default."""


def wish_of(
    resource: SigOptCluster, default_region: str, argocd_namespace: str = ARGOCD_NAMESPACE
) -> Wish:
    """The wish that a resource expresses; `default_region` serves where the spec names none.

    Where Argo CD is, the operator's administrator says, never a resource.
    """
    spec = resource.spec
    custom = spec.custom.kubeconfig_secret_ref if spec.custom else None
    return Wish(
        uid=resource.uid,
        namespace=resource.namespace,
        name=resource.name,
        generation=resource.generation,
        cluster_name=resource.cluster_name,
        region="" if custom else spec.region or default_region,
        version=spec.kubernetes_version,
        pools=tuple(_pool(name, pool) for name, pool in spec.pools.items()),
        principals=(
            None if spec.access.principals is None else tuple(sorted(set(spec.access.principals)))
        ),
        entries=_entries(spec.access),
        additional_policies=tuple(sorted(set(spec.aws.additional_policies))),
        spec_tags=dict(spec.tags),
        endpoint_access=EndpointAccess(
            public=spec.endpoint_access.public,
            private=spec.endpoint_access.private,
            public_cidrs=tuple(sorted(spec.endpoint_access.public_cidrs)),
        ),
        logging=tuple(sorted(spec.logging)),
        kms_key_arn=spec.secrets_encryption.kms_key_arn if spec.secrets_encryption else None,
        deletion_protection=spec.deletion_protection,
        vpc_cidr=spec.network.cidr if spec.network else None,
        subnet_ids=tuple(sorted((spec.network.subnet_ids or ()) if spec.network else ())),
        addons=tuple(
            AddonWish(addon.name, addon.version, addon.configuration)
            for addon in sorted(spec.addons, key=lambda addon: addon.name)
        ),
        **_components(spec),
        **_secrets(resource, argocd_namespace),
        adopt=spec.adopt,
        deleting=resource.deleting,
        deleting_since=resource.deleting_since,
        account=resource.status.account if resource.status else None,
        operator_arn=resource.status.operator_arn if resource.status else None,
        leftovers=resource.status is not None and resource.status.fulfilled_generation is not None,
        fulfilled=(
            resource.status is not None
            and resource.status.fulfilled_generation == resource.generation
        ),
        observed=spec.management_policy is ManagementPolicy.OBSERVE,
        planned=spec.management_policy is ManagementPolicy.PLAN,
        paused=spec.paused,
        kubeconfig=SecretKey(custom.name, custom.key) if custom else None,
    )


def _secrets(resource: SigOptCluster, argocd_namespace: str) -> dict[str, Any]:
    """A dot stands in no namespace's name: so no two resources have the same place."""
    access, status = resource.spec.access, resource.status
    if resource.spec.provider is not Provider.AWS:
        return {}
    named = access.kubeconfig_secret_ref
    name = named.name if named else fitting(f"{resource.name}-kubeconfig")
    target = Place(argocd_namespace, fitting(f"{resource.namespace}.{resource.name}"))
    written = status.kubeconfig_secret if status else None
    listed = status.argocd_secret if status else None
    return {
        "kubeconfig_secret": Place(resource.namespace, name),
        "argocd_secret": target if access.argocd else None,
        "noted": Noted(
            kubeconfig=Place(resource.namespace, written) if written else None,
            argocd=Place.parse(listed) if listed else None,
        ),
    }


def _components(spec: ClusterSpec) -> dict[str, Any]:
    scaling, plugin, training = spec.autoscaler, spec.device_plugin, spec.training
    aws = spec.provider is Provider.AWS
    told: dict[str, Any] = {"autoscaler": None, "device_plugin": None, "training": None}
    if aws and scaling.enabled:
        told["autoscaler"] = AutoscalerWish(
            scaling.scale_down_delay, scaling.expander.value, scaling.image, scaling.version
        )
    if aws and plugin.enabled:
        told["device_plugin"] = DevicePluginWish(plugin.image, plugin.version)
    if training.enabled or (training.enabled is None and aws):
        told["training"] = TrainingWish(
            dict(training.quota), dict(training.default_requests), dict(training.default_limits)
        )
    return told


def _entries(access: AccessSpec) -> dict[str, Policies]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for item in access.entries:
        found.setdefault(item.principal, {})[item.policy] = tuple(sorted(item.namespaces or ()))
    return dict(found)


def _pool(name: str, pool: PoolSpec) -> Pool:
    return Pool(
        name=name,
        instance_type=pool.instance_type,
        min_nodes=pool.min_nodes,
        max_nodes=pool.max_nodes,
        volume_size=pool.node_volume_size or DEFAULT_VOLUME_GIB,
        more_types=tuple(sorted(set(pool.instance_types) - {pool.instance_type})),
        spot=pool.capacity_type is CapacityType.SPOT,
        labels=dict(pool.labels),
        taints=tuple(
            sorted(Taint(each.key, each.value, eks_effect(each.effect)) for each in pool.taints)
        ),
    )
