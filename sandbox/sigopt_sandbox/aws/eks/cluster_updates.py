"""Updates of a control plane: versions and encryption, and the rules all of them share."""

from __future__ import annotations

import json

from sigopt_sandbox.aws.eks import durations, network, updates, versions
from sigopt_sandbox.aws.eks.errors import ApiError, in_use, invalid_parameter, invalid_request
from sigopt_sandbox.aws.eks.scheduler import Life
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Place, Update

# Addresses a version update may want in the cluster's subnets (user guide, update-cluster).
FREE_ADDRESSES = 5


def replayed(eks: Eks, cluster: Cluster, params: Doc) -> Update | None:
    """The update that the same client token began, if replays answer again."""
    token = params.get("clientRequestToken")
    return cluster.tokens.get(token) if token and eks.switches.replay_answers_again else None


def check_updatable(eks: Eks, cluster: Cluster, kind: str) -> None:
    """One update at a time, and only of an ACTIVE cluster (texts observed by users)."""
    running = cluster.running_update()
    if running is not None:
        raise in_use(
            f"Cannot {kind} because cluster {cluster.name} currently has update "
            f"{running.doc['id']} in progress",
            clusterName=cluster.name,
        )
    if cluster.patched_by_aws:
        raise in_use(
            f"Cannot {kind} because cluster {cluster.name} currently has an update in progress",
            clusterName=cluster.name,
        )
    if cluster.status != "ACTIVE":
        raise _not_active(eks, cluster)


def _not_active(eks: Eks, cluster: Cluster) -> ApiError:
    refusal = in_use if eks.switches.update_when_not_active_is_in_use else invalid_request
    return refusal(f"Cluster '{cluster.name}' is not in ACTIVE status", clusterName=cluster.name)


def begin(
    eks: Eks, cluster: Cluster, params: Doc, update: Update, life: Life, *, shown: bool = True
) -> Doc:
    """Accept an update: remember it and its token, turn the status, start its life."""
    cluster.updates[update.doc["id"]] = update
    token = params.get("clientRequestToken")
    if token:
        cluster.tokens[token] = update
    if shown:
        cluster.doc["status"] = "UPDATING"
        cluster.updating_since = eks.clock.now()
    eks.scheduler.start(f"{cluster.key}/update", life)
    return updates.answer(update)


def finish(eks: Eks, cluster: Cluster, update: Update, default_code: str = "Unknown") -> Life:
    """Wait while held, then end: Failed if a failure is armed for it, else Successful.

    Either way the cluster is ACTIVE again. Whoever applies the change looks at the update.
    """
    what = f"update/{cluster.name}"
    yield from eks.held(what)
    fault = eks.fault(what)
    if fault is None:
        updates.succeed(update)
    else:
        updates.fail(update, fault.code(default_code), fault.text, [])
    cluster.doc["status"] = "ACTIVE"
    cluster.updating_since = None


def update_cluster_version(eks: Eks, at: Place, params: Doc) -> Doc:
    """UpdateClusterVersion: one minor up, or back by one within seven days of an upgrade."""
    cluster = eks.cluster(at.scope, params["name"])
    again = replayed(eks, cluster, params)
    if again is not None:
        return updates.answer(again)
    present, wanted = cluster.doc["version"], params["version"]
    target = versions.offered(wanted)
    kind = _kind(eks, cluster, present, wanted)
    check_updatable(eks, cluster, kind)
    _check_nodegroups(eks, cluster, wanted)
    _check_insights(eks, cluster, params)
    update = updates.new_update(kind, [("Version", wanted), ("PlatformVersion", target.platform)])
    life = _version_life(eks, cluster, update, target)
    return begin(eks, cluster, params, update, life)


def _kind(eks: Eks, cluster: Cluster, present: str, wanted: str) -> str:
    step = versions.minor(wanted) - versions.minor(present)
    if step == 1:
        return "VersionUpdate"
    recent = eks.clock.now() - cluster.upgraded_at <= durations.ROLLBACK_WINDOW
    if step == -1 and cluster.upgraded_from == wanted and recent:
        return "VersionRollback"
    raise invalid_parameter(
        f"Unsupported Kubernetes minor version update from {present} to {wanted}",
        clusterName=cluster.name,
    )


def _check_nodegroups(eks: Eks, cluster: Cluster, wanted: str) -> None:
    """Kubelets at most three minors behind; or none behind, as the switch says."""
    most = 1 if eks.switches.nodegroups_must_match_version else 3
    behind = [
        name
        for name, nodegroup in cluster.nodegroups.items()
        if versions.minor(wanted) - versions.minor(nodegroup.doc["version"]) > most
    ]
    if behind:
        raise invalid_parameter(
            f"Nodegroups {', '.join(behind)} must be updated to match cluster version "
            f"{cluster.doc['version']} before updating cluster version",
            clusterName=cluster.name,
        )


def _check_insights(eks: Eks, cluster: Cluster, params: Doc) -> None:
    blocking = any(
        insight["category"] == "UPGRADE_READINESS" and insight["insightStatus"]["status"] == "ERROR"
        for insight in cluster.insights.values()
    )
    if blocking and eks.switches.insights_block_upgrades and not params.get("force"):
        raise ApiError(
            "InvalidStateException",
            "Upgrade readiness issues detected. Call the EKS ListInsights API to view upgrade "
            "blocking issues detected by EKS. Pass the force flag to override upgrade readiness "
            "errors and proceed with upgrade.",
            clusterName=cluster.name,
        )


def _version_life(eks: Eks, cluster: Cluster, update: Update, target: versions.Version) -> Life:
    before = cluster.doc["version"]
    yield durations.UPDATE_CLUSTER_VERSION
    full = _full_subnets(eks, cluster)
    if full:
        text = "Not enough free addresses in the subnets of the cluster"
        updates.fail(update, "IpNotAvailable", text, full)
        cluster.doc["status"], cluster.updating_since = "ACTIVE", None
        return
    yield from finish(eks, cluster, update)
    if update.doc["status"] == "Successful":
        cluster.doc["version"] = target.version
        cluster.doc["platformVersion"] = target.platform
        cluster.upgraded_from = before if update.doc["type"] == "VersionUpdate" else ""
        cluster.upgraded_at = eks.clock.now()


def _full_subnets(eks: Eks, cluster: Cluster) -> list[str]:
    ids = cluster.doc["resourcesVpcConfig"]["subnetIds"]
    try:
        found = network.subnets(eks, cluster.scope, ids)
    except ApiError:
        return list(ids)  # a subnet of the cluster was deleted
    free = sum(int(s.get("AvailableIpAddressCount", FREE_ADDRESSES)) for s in found)
    return [] if free >= FREE_ADDRESSES else list(ids)


def associate_encryption_config(eks: Eks, at: Place, params: Doc) -> Doc:
    """AssociateEncryptionConfig: once for ever; the status does not show it (code of ACK)."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    again = replayed(eks, cluster, params)
    if again is not None:
        return updates.answer(again)
    config = params["encryptionConfig"]
    if not config or any(not (c.get("provider") or {}).get("keyArn") for c in config):
        raise invalid_parameter("KeyArn is required")
    if cluster.doc.get("encryptionConfig"):
        raise invalid_parameter(
            "Encryption is already enabled on the cluster", clusterName=cluster.name
        )
    kind = "AssociateEncryptionConfig"
    check_updatable(eks, cluster, kind)
    update = updates.new_update(kind, [("EncryptionConfig", json.dumps(config))])
    life = _encryption_life(eks, cluster, update, copied(config))
    return begin(eks, cluster, params, update, life, shown=False)


def _encryption_life(eks: Eks, cluster: Cluster, update: Update, config: list[Doc]) -> Life:
    yield durations.ASSOCIATE_ENCRYPTION
    yield from finish(eks, cluster, update)
    if update.doc["status"] == "Successful":
        cluster.doc["encryptionConfig"] = config


def cancel_update(eks: Eks, at: Place, params: Doc) -> Doc:
    """CancelUpdate: only rollbacks of Auto Mode clusters can be stopped; there are none here."""
    cluster = eks.cluster(at.scope, params["name"])
    updates.describe_update(eks, at, params)
    # Verbatim not found.
    raise invalid_request(
        f"Update {params['updateId']} cannot be cancelled", clusterName=cluster.name
    )
