"""What was found and done: `status` of a SigOptCluster.

Texts longer than the CRD admits are cut when a model is built: a status that the API server refuses
would say nothing at all. Messages have words of AWS's and of clusters in them, which may say a
secret again: what looks like one is masked, when a model is built too.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    PlainSerializer,
    WithJsonSchema,
    computed_field,
)

from sigopt_operator.api.model import StatusModel
from sigopt_operator.api.redaction import redact


def _whole_seconds(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        # On the first or the last day that there is, by the clock of another time zone.
        raise ValueError("is no moment in UTC") from None


def _rfc3339(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


Timestamp = Annotated[
    AwareDatetime,
    # Cut on the way in, so that what is written compares equal to what is read back.
    AfterValidator(_whole_seconds),
    PlainSerializer(_rfc3339, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment as Kubernetes writes it: RFC 3339, UTC, whole seconds (metav1.Time)."""


def _cut(length: int) -> AfterValidator:
    return AfterValidator(
        lambda text: text if len(text) <= length else f"{text[: length - 1]}\N{HORIZONTAL ELLIPSIS}"
    )


def _text(length: int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "maxLength": length})


Short = Annotated[str, _cut(1024), _text(1024)]
"""A name, an ARN, an address."""
Text = Annotated[str, AfterValidator(redact), _cut(32768), _text(32768)]
"""A message for people; the length is that of metav1.Condition's."""


Bundle = Annotated[str, _text(32768)]
"""Certificates in base64: known to everybody, and nothing of it may be cut or masked."""


RATIO = 32
"""Characters of two numbers."""


def _ratio(part: int, whole: int) -> str:
    # Numbers of a status that somebody forged may be longer, and are read before it is mended.
    return f"{part}/{whole}"[:RATIO]


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
    KUBECONFIG_READY = "KubeconfigReady"
    WORKLOAD_READY = "WorkloadReady"
    CONNECTED = "Connected"


ConditionStatus = Literal["True", "False", "Unknown"]


class Condition(StatusModel):
    """One statement about the cluster, as the Kubernetes API conventions shape it."""

    type: ConditionType
    """What the statement is about."""
    status: ConditionStatus
    """True, False or Unknown."""
    reason: Short
    """Why, in one CamelCase word for machines."""
    message: Text
    """Why, for people, and what to do if anything."""
    observed_generation: int
    """The metadata.generation that the statement is about."""
    last_transition_time: Timestamp
    """When status last changed."""


class WaitingFor(StatusModel):
    """What AWS is doing, and since when."""

    what: Text
    """What AWS is doing."""
    since: Timestamp
    """Since when."""


class Progress(StatusModel):
    """How far the cluster is from what is wanted."""

    done: int
    """How many steps are done."""
    total: int
    """How many steps there are."""
    waiting_for: WaitingFor | None = None
    """What the next step waits for."""

    @computed_field(json_schema_extra={"maxLength": RATIO})  # type: ignore[prop-decorator] # mypy cannot decorate properties
    @property
    def summary(self) -> str:
        """Done and total as `kubectl get` shows them, such as 3/7."""
        return _ratio(self.done, self.total)


class Nodes(StatusModel):
    """The nodes of all pools."""

    ready: int
    """How many are ready."""
    desired: int
    """How many are desired."""

    @computed_field(json_schema_extra={"maxLength": RATIO})  # type: ignore[prop-decorator] # mypy cannot decorate properties
    @property
    def summary(self) -> str:
        """Ready and desired as `kubectl get` shows them, such as 2/3."""
        return _ratio(self.ready, self.desired)


class PoolStatus(StatusModel):
    """One node group of one pool."""

    name: Short
    """The pool: system, cpu or gpu."""
    node_group: Short
    """The EKS node group."""
    instance_type: Short
    """EC2 instance type of the nodes."""
    min_nodes: int
    """Lower bound of the group."""
    max_nodes: int
    """Upper bound of the group."""
    desired_nodes: int
    """How many nodes the autoscaler wants now."""
    status: Short
    """EKS's word for the node group's state."""


class PlanStatus(StatusModel):
    """What would be done: with managementPolicy Plan, where nothing is."""

    summary: Text
    """All of it in one sentence: how much is to be created, replaced, changed, deleted."""
    changes: Annotated[tuple[Short, ...], Field(json_schema_extra={"maxItems": 200})] = ()
    """One sentence a change, in order: what, for how long, with what disruption."""


class Status(StatusModel):
    """What was found and done."""

    observed_generation: int = -1
    """The metadata.generation that this status is about; -1 until somebody has looked."""
    fulfilled_generation: int | None = None
    """The last metadata.generation for which everything was as wished: what is repaired after that
    was changed by somebody in AWS. 0 from when another identity manages it until all is as it
    needs it."""
    phase: Phase | None = None
    """Everything in one word."""
    message: Text | None = None
    """Everything in one sentence."""
    plan: PlanStatus | None = None
    """What would be done, with managementPolicy Plan."""
    conditions: Annotated[
        tuple[Condition, ...],
        Field(
            # As many as there are types.
            json_schema_extra={
                "maxItems": len(ConditionType),
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["type"],
            }
        ),
    ] = ()
    """What is true of the cluster, one statement a type."""
    progress: Progress | None = None
    """How far the cluster is from what is wanted."""
    removal_since: Timestamp | None = None
    """While the resource is being deleted: since when nothing holds that up, such as a pause,
    deletion protection or a missing Secret. How long something is waited for counts from then."""
    account: Short | None = None
    """The AWS account of the cluster; said before anything is made there."""
    operator_arn: Short | None = None
    """The IAM user or role that manages the cluster: the operator, towards AWS."""
    external_id: Short | None = None
    """What the trust policy of spec.aws.roleArn must ask for, where the operator's own identity
    assumes it: of this resource alone."""
    region: Short | None = None
    """The AWS region of the cluster."""
    kubernetes_version: Short | None = None
    """The control plane's minor version."""
    standard_support_ends: Timestamp | None = None
    """When AWS ends standard support of that version; afterwards it costs more, and a year later
    AWS upgrades the control plane by itself."""
    endpoint: Short | None = None
    """The URL of the cluster's API server."""
    cluster_arn: Short | None = None
    """The EKS cluster's ARN."""
    access_role_arn: Short | None = None
    """The role to assume for using the cluster."""
    connect_command: Short | None = None
    """What to type for using the cluster; kubectl works then."""
    certificate_authority: Bundle | None = None
    """By which the cluster's API server is known: a PEM bundle in base64."""
    kubeconfig_secret: Short | None = None
    """The Secret for a kubeconfig, in the resource's namespace; KubeconfigReady says whether it is
    there."""
    argocd_secret: Short | None = None
    """The Secret that makes the cluster a target for Argo CD, as namespace/name."""
    training_namespace: Short | None = None
    """In a custom cluster: the namespace in which there are things of the operator's for training
    runs; they are taken away when spec.training is switched off."""
    training_endpoint: Short | None = None
    """Of that cluster, the URL of the API server: another may be looked at since."""
    nodes: Nodes | None = None
    """The nodes of all pools."""
    pools: Annotated[
        tuple[PoolStatus, ...],
        # Three pools, each with its former group while it is replaced, and room for leftovers.
        Field(
            json_schema_extra={
                "maxItems": 32,
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["nodeGroup"],
            }
        ),
    ] = ()
    """The node groups, one entry each."""

    def condition(self, kind: ConditionType) -> Condition | None:
        """The condition of that type, or None."""
        return next((each for each in self.conditions if each.type is kind), None)

    def to_dict(self) -> dict[str, Any]:
        """The status as JSON for the API server: camelCase, without what is unknown."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
