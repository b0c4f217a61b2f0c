"""What exists in the simulated EKS: plain records, one world for all accounts and regions.

`doc` of a record is the API's own view of it (a member of a Describe answer); what EKS knows beyond
that stands in fields of its own.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Doc = dict[str, Any]


@dataclass(frozen=True, order=True)
class Scope:
    """One account in one region: nothing of it is seen from another."""

    account: str
    region: str

    def arn(self, resource: str) -> str:
        """`resource` (as `cluster/demo`) as an EKS ARN in this scope."""
        return f"arn:aws:eks:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True)
class Caller:
    """Who signed a request: the ARN and the unique id that GetCallerIdentity would answer."""

    arn: str
    user_id: str


@dataclass(frozen=True)
class Place:
    """Where a request arrives and who sent it."""

    scope: Scope
    caller: Caller


@dataclass
class Update:
    """An update of a cluster, node group or add-on; `doc` as DescribeUpdate answers it."""

    doc: Doc

    @property
    def running(self) -> bool:
        """Whether it is still in progress."""
        return bool(self.doc["status"] == "InProgress")


@dataclass
class AccessEntry:
    """An access entry, bound to the unique id its principal had when it was made."""

    doc: Doc
    unique_id: str
    effective_at: float
    policies: dict[str, Doc] = field(default_factory=dict)
    policies_effective_at: float = 0.0


@dataclass
class Addon:
    """An add-on of a cluster."""

    doc: Doc
    updates: dict[str, Update] = field(default_factory=dict)


@dataclass
class Nodegroup:
    """A managed node group with what EKS makes for it."""

    doc: Doc
    uuid: str
    template_copy: str = ""
    template_version: str = ""
    instance_profile: str = ""
    # What its own template or the request says the instances are.
    instance_types: list[str] = field(default_factory=list)
    image_id: str = ""
    # Whether the role had AmazonEKSWorkerNodePolicy when the group was made.
    worker_policy: bool = False
    # Whether its nodes got in by the access entry of their role: not asked again then.
    let_in: bool = False
    client_token: str = ""
    request: Doc = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)
    # An update was accepted at this simulated second; the status may still read ACTIVE.
    updating_since: float | None = None

    @property
    def group_name(self) -> str:
        """The name of its auto scaling group."""
        return f"eks-{self.doc['nodegroupName']}-{self.uuid}"


def running_update(updates: dict[str, Update]) -> Update | None:
    """The one update in progress among some, if any."""
    return next((update for update in updates.values() if update.running), None)


@dataclass
class Cluster:
    """A control plane and everything that belongs to it."""

    scope: Scope
    doc: Doc
    creator: Caller
    endpoint_id: str
    # Add-ons whose objects are in the cluster without being managed by EKS.
    self_managed: set[str]
    client_token: str = ""
    request: Doc = field(default_factory=dict)
    nodegroups: dict[str, Nodegroup] = field(default_factory=dict)
    addons: dict[str, Addon] = field(default_factory=dict)
    updates: dict[str, Update] = field(default_factory=dict)
    # Updates by the client token that began them, so that a repeated call gets the same one.
    tokens: dict[str, Update] = field(default_factory=dict)
    access: dict[str, AccessEntry] = field(default_factory=dict)
    associations: dict[str, Doc] = field(default_factory=dict)
    insights: dict[str, Doc] = field(default_factory=dict)
    insights_refresh: Doc = field(default_factory=dict)
    network_interfaces: list[str] = field(default_factory=list)
    security_group: str = ""
    endpoint: str = ""
    certificate_authority: str = ""
    upgraded_from: str = ""
    upgraded_at: float = 0.0
    updating_since: float | None = None
    # AWS itself patches or scales this control plane: the status stays ACTIVE, no update is
    # listed, and every update is refused. Set through the admin API.
    patched_by_aws: bool = False

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.doc["name"])

    @property
    def status(self) -> str:
        """The status as EKS knows it (DescribeCluster may lag behind)."""
        return str(self.doc["status"])

    @property
    def key(self) -> str:
        """The scheduler's and the world's key of this cluster."""
        return f"{self.scope.account}/{self.scope.region}/{self.name}"

    def running_update(self) -> Update | None:
        """The one update in progress, if any."""
        return running_update(self.updates)


@dataclass
class World:
    """Every cluster of every account and region."""

    clusters: dict[tuple[Scope, str], Cluster] = field(default_factory=dict)
    # Names lately deleted, and until which simulated second they are reserved.
    reserved: dict[tuple[Scope, str], float] = field(default_factory=dict)

    def get(self, scope: Scope, name: str) -> Cluster | None:
        """The cluster of that name in that scope."""
        return self.clusters.get((scope, name))

    def add(self, cluster: Cluster) -> None:
        """Remember a new cluster."""
        self.clusters[(cluster.scope, cluster.name)] = cluster

    def remove(self, cluster: Cluster) -> None:
        """Forget a cluster that is gone."""
        self.clusters.pop((cluster.scope, cluster.name), None)

    def within(self, scope: Scope) -> Iterator[Cluster]:
        """The clusters of one scope, by name."""
        for (where, _), cluster in sorted(self.clusters.items(), key=lambda item: item[0]):
            if where == scope:
                yield cluster


def wall_clock() -> dt.datetime:
    """Now, as AWS reports times."""
    return dt.datetime.now(dt.UTC)


def new_uuid() -> str:
    """A new UUID as EKS uses them for updates and groups."""
    return str(uuid.uuid4())


def hex_id(length: int) -> str:
    """`length` random upper-case hexadecimal digits, as in an endpoint's id."""
    return secrets.token_hex((length + 1) // 2)[:length].upper()
