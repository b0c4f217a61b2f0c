"""What was found and done: `status` of a SigOptCluster."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, PlainSerializer, computed_field

from sigopt_operator.api.model import StatusModel


def _whole_seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


Timestamp = Annotated[
    AwareDatetime,
    # Cut on the way in, so that what is written compares equal to what is read back.
    AfterValidator(_whole_seconds),
    PlainSerializer(_rfc3339, when_used="json"),
]
"""A moment as Kubernetes writes it: RFC 3339, UTC, whole seconds (metav1.Time)."""


class Phase(StrEnum):
    """The one word that `kubectl get` shows."""

    PENDING = "Pending"
    CREATING = "Creating"
    UPDATING = "Updating"
    READY = "Ready"
    DEGRADED = "Degraded"
    BLOCKED = "Blocked"
    DELETING = "Deleting"


class ConditionType(StrEnum):
    """The conditions: the three words of kstatus first, then one a part of the cluster."""

    READY = "Ready"
    RECONCILING = "Reconciling"
    STALLED = "Stalled"
    PREFLIGHT_PASSED = "PreflightPassed"
    NETWORK_READY = "NetworkReady"
    CONTROL_PLANE_READY = "ControlPlaneReady"
    NODE_POOLS_READY = "NodePoolsReady"
    ADDONS_READY = "AddonsReady"
    ACCESS_READY = "AccessReady"
    WORKLOAD_READY = "WorkloadReady"
    CONNECTED = "Connected"


ConditionStatus = Literal["True", "False", "Unknown"]


class Condition(StatusModel):
    """One statement about the cluster, as the Kubernetes API conventions shape it."""

    type: ConditionType
    status: ConditionStatus
    reason: str
    message: str
    observed_generation: int
    last_transition_time: Timestamp


class WaitingFor(StatusModel):
    """What AWS is doing, and since when."""

    what: str
    since: Timestamp


class Progress(StatusModel):
    """How many steps of how many are done; `summary` is "3/7"."""

    done: int
    total: int
    waiting_for: WaitingFor | None = None

    @computed_field  # type: ignore[prop-decorator] # mypy cannot decorate properties
    @property
    def summary(self) -> str:
        """As `kubectl get` shows it."""
        return f"{self.done}/{self.total}"


class Nodes(StatusModel):
    """How many nodes of all pools are ready, and how many are desired; `summary` is "2/3"."""

    ready: int
    desired: int

    @computed_field  # type: ignore[prop-decorator] # mypy cannot decorate properties
    @property
    def summary(self) -> str:
        """As `kubectl get` shows it."""
        return f"{self.ready}/{self.desired}"


class PoolStatus(StatusModel):
    """One node group of one pool; `status` is EKS's word for it."""

    name: str
    node_group: str
    instance_type: str
    min_nodes: int
    max_nodes: int
    desired_nodes: int
    status: str


class Status(StatusModel):
    """The whole status; `observed_generation` -1 says that nobody has looked yet."""

    observed_generation: int = -1
    phase: Phase | None = None
    message: str | None = None
    conditions: tuple[Condition, ...] = ()
    progress: Progress | None = None
    region: str | None = None
    kubernetes_version: str | None = None
    endpoint: str | None = None
    cluster_arn: str | None = None
    access_role_arn: str | None = None
    nodes: Nodes | None = None
    pools: tuple[PoolStatus, ...] = ()

    def condition(self, kind: ConditionType) -> Condition | None:
        """The condition of that type, or None."""
        return next((each for each in self.conditions if each.type is kind), None)

    def to_dict(self) -> dict[str, Any]:
        """The status as JSON for the API server: camelCase, without what is unknown."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
