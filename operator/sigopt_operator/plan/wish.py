"""The wish: a SigOptCluster's spec with everything resolved that needs no AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sigopt_operator.plan.access.policies import Policies
from sigopt_operator.plan.control_plane.setting import ANYWHERE, EndpointAccess
from sigopt_operator.plan.kubeconfig.secret import NOWHERE, Noted, Place
from sigopt_operator.plan.node_pools.taint import Taint
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
    training_put_at: str | None = None
    """The endpoint of a custom cluster in which something for training runs is, according to the
    status."""
    adopt: bool = False
    """Whether what somebody else made under these names is taken over."""
    deleting: bool = False
    deleting_since: datetime | None = None
    removal_since: datetime | None = None
    """Since when nothing holds the deletion up, according to the status; None while something
    does, and in the first round in which nothing does any more."""
    account: str | None = None
    """The AWS account in which it was begun; None before that."""
    operator_arn: str | None = None
    """Who managed it when its status was written; None before that."""
    leftovers: bool = False
    """Whether an earlier spec or another identity may have left access entries behind."""
    stood: bool = False
    """Whether all of it was there once, for whatever spec: then pods ran in it."""
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
