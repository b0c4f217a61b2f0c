"""What becomes of an edit: one row for each field of the spec; docs/edits.md shows this table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

POOLS: Final = ("system", "cpu", "gpu")


class Answer(StrEnum):
    """How an edit is answered."""

    IN_PLACE = "in place"
    REPLACED = "new pool, then old gone"
    STEPWISE = "stepwise"
    REFUSED = "refused at apply"
    BLOCKED = "blocked with a reason"
    AT_ONCE = "at once"
    """The operator itself behaves otherwise; nothing in AWS changes for it."""


@dataclass(frozen=True)
class Row:
    """What becomes of an edit of one field, as a person asks before making it."""

    fields: tuple[str, ...]
    """Paths from the spec down, such as `cpu.instanceType`; a row may be about several."""
    answer: Answer
    disruption: str
    shows: str
    """Where and how progress, or the refusal, is seen."""


def _pool(field: str) -> tuple[str, ...]:
    return tuple(f"{pool}.{field}" for pool in POOLS)


NOTHING: Final = "none"
UNDONE: Final = "the API server's message: what to do instead"
OWN_NODES: Final = (
    "running pods move once, when the old nodes are drained; budgets are respected, and until then"
    " the old nodes serve"
)
BOTH_NAMED: Final = (
    "`progress.waitingFor`: `EKS to create node group <new>, which replaces <old>`, then `EKS to"
    " drain and delete node group <old>, which <new> replaces`; `status.pools` has both"
)
CONTROL_PLANE_SHOWS: Final = (
    "`ControlPlaneReady` is False while EKS updates; `progress.waitingFor` names the setting;"
    " `SettingUpdateFailed` says why not"
)
NODE_POOLS_SHOW: Final = (
    "`NodePoolsReady` is False while EKS updates; an event says what changed; `PoolUpdateFailed`"
    " says why not"
)
ADDONS_SHOW: Final = "`AddonsReady` is False while EKS updates; `progress.waitingFor` names it"
WORKLOAD_SHOWS: Final = "`WorkloadReady` is False until the cluster has it; an event says what"

ROWS: Final = (
    Row(("provider",), Answer.REFUSED, NOTHING, UNDONE),
    Row(("clusterName",), Answer.REFUSED, NOTHING, UNDONE),
    Row(("region",), Answer.REFUSED, NOTHING, UNDONE),
    Row(("network", "network.cidr", "network.subnetIds"), Answer.REFUSED, NOTHING, UNDONE),
    Row(
        ("kubernetesVersion",),
        Answer.STEPWISE,
        "up: one minor version after the other, control plane, then pools, then add-ons; each step"
        " replaces all nodes, budgets respected. Down: refused at apply. A version that is not on"
        " offer, or against which EKS's insights speak: blocked, and nothing moves",
        "`progress.waitingFor` names the step (`from Kubernetes 1.33 to 1.34, then 1.35`);"
        " `VersionNotOnOffer`, `UpgradeNotReady`, `UpgradeFailed` say why not",
    ),
    Row(
        ("cpu", "gpu"),
        Answer.IN_PLACE,
        "added: none. Removed: its pods are evicted, its nodes end; the last of cpu and gpu cannot"
        " be removed (refused at apply)",
        "`progress.waitingFor`: `EKS to create node group ...`, or `to drain and delete ...`",
    ),
    Row(
        ("system",),
        Answer.REPLACED,
        f"removed: returns to its default, one to two t3.large; {OWN_NODES}",
        BOTH_NAMED,
    ),
    Row(_pool("instanceType"), Answer.REPLACED, OWN_NODES, BOTH_NAMED),
    Row(_pool("nodeVolumeSize"), Answer.REPLACED, OWN_NODES, BOTH_NAMED),
    Row(_pool("capacityType"), Answer.REPLACED, OWN_NODES, BOTH_NAMED),
    Row(_pool("instanceTypes"), Answer.REPLACED, OWN_NODES, BOTH_NAMED),
    Row(
        (*_pool("minNodes"), *_pool("maxNodes")),
        Answer.IN_PLACE,
        "nodes come or go only where the present number is outside the new limits; it is the"
        " autoscaler's otherwise. A lowered maximum ends nodes without regard to budgets",
        NODE_POOLS_SHOW,
    ),
    Row(
        _pool("labels"),
        Answer.IN_PLACE,
        "none for running pods; new ones are placed by the new labels",
        NODE_POOLS_SHOW,
    ),
    Row(
        (
            *_pool("taints"),
            *_pool("taints[].key"),
            *_pool("taints[].value"),
            *_pool("taints[].effect"),
        ),
        Answer.IN_PLACE,
        "with effect NoExecute, running pods that do not tolerate it are evicted; none otherwise",
        NODE_POOLS_SHOW,
    ),
    Row(
        ("aws", "aws.credentialsSecretRef", "aws.credentialsSecretRef.name"),
        Answer.AT_ONCE,
        "none; credentials of another account are blocked (`AccountChanged`)",
        "`PreflightPassed` when the credentials do not work",
    ),
    Row(
        ("aws.roleArn", "aws.externalId"),
        Answer.AT_ONCE,
        "none; a role of another account is blocked (`AccountChanged`)",
        "`PreflightPassed` when it cannot be assumed (`RoleNotAssumed`); then `status.operatorArn`",
    ),
    Row(
        ("aws.additionalPolicies",),
        Answer.IN_PLACE,
        "none; pods have the new rights within a minute",
        "`NetworkReady` is False while CloudFormation updates",
    ),
    Row(
        ("access", "access.principals"),
        Answer.IN_PLACE,
        "works in seconds. Who is removed cannot assume the access role any more; sessions that run"
        " end in an hour. An ARN that IAM does not know: blocked (`PrincipalNotFound`), all others"
        " get in. Removed as a whole: the trust stays as it is, and is left to who edits it in IAM",
        "`AccessReady`, and an event",
    ),
    Row(
        (
            "access.entries",
            "access.entries[].principal",
            "access.entries[].policy",
            "access.entries[].namespaces",
        ),
        Answer.IN_PLACE,
        "works in seconds, also for who is logged in. What EKS refuses: blocked"
        " (`AccessEntryRefused`), all others work",
        "`AccessReady`, and an event",
    ),
    Row(
        ("access.kubeconfigSecretRef", "access.kubeconfigSecretRef.name"),
        Answer.IN_PLACE,
        "the former Secret goes, then the new one is written; who uses the former has to follow",
        "`KubeconfigReady`, and an event",
    ),
    Row(
        ("access.argocd",),
        Answer.IN_PLACE,
        "to true: the cluster becomes a target of Argo CD. To false: it is none any more, and what"
        " Argo CD put into it stays",
        "`KubeconfigReady`, and an event",
    ),
    Row(
        (
            "endpointAccess",
            "endpointAccess.public",
            "endpointAccess.private",
            "endpointAccess.publicCidrs",
        ),
        Answer.IN_PLACE,
        "clients outside the new blocks lose the API server; nodes and pods do not",
        CONTROL_PLANE_SHOWS,
    ),
    Row(("logging",), Answer.IN_PLACE, NOTHING, CONTROL_PLANE_SHOWS),
    Row(
        ("secretsEncryption", "secretsEncryption.kmsKeyArn"),
        Answer.IN_PLACE,
        "added: none, EKS encrypts what is there within minutes. Changed or removed: refused at"
        " apply; another key than the cluster has already: blocked (`EncryptionCannotChange`)",
        CONTROL_PLANE_SHOWS,
    ),
    Row(("deletionProtection",), Answer.IN_PLACE, NOTHING, CONTROL_PLANE_SHOWS),
    Row(
        ("addons", "addons[].name"),
        Answer.IN_PLACE,
        "added: none. Removed: what the operator installed goes with its pods, or, of those that"
        " every cluster has, returns to AWS's default settings, and to its version unless that is"
        " lower",
        ADDONS_SHOW,
    ),
    Row(
        ("addons[].version", "addons[].configuration"),
        Answer.IN_PLACE,
        "the add-on's pods are replaced one by one. Unknown names, versions that do not fit and"
        " settings that its schema refuses are blocked, in AWS's words",
        ADDONS_SHOW,
    ),
    Row(
        ("autoscaler", "autoscaler.enabled"),
        Answer.IN_PLACE,
        "off: pods that wait get no nodes any more, and idle nodes stay",
        WORKLOAD_SHOWS,
    ),
    Row(
        (
            "autoscaler.scaleDownDelay",
            "autoscaler.expander",
            "autoscaler.image",
            "autoscaler.version",
        ),
        Answer.IN_PLACE,
        "cluster-autoscaler starts anew; nothing else does",
        WORKLOAD_SHOWS,
    ),
    Row(
        (
            "devicePlugin",
            "devicePlugin.enabled",
            "devicePlugin.image",
            "devicePlugin.version",
        ),
        Answer.IN_PLACE,
        "running pods keep their GPUs; off: new pods get none",
        WORKLOAD_SHOWS,
    ),
    Row(
        (
            "training",
            "training.enabled",
            "training.quota",
            "training.defaultRequests",
            "training.defaultLimits",
        ),
        Answer.IN_PLACE,
        "none for what runs; a quota counts for new pods. Off: the rights, the quota and the"
        " defaults go, the namespace and what people made in it stay",
        WORKLOAD_SHOWS,
    ),
    Row(
        ("tags",),
        Answer.IN_PLACE,
        "none; tags that others put on stay. Volumes that are made after the edit have the tags of"
        " when their node group was made; instances have these beside the present ones",
        "`NetworkReady` is False until the stack, which comes last, has them; an event for each"
        " thing",
    ),
    Row(
        (
            "custom",
            "custom.kubeconfigSecretRef",
            "custom.kubeconfigSecretRef.name",
            "custom.kubeconfigSecretRef.key",
        ),
        Answer.AT_ONCE,
        "none; the other cluster is looked at from then on. With `training` it gets the namespace"
        " and what goes with it, and what the former one has of these stays: switch `training` off"
        " first to have it taken away",
        "`PreflightPassed` says where it leads, `Connected` whether that answers",
    ),
    Row(
        ("managementPolicy",),
        Answer.AT_ONCE,
        "none; from Full to Observe or Plan, nothing more is done in AWS",
        "with Observe, the conditions of what is only looked at alone (`ControlPlaneReady`,"
        " `KubeconfigReady`, `Connected`); with Plan, the plan in the status and in events",
    ),
    Row(
        ("deletionPolicy",),
        Answer.AT_ONCE,
        "none; it counts when the resource is deleted, and until the last part is gone",
        "nothing to wait for",
    ),
    Row(
        ("adopt",),
        Answer.AT_ONCE,
        "to true: a cluster of this name is taken over and brought to the spec, after its preview"
        " in `NameConflict`. To false: what was taken over stays the resource's",
        "`ControlPlaneReady`, and an event for each thing taken over",
    ),
    Row(
        ("paused",),
        Answer.AT_ONCE,
        "none; edits and deletions wait until it is false",
        "the conditions of what waits are False with reason `Paused`, and so is `Ready` then",
    ),
)


def table() -> str:
    """The rows as a table in Markdown."""
    lines = ["| field | what becomes of an edit | disruption | how it shows |", "|---|---|---|---|"]
    for row in ROWS:
        fields = ", ".join(f"`spec.{field}`" for field in row.fields)
        lines.append(f"| {fields} | {row.answer} | {row.disruption} | {row.shows} |")
    return "\n".join(lines) + "\n"
