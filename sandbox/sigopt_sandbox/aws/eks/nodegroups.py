"""Node groups: creation, description, listing, deletion. Their life is in nodegroup_life."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sigopt_sandbox.aws.eks import (
    images,
    instance_types,
    network,
    nodegroup_health,
    nodegroup_life,
    nodegroup_rules,
    quotas,
    roles,
    templates,
)
from sigopt_sandbox.aws.eks.errors import in_use, invalid_parameter, invalid_request
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import (
    Cluster,
    Doc,
    Nodegroup,
    Place,
    new_uuid,
    running_update,
    wall_clock,
)

DEFAULT_TYPE = "t3.medium"
DEFAULT_DISK_GIB = 20


@dataclass(frozen=True)
class Machine:
    """What the instances of a new group are made of."""

    types: list[str]
    ami_type: str
    version: str
    release: str
    image_id: str
    template: templates.Template | None


def create_nodegroup(eks: Eks, at: Place, params: Doc) -> Doc:
    """CreateNodegroup: only in an ACTIVE cluster; everything it can know at once, it refuses."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    name = params["nodegroupName"]
    if cluster.status != "ACTIVE":
        raise invalid_request(
            f"Cluster '{cluster.name}' is not in ACTIVE status", clusterName=cluster.name
        )
    existing = cluster.nodegroups.get(name)
    if existing is not None:
        return _again(eks, cluster, existing, params)
    nodegroup_rules.check_name(name)
    count = len(cluster.nodegroups) + 1
    quotas.check(eks, quotas.NODEGROUPS, count, "Node groups per cluster", clusterName=cluster.name)
    scaling = nodegroup_rules.new_scaling(eks, params.get("scalingConfig"))
    nodegroup_rules.check_labels(params.get("labels"))
    subnets = _subnets(eks, cluster, params["subnets"])
    machine = _machine(eks, cluster, params)
    instance_types.check_offered(eks, cluster.scope, machine.types, subnets)
    roles.check_node_role(eks, cluster.scope, params["nodeRole"])
    if params["nodeRole"] == cluster.doc["roleArn"]:
        # Documented: not the role of a cluster; the text was not found.
        raise invalid_parameter("The role of a cluster cannot be the role of its node groups")
    uuid = new_uuid()
    nodegroup = Nodegroup(
        doc=_document(cluster, params, scaling, machine, uuid),
        uuid=uuid,
        instance_types=machine.types,
        image_id=machine.image_id,
        client_token=params.get("clientRequestToken", ""),
        request=_comparable(params),
    )
    cluster.nodegroups[name] = nodegroup
    key = nodegroup_life.key(cluster, nodegroup)
    eks.scheduler.start(key, nodegroup_life.creation(eks, cluster, nodegroup))
    return {"nodegroup": view(eks, cluster, nodegroup)}


def _comparable(params: Doc) -> Doc:
    return {k: v for k, v in params.items() if k != "clientRequestToken"}


def _again(eks: Eks, cluster: Cluster, existing: Nodegroup, params: Doc) -> Doc:
    token = params.get("clientRequestToken")
    same = token == existing.client_token and _comparable(params) == existing.request
    if eks.switches.replay_answers_again and token and same:
        return {"nodegroup": view(eks, cluster, existing)}
    name = params["nodegroupName"]
    raise in_use(
        f"NodeGroup already exists with name {name} and cluster name {cluster.name}",
        clusterName=cluster.name,
        nodegroupName=name,
    )


def _subnets(eks: Eks, cluster: Cluster, ids: list[str]) -> list[network.Subnet]:
    if not ids:
        raise invalid_parameter("Subnet Id is required")
    found = network.subnets(eks, cluster.scope, ids)
    home = cluster.doc["resourcesVpcConfig"]["vpcId"]
    if any(subnet["VpcId"] != home for subnet in found):
        # Node group subnets need not be the cluster's, but are of its network; text not found.
        raise invalid_parameter("Subnets specified must be in the VPC of the cluster")
    return found


def _machine(eks: Eks, cluster: Cluster, params: Doc) -> Machine:
    given = params.get("launchTemplate")
    template = templates.read(eks, cluster.scope, given) if given else None
    if template is not None:
        templates.check(template, params)
    templates.check_tag_keys(template, offered=eks.switches.account_offers_instance_tags)
    types = _types(params, template)
    version = cluster.doc["version"]
    custom = template.data.get("ImageId") if template else None
    if custom:
        return Machine(types, "CUSTOM", version, custom, custom, template)
    if params.get("version") not in (None, version):
        # Create takes the cluster's version only (model, user guide); the text was seen on updates.
        raise invalid_parameter(
            f"Nodegroup Kubernetes version should be equal to Cluster kubernetes version {version}"
        )
    ami_type = params.get("amiType") or images.DEFAULT
    images.check_version(ami_type, version)
    found = instance_types.described(eks, cluster.scope, types)
    instance_types.check_image(found, ami_type)
    release = images.release(version, params.get("releaseVersion"))
    image = images.image_id(eks, cluster.scope, ami_type, version)
    return Machine(types, ami_type, version, release, image, template)


def _types(params: Doc, template: templates.Template | None) -> list[str]:
    asked = list(dict.fromkeys(params.get("instanceTypes") or []))
    if len(asked) > nodegroup_rules.MAX_INSTANCE_TYPES:
        raise invalid_parameter(
            f"At most {nodegroup_rules.MAX_INSTANCE_TYPES} instance types can be specified"
        )
    if template is not None and template.instance_type:
        return [template.instance_type]
    return asked or [DEFAULT_TYPE]


def _document(cluster: Cluster, params: Doc, scaling: Doc, machine: Machine, uuid: str) -> Doc:
    name, template, now = params["nodegroupName"], machine.template, wall_clock()
    from_template = template is not None and template.instance_type is not None
    doc: dict[str, Any] = {
        "nodegroupName": name,
        "nodegroupArn": cluster.scope.arn(f"nodegroup/{cluster.name}/{name}/{uuid}"),
        "clusterName": cluster.name,
        "version": machine.version,
        "releaseVersion": machine.release,
        "createdAt": now,
        "modifiedAt": now,
        "status": "CREATING",
        "capacityType": params.get("capacityType", "ON_DEMAND"),
        "scalingConfig": scaling,
        "instanceTypes": None if from_template else machine.types,
        "subnets": list(params["subnets"]),
        "remoteAccess": params.get("remoteAccess"),
        "amiType": machine.ami_type,
        "nodeRole": params["nodeRole"],
        "labels": dict(params.get("labels") or {}),
        "taints": nodegroup_rules.taints(params.get("taints")) or None,
        "resources": {},
        "diskSize": None if template else params.get("diskSize", DEFAULT_DISK_GIB),
        "health": {"issues": []},
        "updateConfig": nodegroup_rules.update_config(
            params.get("updateConfig"), scaling["maxSize"]
        ),
        "nodeRepairConfig": params.get("nodeRepairConfig"),
        "tags": dict(params.get("tags") or {}),
    }
    if template is not None:
        doc["launchTemplate"] = {
            "id": template.id,
            "name": template.name,
            "version": template.version,
        }
    return doc


def view(eks: Eks, cluster: Cluster, nodegroup: Nodegroup) -> Doc:
    """A node group as described now: desired size and health follow its auto scaling group."""
    nodegroup_health.refresh(eks, cluster, nodegroup)
    doc = cast("Doc", copied(nodegroup.doc))
    lag, since = eks.switches.updating_visible_after, nodegroup.updating_since
    if doc["status"] == "UPDATING" and since is not None and eks.clock.now() < since + lag:
        doc["status"] = "ACTIVE"
    return doc


def describe_nodegroup(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeNodegroup."""
    cluster, nodegroup = eks.nodegroup(at.scope, params)
    return {"nodegroup": view(eks, cluster, nodegroup)}


def list_nodegroups(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListNodegroups: names, those in every state included."""
    cluster = eks.cluster(at.scope, params["clusterName"])
    return page(sorted(cluster.nodegroups), params, member="nodegroups")


def delete_nodegroup(eks: Eks, at: Place, params: Doc) -> Doc:
    """DeleteNodegroup: in every state, unless the switch refuses CREATING and UPDATING."""
    cluster, nodegroup = eks.nodegroup(at.scope, params)
    status, name = nodegroup.doc["status"], nodegroup.doc["nodegroupName"]
    if status in ("CREATING", "UPDATING") and not eks.switches.nodegroup_delete_always:
        # Verbatim not found; worded after the refusal of updates.
        raise in_use(
            f"Nodegroup cannot be deleted as it is currently in {status} State",
            clusterName=cluster.name,
            nodegroupName=name,
        )
    if status != "DELETING":
        update = running_update(nodegroup.updates)
        if update is not None:
            update.doc["status"] = "Cancelled"
        nodegroup.doc["status"] = "DELETING"
        key = nodegroup_life.key(cluster, nodegroup)
        eks.scheduler.start(key, nodegroup_life.deletion(eks, cluster, nodegroup))
    return {"nodegroup": view(eks, cluster, nodegroup)}
