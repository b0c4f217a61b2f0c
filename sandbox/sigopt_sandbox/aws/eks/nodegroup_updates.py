"""Updates of a node group's configuration and version."""

from __future__ import annotations

import json

from sigopt_sandbox.aws.eks import (
    durations,
    groups,
    images,
    nodegroup_health,
    nodegroup_life,
    nodegroup_roll,
    nodegroup_rules,
    templates,
    updates,
    versions,
)
from sigopt_sandbox.aws.eks.cloud import AwsError
from sigopt_sandbox.aws.eks.errors import in_use, invalid_parameter, invalid_request
from sigopt_sandbox.aws.eks.scheduler import Life
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import (
    Cluster,
    Doc,
    Nodegroup,
    Place,
    Update,
    running_update,
    wall_clock,
)


def _check_updatable(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> None:
    """Only an ACTIVE group, with no other update running (text observed by users)."""
    nodegroup_health.refresh(eks, cluster, nodegroup)
    status = nodegroup.doc["status"]
    allowed = status == "ACTIVE" or (
        status == "DEGRADED" and eks.switches.degraded_nodegroup_updates
    )
    if not allowed or running_update(nodegroup.updates) is not None:
        raise in_use(
            "Nodegroup cannot be updated as it is currently not in Active State",
            clusterName=cluster.name,
            nodegroupName=nodegroup.doc["nodegroupName"],
        )


def _replayed(eks: Eks, cluster: Cluster, params: Doc) -> Update | None:
    token = params.get("clientRequestToken")
    return cluster.tokens.get(token) if token and eks.switches.replay_answers_again else None


def _begin(
    eks: Eks, cluster: Cluster, nodegroup: Nodegroup, params: Doc, update: Update, life: Life
) -> Doc:
    nodegroup.updates[update.doc["id"]] = update
    token = params.get("clientRequestToken")
    if token:
        cluster.tokens[token] = update
    nodegroup.doc["status"] = "UPDATING"
    nodegroup.updating_since = eks.clock.now()
    eks.scheduler.start(nodegroup_life.key(cluster, nodegroup), life)
    return updates.answer(update)


def update_nodegroup_config(eks: Eks, at: Place, params: Doc) -> Doc:
    """UpdateNodegroupConfig: labels, taints, sizes and update settings, together in one call."""
    cluster, nodegroup = eks.nodegroup(at.scope, params)
    again = _replayed(eks, cluster, params)
    if again is not None:
        return updates.answer(again)
    _check_updatable(eks, cluster, nodegroup)
    change = _changed(eks, nodegroup, params)
    update = updates.new_update("ConfigUpdate", _config_params(params))
    life = _config_life(eks, cluster, nodegroup, update, change)
    return _begin(eks, cluster, nodegroup, params, update, life)


def _changed(eks: Eks, nodegroup: Nodegroup, params: Doc) -> Doc:
    """The members of the description that the update sets; refusals as at creation."""
    doc = nodegroup.doc
    change: Doc = {}
    if "scalingConfig" in params:
        change["scalingConfig"] = nodegroup_rules.changed_scaling(
            eks, doc["scalingConfig"], params["scalingConfig"]
        )
    if "labels" in params:
        added = params["labels"].get("addOrUpdateLabels") or {}
        nodegroup_rules.check_labels(added)
        removed = params["labels"].get("removeLabels") or []
        kept = {k: v for k, v in doc["labels"].items() if k not in removed}
        change["labels"] = {**kept, **added}
    if "taints" in params:
        change["taints"] = _taints(doc.get("taints") or [], params["taints"])
    if "updateConfig" in params:
        most = {**doc, **change}["scalingConfig"]["maxSize"]
        change["updateConfig"] = nodegroup_rules.update_config(params["updateConfig"], most)
    if "nodeRepairConfig" in params:
        change["nodeRepairConfig"] = copied(params["nodeRepairConfig"])
    if not change:
        # Verbatim not found.
        raise invalid_parameter("The type for nodegroup update was not provided.")
    return change


def _taints(present: list[Doc], given: Doc) -> list[Doc] | None:
    def identity(taint: Doc) -> tuple[str, str]:
        return taint["key"], taint["effect"]

    added = nodegroup_rules.taints(given.get("addOrUpdateTaints"))
    removed = nodegroup_rules.taints(given.get("removeTaints"))
    gone = {identity(taint) for taint in (*added, *removed)}
    return [t for t in present if identity(t) not in gone] + added or None


def _config_params(params: Doc) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    scaling = params.get("scalingConfig") or {}
    for member, name in (("minSize", "MinSize"), ("maxSize", "MaxSize")):
        if member in scaling:
            found.append((name, str(scaling[member])))
    if "desiredSize" in scaling:
        found.append(("DesiredSize", str(scaling["desiredSize"])))
    labels, taints = params.get("labels") or {}, params.get("taints") or {}
    for given, member, name in (
        (labels, "addOrUpdateLabels", "LabelsToAdd"),
        (labels, "removeLabels", "LabelsToRemove"),
        (taints, "addOrUpdateTaints", "TaintsToAdd"),
        (taints, "removeTaints", "TaintsToRemove"),
    ):
        if given.get(member):
            found.append((name, json.dumps(given[member])))
    for member, value in (params.get("updateConfig") or {}).items():
        found.append((member[0].upper() + member[1:], str(value)))
    return found


def _config_life(
    eks: Eks, cluster: Cluster, nodegroup: Nodegroup, update: Update, change: Doc
) -> Life:
    what = nodegroup_life.what(cluster, nodegroup)
    yield durations.UPDATE_NODEGROUP_CONFIG
    yield from eks.held(what)
    fault = eks.fault(what)
    if fault is not None:
        end_failed(nodegroup, update, fault.code("Unknown"), fault.text, [])
        return
    if "scalingConfig" in change:
        try:
            groups.resize(eks, cluster, nodegroup, change["scalingConfig"])
        except AwsError as error:
            end_failed(nodegroup, update, "OperationNotPermitted", error.message, [])
            return
    nodegroup.doc.update(change)
    end_well(nodegroup, update)


def end_well(nodegroup: Nodegroup, update: Update) -> None:
    """The update succeeded and the group is ACTIVE."""
    updates.succeed(update)
    _active(nodegroup)


def end_failed(
    nodegroup: Nodegroup, update: Update, code: str, message: str, ids: list[str]
) -> None:
    """The update failed; the group is ACTIVE with its former configuration (crossplane 1475)."""
    updates.fail(update, code, message, ids)
    _active(nodegroup)


def _active(nodegroup: Nodegroup) -> None:
    nodegroup.doc["status"] = "ACTIVE"
    nodegroup.doc["modifiedAt"] = wall_clock()
    nodegroup.updating_since = None


def update_nodegroup_version(eks: Eks, at: Place, params: Doc) -> Doc:
    """UpdateNodegroupVersion: to the control plane's version at most, never back."""
    cluster, nodegroup = eks.nodegroup(at.scope, params)
    again = _replayed(eks, cluster, params)
    if again is not None:
        return updates.answer(again)
    _check_updatable(eks, cluster, nodegroup)
    change = _new_version(eks, cluster, nodegroup, params)
    found = [("Version", change["version"]), ("ReleaseVersion", change["releaseVersion"])]
    if "launchTemplate" in change:
        found.append(("LaunchTemplateVersion", change["launchTemplate"]["version"]))
    update = updates.new_update("VersionUpdate", found)
    life = _version_life(eks, cluster, nodegroup, update, change, bool(params.get("force")))
    return _begin(eks, cluster, nodegroup, params, update, life)


def _new_version(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, params: Doc) -> Doc:
    doc = nodegroup.doc
    change: Doc = {}
    template = _new_template(eks, cluster, nodegroup, params.get("launchTemplate"))
    if template is not None:
        change["launchTemplate"] = {
            "id": template.id,
            "name": template.name,
            "version": template.version,
        }
        if template.data.get("ImageId"):
            image = template.data["ImageId"]
            return {**change, "version": doc["version"], "releaseVersion": image, "image": image}
    control_plane, present = cluster.doc["version"], doc["version"]
    asked = params.get("version")
    if asked is None and (template is not None or params.get("releaseVersion")):
        asked = present  # only the template or the release changes
    version = asked or control_plane
    if version not in (control_plane, present):
        raise invalid_parameter(
            f"Nodegroup Kubernetes version should be equal to Cluster kubernetes version "
            f"{control_plane} or NodeGroup kubernetes version {present}",
            clusterName=cluster.name,
            nodegroupName=doc["nodegroupName"],
        )
    if versions.minor(version) < versions.minor(present):
        # There is no way back (user guide); the text was not found.
        raise invalid_parameter(
            f"Unsupported Kubernetes minor version update from {present} to {version}"
        )
    images.check_version(doc["amiType"], version)
    change["version"] = version
    change["releaseVersion"] = images.release(version, params.get("releaseVersion"))
    change["image"] = images.image_id(eks, cluster.scope, doc["amiType"], version)
    return change


def _new_template(
    eks: Eks, cluster: Cluster, nodegroup: Nodegroup, given: Doc | None
) -> templates.Template | None:
    if given is None:
        return None
    present = nodegroup.doc.get("launchTemplate")
    if present is None:
        # Only if created with one (user guide); the text was not found.
        raise invalid_request(
            "Nodegroup was not created with a launch template", clusterName=cluster.name
        )
    template = templates.read(eks, cluster.scope, given)
    if template.id != present["id"]:
        raise invalid_request(
            "Launch template of a nodegroup cannot be replaced by another", clusterName=cluster.name
        )
    return template


def _version_life(
    eks: Eks, cluster: Cluster, nodegroup: Nodegroup, update: Update, change: Doc, force: bool
) -> Life:
    what = nodegroup_life.what(cluster, nodegroup)
    before = copied(nodegroup.doc), nodegroup.image_id, list(nodegroup.instance_types)
    former_template = nodegroup.template_version
    _apply(eks, cluster, nodegroup, change)
    try:
        groups.new_template_version(eks, cluster, nodegroup, nodegroup_life.disk_gib(nodegroup))
        yield from nodegroup_roll.roll(eks, cluster, nodegroup, force)
        yield from eks.held(what)
        fault = eks.fault(what)
        if fault is not None:
            raise nodegroup_roll.RollError(fault.code("PodEvictionFailure"), fault.text, [])
    except (nodegroup_roll.RollError, AwsError) as error:
        doc, nodegroup.image_id, nodegroup.instance_types = before
        nodegroup.doc.update(doc)
        code = error.code if isinstance(error, nodegroup_roll.RollError) else "Unknown"
        ids = error.resource_ids if isinstance(error, nodegroup_roll.RollError) else []
        groups.use_template(eks, cluster, nodegroup, former_template)
        end_failed(nodegroup, update, code, error.message, ids)
        return
    end_well(nodegroup, update)


def _apply(eks: Eks, cluster: Cluster, nodegroup: Nodegroup, change: Doc) -> None:
    nodegroup.image_id = change["image"]
    nodegroup.doc.update({k: v for k, v in change.items() if k != "image"})
    if "launchTemplate" in change and nodegroup.doc.get("instanceTypes") is None:
        template = templates.read(
            eks,
            cluster.scope,
            {"id": change["launchTemplate"]["id"], "version": change["launchTemplate"]["version"]},
        )
        if template.instance_type:
            nodegroup.instance_types = [template.instance_type]
