"""Add-ons: creation, update, deletion, and their life over time."""

from __future__ import annotations

from sigopt_sandbox.aws.eks import (
    addon_catalogue,
    addon_configuration,
    durations,
    groups,
    pod_identity,
    updates,
)
from sigopt_sandbox.aws.eks.errors import in_use, invalid_parameter, invalid_request
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.scheduler import Life, Look
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import Addon, Cluster, Doc, Place, Update, new_uuid, wall_clock

NO_REPLICAS = "The add-on is unhealthy because it doesn't have the desired number of replicas."
BUSY = ("CREATING", "UPDATING", "DELETING")


def _key(cluster: Cluster, name: str) -> str:
    return f"{cluster.key}/addon/{name}"


def create_addon(eks: Eks, at: Place, params: Doc) -> Doc:
    """CreateAddon: the version fits the cluster, the configuration fits the schema.

    One in CREATE_FAILED may be created again (eksctl does so).
    """
    cluster = eks.cluster(at.scope, params["clusterName"])
    name = params["addonName"]
    kind = addon_catalogue.supported(name)
    if eks.switches.addon_needs_active_cluster and cluster.status not in ("ACTIVE", "UPDATING"):
        raise invalid_request(
            f"Cluster '{cluster.name}' is not in ACTIVE status", clusterName=cluster.name
        )
    existing = cluster.addons.get(name)
    if existing is not None and existing.doc["status"] != "CREATE_FAILED":
        raise in_use("Addon already exists.", clusterName=cluster.name, addonName=name)
    version = cluster.doc["version"]
    release = addon_catalogue.release_for(kind, version, params.get("addonVersion"))
    addon_configuration.check(params.get("configurationValues"), kind.schema)
    arn = cluster.scope.arn(f"addon/{cluster.name}/{name}/{new_uuid()}")
    now = wall_clock()
    addon = Addon(
        {
            "addonName": name,
            "clusterName": cluster.name,
            "status": "CREATING",
            "addonVersion": release.version,
            "health": {"issues": []},
            "addonArn": arn,
            "createdAt": now,
            "modifiedAt": now,
            "serviceAccountRoleArn": params.get("serviceAccountRoleArn"),
            "tags": dict(params.get("tags") or {}),
            "publisher": kind.publisher,
            "owner": kind.owner,
            "configurationValues": params.get("configurationValues"),
            "podIdentityAssociations": [],
            "namespaceConfig": params.get("namespaceConfig") or {"namespace": kind.namespace},
        }
    )
    _associate(eks, cluster, addon, params.get("podIdentityAssociations"))
    cluster.addons[name] = addon
    cluster.self_managed.discard(name)  # EKS takes over what is there
    eks.scheduler.start(_key(cluster, name), _creation(eks, cluster, addon, kind))
    return {"addon": copied(addon.doc)}


def _associate(eks: Eks, cluster: Cluster, addon: Addon, wanted: list[Doc] | None) -> None:
    """The add-on's own associations become exactly `wanted`; None leaves them as they are."""
    if wanted is None:
        return
    for arn in list(addon.doc["podIdentityAssociations"]):
        cluster.associations.pop(arn.rsplit("/", 1)[-1], None)
    namespace = addon.doc["namespaceConfig"]["namespace"]
    addon.doc["podIdentityAssociations"] = [
        pod_identity.associate(eks, cluster, namespace, entry, addon.doc["addonArn"])[
            "associationArn"
        ]
        for entry in wanted
    ]


def _creation(eks: Eks, cluster: Cluster, addon: Addon, kind: addon_catalogue.AddonKind) -> Life:
    """CREATING to ACTIVE; what needs nodes turns DEGRADED without them, and is looked at again
    only every quarter of an hour."""
    what = f"addon/{cluster.name}/{kind.name}"
    yield durations.CREATE_ADDON
    yield from eks.held(what)
    fault = eks.fault(what)
    if fault is not None:
        addon.doc["status"] = fault.status or "CREATE_FAILED"
        addon.doc["health"] = {"issues": [fault.issue("ConfigurationConflict", [])]}
        return
    if kind.needs_nodes and not _has_nodes(eks, cluster):
        yield durations.ADDON_DEGRADED - durations.CREATE_ADDON
        addon.doc["status"] = "DEGRADED"
        issue = {"code": "InsufficientNumberOfReplicas", "message": NO_REPLICAS, "resourceIds": []}
        addon.doc["health"] = {"issues": [issue]}
        while not _has_nodes(eks, cluster):
            yield Look(durations.ADDON_RECHECK)
    _settle(addon)


def _has_nodes(eks: Eks, cluster: Cluster) -> bool:
    return any(
        groups.in_service(groups.describe(eks, cluster, nodegroup))
        for nodegroup in cluster.nodegroups.values()
    )


def _settle(addon: Addon) -> None:
    addon.doc["status"] = "ACTIVE"
    addon.doc["health"] = {"issues": []}
    addon.doc["modifiedAt"] = wall_clock()


def describe_addon(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeAddon."""
    return {"addon": copied(eks.addon(at.scope, params)[1].doc)}


def list_addons(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListAddons: names of managed add-ons; self-managed ones are not listed."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    return page(sorted(cluster.addons), params, member="addons")


def update_addon(eks: Eks, at: Place, params: Doc) -> Doc:
    """UpdateAddon: an AddonUpdate that DescribeUpdate finds with the add-on's name only."""
    cluster, addon = eks.addon(at.scope, params)
    name, status = params["addonName"], addon.doc["status"]
    if status in BUSY:
        raise in_use(
            f"Addon {name} cannot be updated as it is currently in {status} state",
            clusterName=cluster.name,
            addonName=name,
        )
    kind = addon_catalogue.supported(name)
    wanted = params.get("addonVersion") or addon.doc["addonVersion"]
    release = addon_catalogue.release_for(kind, cluster.doc["version"], wanted)
    addon_configuration.check(params.get("configurationValues"), kind.schema)
    if params.get("serviceAccountRoleArn") and params.get("podIdentityAssociations"):
        # Which of the two EKS prefers is documented; that both are refused is not.
        raise invalid_parameter(
            "serviceAccountRoleArn and podIdentityAssociations cannot both be specified"
        )
    update = updates.new_update("AddonUpdate", _update_params(params, release.version))
    addon.updates[update.doc["id"]] = update
    addon.doc["status"] = "UPDATING"
    change = _update(eks, cluster, addon, update, {**params, "addonVersion": release.version})
    eks.scheduler.start(_key(cluster, name), change)
    return updates.answer(update)


def _update_params(params: Doc, version: str) -> list[tuple[str, str]]:
    found = [("AddonVersion", version)]
    for member, name in (
        ("serviceAccountRoleArn", "ServiceAccountRoleArn"),
        ("resolveConflicts", "ResolveConflicts"),
        ("configurationValues", "ConfigurationValues"),
    ):
        if member in params:
            found.append((name, params[member]))
    return found


def _update(eks: Eks, cluster: Cluster, addon: Addon, update: Update, params: Doc) -> Life:
    what = f"addon/{cluster.name}/{params['addonName']}"
    yield durations.UPDATE_ADDON
    yield from eks.held(what)
    fault = eks.fault(what)
    if fault is not None:
        updates.fail(update, fault.code("ConfigurationConflict"), fault.text, [])
        addon.doc["status"] = fault.status if fault.status != "Failed" else "UPDATE_FAILED"
        return
    for member in ("addonVersion", "serviceAccountRoleArn", "configurationValues"):
        if member in params:
            addon.doc[member] = params[member]
    _associate(eks, cluster, addon, params.get("podIdentityAssociations"))
    updates.succeed(update)
    _settle(addon)


def delete_addon(eks: Eks, at: Place, params: Doc) -> Doc:
    """DeleteAddon: `preserve` ends EKS's management at once and keeps its associations."""
    cluster, addon = eks.addon(at.scope, params)
    addon.doc["status"] = "DELETING"
    answer = {"addon": copied(addon.doc)}
    name = params["addonName"]
    life = _deletion(eks, cluster, addon, bool(params.get("preserve")))
    eks.scheduler.start(_key(cluster, name), life)
    return answer


def _deletion(eks: Eks, cluster: Cluster, addon: Addon, preserve: bool) -> Life:
    what = f"addon/{cluster.name}/{addon.doc['addonName']}"
    yield durations.DELETE_ADDON
    yield from eks.held(what)
    fault = eks.fault(what)
    if fault is not None:
        addon.doc["status"] = fault.status or "DELETE_FAILED"
        addon.doc["health"] = {"issues": [fault.issue("InternalFailure", [])]}
        return
    if not preserve:
        _associate(eks, cluster, addon, [])
    else:
        cluster.self_managed.add(addon.doc["addonName"])  # its objects stay and go on working
    cluster.addons.pop(addon.doc["addonName"], None)
