"""What a decision needs to know about AWS and the cluster, as frozen data.

Absent is `None` (or an empty tuple); no "not found" error travels past `observe`. Times are aware
datetimes in UTC, exactly as AWS reported them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sigopt_operator.plan.api_server import ApiServer
from sigopt_operator.plan.checks import Checks
from sigopt_operator.plan.cluster_setting import ANYWHERE, EndpointAccess
from sigopt_operator.plan.drains import KeptPod
from sigopt_operator.plan.left import Left, Workload
from sigopt_operator.plan.taint import Taint


@dataclass(frozen=True)
class Identity:
    """Who the operator is towards AWS, in this resource's account."""

    account: str
    """Twelve digits."""
    caller_arn: str
    """As STS GetCallerIdentity says it; for a role this names a session."""
    principal_arn: str
    """The IAM user or role behind the caller, path included: an ARN that lasts."""
    partition: str = "aws"


@dataclass(frozen=True)
class Zone:
    """An availability zone that is open to this account."""

    name: str
    id: str


@dataclass(frozen=True)
class InstanceType:
    """What EC2 DescribeInstanceTypes says of a type, as far as a pool depends on it."""

    name: str
    architectures: tuple[str, ...]
    nvidia_gpus: tuple[str, ...] = ()
    """Names of the NVIDIA models on board, `T4` or `K80`; empty without an NVIDIA GPU."""
    gpus: int = 0
    """How many NVIDIA GPUs there are on board, of all models."""
    zones: tuple[str, ...] = ()
    """Zone names in which the type is sold."""
    vcpus: int = 0
    """As many as count against a quota."""


@dataclass(frozen=True)
class Facts:
    """What AWS sells here and now: needed before anything is created."""

    zones: tuple[Zone, ...]
    types: Mapping[str, InstanceType]
    """Those of the asked types that exist in this region; a type not in here does not."""
    versions: tuple[str, ...]
    """Kubernetes versions on offer, newest first."""


@dataclass(frozen=True)
class Release:
    """A Kubernetes version that EKS offers."""

    version: str
    """`1.NN`."""
    standard_support_ends: datetime | None = None


@dataclass(frozen=True)
class AddonOffer:
    """What EKS offers of one add-on for the Kubernetes version that the cluster has."""

    default: str
    """The version that AWS calls default; empty where it names none."""
    versions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Update:
    """One update that EKS was asked for, by whomever."""

    id: str
    kind: str
    """EKS's type, `VersionUpdate`."""
    status: str
    """InProgress, Successful, Failed or Cancelled."""
    created_at: datetime
    version: str = ""
    """The version that was asked for; empty where the update is of something else."""
    configuration: str = ""
    """An add-on's configurationValues as they were asked for."""
    errors: tuple[str, ...] = ()
    """EKS's own words."""


@dataclass(frozen=True)
class StackResource:
    """One resource of a CloudFormation stack."""

    logical_id: str
    physical_id: str
    """Empty until CloudFormation knows it."""
    status: str
    reason: str = ""
    updated_at: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether others can build on it."""
        return self.status.endswith("_COMPLETE") and not self.status.startswith("DELETE")


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack, in any state but DELETE_COMPLETE."""

    id: str
    name: str
    status: str
    since: datetime
    """When its last operation began."""
    reason: str = ""
    drifted: bool = False
    """Whether CloudFormation says so since somebody last had it look."""
    tags: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, StackResource] = field(default_factory=dict)
    """By logical id."""


@dataclass(frozen=True)
class Subnet:
    """A subnet that exists, of somebody's network."""

    id: str
    zone: str
    zone_id: str
    vpc_id: str


@dataclass(frozen=True)
class Role:
    """An IAM role, as far as it was looked at: what we do not give to it may be missing here."""

    name: str
    trust: Mapping[str, Any] | None
    attached: frozenset[str] = frozenset()
    """ARNs of managed policies."""
    inline: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Inline policies of those names that we give."""


@dataclass(frozen=True)
class Cluster:
    """An EKS control plane."""

    name: str
    arn: str
    status: str
    created_at: datetime
    version: str = ""
    endpoint: str = ""
    certificate_authority: str = ""
    """Base64 of a PEM bundle; AWS may rotate it, so it is never kept."""
    vpc_id: str = ""
    subnet_ids: tuple[str, ...] = ()
    """Where the control plane has its network interfaces."""
    authentication_mode: str = ""
    """API, API_AND_CONFIG_MAP or CONFIG_MAP."""
    endpoint_access: EndpointAccess = ANYWHERE
    logging: tuple[str, ...] = ()
    """The logs that are on, sorted."""
    kms_key_arn: str | None = None
    """The key that encrypts Secrets; None: they are encrypted by EKS alone."""
    deletion_protection: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    health: tuple[str, ...] = ()
    """EKS's own health issues, in words."""
    last_update: Update | None = None
    """The newest update of its version; only read while one is due or under way."""

    @property
    def api_server(self) -> ApiServer | None:
        """Where its own API answers; None until EKS says so."""
        if not self.endpoint or not self.certificate_authority:
            return None
        return ApiServer(self.name, self.endpoint, self.certificate_authority)


@dataclass(frozen=True)
class ScalingGroup:
    """The EC2 auto scaling group behind a node group."""

    name: str
    min_size: int
    max_size: int
    desired_size: int
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group of the cluster, anybody's."""

    name: str
    status: str
    created_at: datetime
    modified_at: datetime
    arn: str = ""
    instance_types: tuple[str, ...] = ()
    min_size: int = 0
    max_size: int = 0
    desired_size: int = 0
    version: str = ""
    auto_scaling_group: str = ""
    scaling: ScalingGroup | None = None
    """None: not asked, or not there."""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    health: tuple[str, ...] = ()
    last_update: Update | None = None
    """The newest update of its version; only read while one is due or under way."""


@dataclass(frozen=True)
class LaunchTemplate:
    """An EC2 launch template whose name begins with the cluster's, anybody's."""

    name: str
    id: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Addon:
    """A managed add-on of the cluster."""

    name: str
    status: str
    created_at: datetime
    version: str = ""
    health: tuple[str, ...] = ()
    arn: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    configuration: str = ""
    """configurationValues as EKS has them: the JSON or YAML that somebody once wrote."""
    last_update: Update | None = None
    """The newest update; only read while one is due, under way or failed."""


@dataclass(frozen=True)
class AccessEntry:
    """Who may use the cluster's API, and with which access policies (names, not ARNs)."""

    principal_arn: str
    policies: frozenset[str] = frozenset()
    arn: str = ""
    tags: Mapping[str, str] | None = None
    """None: not asked."""


@dataclass(frozen=True)
class Connection:
    """The outcome of a connection test through the cluster's own API."""

    problem: str = ""
    """Empty when it worked; else which link broke, in words."""
    refused_with: int | None = None
    """The HTTP status where the API server answered, and refused."""
    username: str = ""
    version: str = ""
    nodes_ready: int = 0
    nodes: int = 0


@dataclass(frozen=True)
class Snapshot:
    """Everything one decision needs, read at one time.

    `None` in `facts`, `kept_pods`, `releases`, `addon_offers`, `insights`, `left`, `workload` or
    `connection` means *not asked in this round*, because the decision cannot depend on it yet (or
    any more); everywhere else absent means absent.
    """

    identity: Identity
    facts: Facts | None = None
    checks: Checks | None = None
    stack: Stack | None = None
    cluster: Cluster | None = None
    subnets: tuple[Subnet, ...] | None = None
    """Those of the given subnets that exist; None: no network of somebody's is used."""
    roles: Mapping[str, Role | None] = field(default_factory=dict)
    """By name, those that were looked at in this round; None: IAM has no such role."""
    node_groups: tuple[NodeGroup, ...] = ()
    launch_templates: tuple[LaunchTemplate, ...] = ()
    addons: tuple[Addon, ...] = ()
    access_entries: tuple[AccessEntry, ...] = ()
    releases: tuple[Release, ...] | None = None
    """On offer by EKS, newest first."""
    addon_offers: Mapping[str, AddonOffer] | None = None
    """By the add-on's name."""
    insights: tuple[str, ...] | None = None
    """What EKS found that speaks against the control plane's next version: its own words."""
    kept_pods: tuple[KeptPod, ...] | None = None
    """Pods that keep nodes of a draining node group from going."""
    left: Left | None = None
    workload: Workload | None = None
    connection: Connection | None = None
