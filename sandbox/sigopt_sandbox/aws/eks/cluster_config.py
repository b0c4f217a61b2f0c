"""UpdateClusterConfig: one kind of change a call, each with its own rules and its own update."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sigopt_sandbox.aws.eks import cluster_updates, clusters, durations, network, quotas, updates
from sigopt_sandbox.aws.eks.errors import invalid_parameter, invalid_request, not_simulated
from sigopt_sandbox.aws.eks.scheduler import Life
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Place, Update

MODES = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
_ENDPOINT = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
_NETWORK = ("subnetIds", "securityGroupIds")


@dataclass(frozen=True)
class Change:
    """A checked change: the update's type and parameters, how long it takes, what it does."""

    kind: str
    params: list[tuple[str, str]]
    seconds: float
    apply: Callable[[], None]


def update_cluster_config(eks: Eks, at: Place, params: Doc) -> Doc:
    """UpdateClusterConfig."""
    cluster = eks.cluster(at.scope, params["name"])
    again = cluster_updates.replayed(eks, cluster, params)
    if again is not None:
        return updates.answer(again)
    given = {k: v for k, v in params.items() if k not in ("name", "clientRequestToken")}
    kind, read = _chosen(given)
    cluster_updates.check_updatable(eks, cluster, kind)
    change = read(eks, cluster, given)
    update = updates.new_update(change.kind, change.params)
    life = _life(eks, cluster, update, change)
    return cluster_updates.begin(eks, cluster, params, update, life)


def _life(eks: Eks, cluster: Cluster, update: Update, change: Change) -> Life:
    yield change.seconds
    yield from cluster_updates.finish(eks, cluster, update)
    if update.doc["status"] == "Successful":
        change.apply()


Reader = Callable[[Eks, Cluster, Doc], Change]


def _chosen(given: Doc) -> tuple[str, Reader]:
    if not given:
        raise invalid_parameter("The type for cluster update was not provided.")
    if len(given) > 1 and not set(given) <= set(_AUTO_MODE):
        raise invalid_parameter("Only one type of update can be allowed.")
    member = next(iter(given))
    if member in _AUTO_MODE:
        raise not_simulated("UpdateClusterConfig for EKS Auto Mode")
    if member == "resourcesVpcConfig":
        config = given[member]
        endpoint = any(name in config for name in _ENDPOINT)
        if endpoint and any(name in config for name in _NETWORK):
            # Terraform never mixes them; that EKS refuses is assumed, in its own words.
            raise invalid_parameter("Only one type of update can be allowed.")
        if endpoint:
            return "EndpointAccessUpdate", _endpoint
        return "VpcConfigUpdate", _network
    if member not in _READERS:
        raise not_simulated(f"UpdateClusterConfig with {member}")
    return _READERS[member]


def _endpoint(eks: Eks, cluster: Cluster, given: Doc) -> Change:
    config, present = given["resourcesVpcConfig"], cluster.doc["resourcesVpcConfig"]
    wanted = {m: config.get(m, present[m]) for m in _ENDPOINT}
    public, private = wanted["endpointPublicAccess"], wanted["endpointPrivateAccess"]
    if not public and not private:
        # Verbatim not found.
        raise invalid_parameter("Private and public endpoint access cannot be false")
    if public and not wanted["publicAccessCidrs"]:
        wanted["publicAccessCidrs"] = ["0.0.0.0/0"]
    clusters.check_cidrs(eks, wanted["publicAccessCidrs"])
    if all(wanted[m] == present[m] for m in _ENDPOINT):
        raise invalid_parameter(
            "Cluster is already at the desired configuration with endpointPrivateAccess: "
            f"{_word(private)} , endpointPublicAccess: {_word(public)}, and Public Endpoint "
            f"Restrictions: [{', '.join(wanted['publicAccessCidrs'])}]",
            clusterName=cluster.name,
        )
    params = [
        ("EndpointPublicAccess", _word(public)),
        ("EndpointPrivateAccess", _word(private)),
        ("PublicAccessCidrs", json.dumps(wanted["publicAccessCidrs"])),
    ]
    seconds = durations.UPDATE_CLUSTER_CONFIG
    return Change("EndpointAccessUpdate", params, seconds, lambda: present.update(wanted))


def _word(value: bool) -> str:
    return "true" if value else "false"


def _network(eks: Eks, cluster: Cluster, given: Doc) -> Change:
    config, present = given["resourcesVpcConfig"], cluster.doc["resourcesVpcConfig"]
    wanted = {m: list(config[m]) for m in _NETWORK if m in config}
    if not wanted:
        raise invalid_parameter("The type for cluster update was not provided.")
    if "subnetIds" in wanted:
        network.cluster_subnets(eks, cluster.scope, wanted["subnetIds"])
    groups = wanted.get("securityGroupIds", [])
    quotas.check(eks, quotas.SECURITY_GROUPS, len(groups), "Control plane security groups")
    network.check_security_groups(eks, cluster.scope, groups)
    names = {"subnetIds": "SubnetIds", "securityGroupIds": "SecurityGroupIds"}
    params = [(names[member], json.dumps(value)) for member, value in wanted.items()]
    seconds = durations.UPDATE_CLUSTER_CONFIG
    return Change("VpcConfigUpdate", params, seconds, lambda: present.update(wanted))


def _logging(eks: Eks, cluster: Cluster, given: Doc) -> Change:
    del eks
    wanted = dict.fromkeys(clusters.LOG_TYPES, False)
    for setups in (cluster.doc["logging"], given["logging"]):
        for setup in setups.get("clusterLogging") or []:
            wanted.update(dict.fromkeys(setup.get("types") or [], bool(setup.get("enabled"))))
    on = [kind for kind, enabled in wanted.items() if enabled]
    document = clusters.logging_document({"clusterLogging": [{"types": on, "enabled": True}]})
    if document == cluster.doc["logging"]:
        raise invalid_parameter(
            "No changes needed for the logging config provided", clusterName=cluster.name
        )
    params = [("ClusterLogging", json.dumps(given["logging"]))]
    seconds = durations.UPDATE_CLUSTER_CONFIG
    return Change("LoggingUpdate", params, seconds, _setter(cluster, "logging", document))


def _setter(cluster: Cluster, member: str, value: object) -> Callable[[], None]:
    def apply() -> None:
        cluster.doc[member] = value

    return apply


def _access(eks: Eks, cluster: Cluster, given: Doc) -> Change:
    del eks
    config = cluster.doc["accessConfig"]
    present, wanted = config["authenticationMode"], given["accessConfig"].get("authenticationMode")
    if wanted is None:
        raise invalid_parameter("The type for cluster update was not provided.")
    if MODES.index(wanted) - MODES.index(present) != 1:
        raise invalid_parameter(
            f"Unsupported authentication mode update from {present} to {wanted}",
            clusterName=cluster.name,
        )
    params = [("AuthenticationMode", wanted)]
    seconds = durations.UPDATE_CLUSTER_CONFIG
    change = {"authenticationMode": wanted}
    return Change("AccessConfigUpdate", params, seconds, lambda: config.update(change))


def _policy(eks: Eks, cluster: Cluster, given: Doc) -> Change:
    del eks
    wanted = copied(given["upgradePolicy"])
    params = [("UpgradePolicy", json.dumps(wanted))]
    seconds = durations.UPDATE_CLUSTER_SETTING
    return Change("UpgradePolicyUpdate", params, seconds, _setter(cluster, "upgradePolicy", wanted))


def _protection(eks: Eks, cluster: Cluster, given: Doc) -> Change:
    del eks
    wanted = bool(given["deletionProtection"])
    if wanted == cluster.doc["deletionProtection"]:
        # Verbatim not found.
        raise invalid_request(
            "No changes needed for the deletion protection config provided",
            clusterName=cluster.name,
        )
    params = [("DeletionProtection", _word(wanted))]
    seconds = durations.UPDATE_CLUSTER_SETTING
    apply = _setter(cluster, "deletionProtection", wanted)
    return Change("DeletionProtectionUpdate", params, seconds, apply)


def _plain(kind: str, member: str) -> Reader:
    """A change that only replaces one member of the description."""

    def read(eks: Eks, cluster: Cluster, given: Doc) -> Change:
        del eks
        wanted = copied(given[member])
        if wanted == cluster.doc.get(member):
            # Seen for remoteNetworkConfig (eksctl's tests).
            raise invalid_parameter(f"No changes detected for {member}", clusterName=cluster.name)
        name = member[0].upper() + member[1:]
        seconds = durations.UPDATE_CLUSTER_CONFIG
        apply = _setter(cluster, member, wanted)
        return Change(kind, [(name, json.dumps(wanted))], seconds, apply)

    return read


_AUTO_MODE = ("computeConfig", "kubernetesNetworkConfig", "storageConfig")
_READERS: dict[str, tuple[str, Reader]] = {
    "logging": ("LoggingUpdate", _logging),
    "accessConfig": ("AccessConfigUpdate", _access),
    "upgradePolicy": ("UpgradePolicyUpdate", _policy),
    "deletionProtection": ("DeletionProtectionUpdate", _protection),
    "zonalShiftConfig": (
        "ZonalShiftConfigUpdate",
        _plain("ZonalShiftConfigUpdate", "zonalShiftConfig"),
    ),
    "remoteNetworkConfig": (
        "RemoteNetworkConfigUpdate",
        _plain("RemoteNetworkConfigUpdate", "remoteNetworkConfig"),
    ),
    "controlPlaneScalingConfig": (
        "ControlPlaneScalingConfigUpdate",
        _plain("ControlPlaneScalingConfigUpdate", "controlPlaneScalingConfig"),
    ),
}
