"""Clusters: creation, description, listing, deletion. Their life over time is in cluster_life."""

from __future__ import annotations

import ipaddress
from typing import Any

from sigopt_sandbox.aws.eks import access, cluster_life, network, quotas, roles, versions
from sigopt_sandbox.aws.eks.errors import in_use, invalid_parameter, invalid_request, not_simulated
from sigopt_sandbox.aws.eks.pages import page
from sigopt_sandbox.aws.eks.service import Eks, copied
from sigopt_sandbox.aws.eks.store import Cluster, Doc, Place, Scope, hex_id, wall_clock

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
# What a cluster made by API begins with (user guide, eks-add-ons), unless told otherwise.
SELF_MANAGED = ("vpc-cni", "kube-proxy", "coredns")


def create_cluster(eks: Eks, at: Place, params: Doc) -> Doc:
    """CreateCluster: checked at once, CREATING in the answer, ACTIVE later."""
    name = params["name"]
    existing = eks.world.get(at.scope, name)
    if existing is not None:
        if _is_replay(eks, existing, params):
            return {"cluster": view(eks, existing)}
        raise in_use(f"Cluster already exists with name: {name}", clusterName=name)
    _check_name_free(eks, at.scope, name)
    _check_token(eks, params)
    _check_unsupported(params)
    config = _access_config(params)
    version = versions.offered(params.get("version") or versions.default_version().version)
    roles.check_cluster_role(eks, at.scope, params["roleArn"])
    vpc_config = _vpc_config(eks, at.scope, params["resourcesVpcConfig"])
    _check_encryption(params.get("encryptionConfig"))
    count = sum(1 for _ in eks.world.within(at.scope))
    quotas.check(eks, quotas.CLUSTERS, count + 1, "Clusters per region", clusterName=name)
    doc = _document(at.scope, params, version, vpc_config, config)
    cluster = Cluster(
        scope=at.scope,
        doc=doc,
        creator=at.caller,
        endpoint_id=hex_id(32),
        self_managed=set(SELF_MANAGED) if params.get("bootstrapSelfManagedAddons", True) else set(),
        client_token=params.get("clientRequestToken", ""),
        request={k: v for k, v in params.items() if k != "clientRequestToken"},
    )
    eks.world.add(cluster)
    if config["bootstrapClusterCreatorAdminPermissions"]:
        access.bootstrap(eks, cluster)
    eks.scheduler.start(cluster.key, cluster_life.creation(eks, cluster))
    return {"cluster": view(eks, cluster)}


def _is_replay(eks: Eks, existing: Cluster, params: Doc) -> bool:
    token = params.get("clientRequestToken")
    same = {k: v for k, v in params.items() if k != "clientRequestToken"} == existing.request
    return bool(
        eks.switches.replay_answers_again and token and token == existing.client_token and same
    )


def _check_name_free(eks: Eks, scope: Scope, name: str) -> None:
    until = eks.world.reserved.get((scope, name), 0.0)
    if eks.clock.now() < until:
        raise in_use(f"Cluster already exists with name: {name}", clusterName=name)


def _check_token(eks: Eks, params: Doc) -> None:
    token = params.get("clientRequestToken")
    if token and eks.switches.client_token_length_checked and not 33 <= len(token) <= 126:
        # The limits were observed by users (ansible community.aws 817); the text was not found.
        raise invalid_parameter("clientRequestToken must have between 33 and 126 characters")


def _check_unsupported(params: Doc) -> None:
    if params.get("outpostConfig"):
        raise not_simulated("CreateCluster with outpostConfig (local clusters)")
    auto = [
        (params.get("computeConfig") or {}).get("enabled"),
        (params.get("storageConfig") or {}).get("blockStorage", {}).get("enabled"),
        (params.get("kubernetesNetworkConfig") or {})
        .get("elasticLoadBalancing", {})
        .get("enabled"),
    ]
    if any(auto) and not all(auto):
        raise invalid_parameter(
            "For EKS Auto Mode, please ensure that all required configs, including computeConfig, "
            "kubernetesNetworkConfig, and blockStorage are all either fully enabled or fully "
            "disabled."
        )
    if all(auto):
        raise not_simulated("CreateCluster with EKS Auto Mode")


def _access_config(params: Doc) -> Doc:
    given = params.get("accessConfig") or {}
    mode = given.get("authenticationMode", "CONFIG_MAP")
    bootstrap = given.get("bootstrapClusterCreatorAdminPermissions", True)
    if mode == "CONFIG_MAP" and not bootstrap:
        raise invalid_parameter(
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode "
            "is set to CONFIG_MAP"
        )
    return {"authenticationMode": mode, "bootstrapClusterCreatorAdminPermissions": bootstrap}


def _check_encryption(config: list[Doc] | None) -> None:
    for entry in config or []:
        if not (entry.get("provider") or {}).get("keyArn"):
            raise invalid_parameter("KeyArn is required")


def check_cidrs(eks: Eks, cidrs: list[str]) -> None:
    """Public access CIDRs are IPv4 networks, at most as many as the quota says."""
    quotas.check(eks, quotas.PUBLIC_CIDRS, len(cidrs), "Public endpoint access CIDR ranges")
    for cidr in cidrs:
        try:
            ipaddress.ip_network(cidr)
        except ValueError as error:
            # Verbatim not found.
            raise invalid_parameter(f"The following CIDRs are invalid: [{cidr}]") from error


def _vpc_config(eks: Eks, scope: Scope, given: Doc) -> Doc:
    found = network.cluster_subnets(eks, scope, given.get("subnetIds") or [])
    groups = given.get("securityGroupIds") or []
    quotas.check(eks, quotas.SECURITY_GROUPS, len(groups), "Control plane security groups")
    network.check_security_groups(eks, scope, groups)
    public = given.get("endpointPublicAccess", True)
    private = given.get("endpointPrivateAccess", False)
    if not public and not private:
        # Verbatim not found.
        raise invalid_parameter("Private and public endpoint access cannot be false")
    cidrs = given.get("publicAccessCidrs") or ["0.0.0.0/0"]
    check_cidrs(eks, cidrs)
    return {
        "subnetIds": list(given["subnetIds"]),
        "securityGroupIds": list(groups),
        "clusterSecurityGroupId": None,
        "vpcId": found[0]["VpcId"],
        "endpointPublicAccess": public,
        "endpointPrivateAccess": private,
        "publicAccessCidrs": cidrs if public else [],
    }


def logging_document(given: Doc | None) -> Doc:
    """All five log types, those asked for first; types not named stay off."""
    wanted: dict[str, bool] = {}
    for entry in (given or {}).get("clusterLogging") or []:
        for kind in entry.get("types") or []:
            wanted[kind] = bool(entry.get("enabled"))
    on = [kind for kind in LOG_TYPES if wanted.get(kind)]
    off = [kind for kind in LOG_TYPES if kind not in on]
    setups = [(on, True), (off, False)]
    return {"clusterLogging": [{"types": t, "enabled": e} for t, e in setups if t]}


def _document(
    scope: Scope, params: Doc, version: versions.Version, vpc_config: Doc, config: Doc
) -> Doc:
    network_config = params.get("kubernetesNetworkConfig") or {}
    support = (params.get("upgradePolicy") or {}).get("supportType", "EXTENDED")
    doc: dict[str, Any] = {
        "name": params["name"],
        "arn": scope.arn(f"cluster/{params['name']}"),
        "createdAt": wall_clock(),
        "version": version.version,
        "endpoint": None,
        "roleArn": params["roleArn"],
        "resourcesVpcConfig": vpc_config,
        "kubernetesNetworkConfig": {
            "serviceIpv4Cidr": network_config.get("serviceIpv4Cidr", "10.100.0.0/16"),
            "ipFamily": network_config.get("ipFamily", "ipv4"),
            "elasticLoadBalancing": {"enabled": False},
        },
        "logging": logging_document(params.get("logging")),
        "identity": None,
        "status": "CREATING",
        "certificateAuthority": {},
        "clientRequestToken": params.get("clientRequestToken"),
        "platformVersion": version.platform,
        "tags": dict(params.get("tags") or {}),
        "health": {"issues": []},
        "accessConfig": config,
        "upgradePolicy": {"supportType": support},
        "deletionProtection": params.get("deletionProtection", False),
        "computeConfig": {"enabled": False},
        "storageConfig": {"blockStorage": {"enabled": False}},
        "controlPlaneScalingConfig": params.get("controlPlaneScalingConfig")
        or {"tier": "standard"},
    }
    for member in ("encryptionConfig", "zonalShiftConfig", "remoteNetworkConfig"):
        if params.get(member):
            doc[member] = copied(params[member])
    return doc


def view(eks: Eks, cluster: Cluster) -> Doc:
    """A cluster as DescribeCluster answers it now."""
    doc: Doc = copied(cluster.doc)
    if not eks.switches.bootstrap_flag_shown:
        del doc["accessConfig"]["bootstrapClusterCreatorAdminPermissions"]
    lag = eks.switches.updating_visible_after
    since = cluster.updating_since
    if doc["status"] == "UPDATING" and since is not None and eks.clock.now() < since + lag:
        doc["status"] = "ACTIVE"
    return doc


def describe_cluster(eks: Eks, at: Place, params: Doc) -> Doc:
    """DescribeCluster."""
    return {"cluster": view(eks, eks.cluster(at.scope, params["name"]))}


def list_clusters(eks: Eks, at: Place, params: Doc) -> Doc:
    """ListClusters: names, those in every state included."""
    names = [cluster.name for cluster in eks.world.within(at.scope)]
    return page(names, params, member="clusters")


def delete_cluster(eks: Eks, at: Place, params: Doc) -> Doc:
    """DeleteCluster: accepted in CREATING and FAILED too; node groups and updates are obstacles."""
    cluster = eks.cluster(at.scope, params["name"])
    name = cluster.name
    if cluster.nodegroups:
        raise in_use(
            "Cluster has nodegroups attached",
            clusterName=name,
            nodegroupName=next(iter(cluster.nodegroups)),
        )
    if cluster.running_update() is not None or cluster.patched_by_aws:
        raise in_use(
            f"Cannot delete because cluster {name} currently has an update in progress",
            clusterName=name,
        )
    if cluster.status in ("ACTIVE", "UPDATING") and cluster.doc["deletionProtection"]:
        # Refused with InvalidRequest (documented); the text was not found.
        raise invalid_request(
            f"Cannot delete cluster {name} because deletion protection is enabled", clusterName=name
        )
    if cluster.status != "DELETING" or not eks.scheduler.running(cluster.key):
        cluster.doc["status"] = "DELETING"
        eks.scheduler.cancel_below(f"{cluster.key}/")
        eks.scheduler.start(cluster.key, cluster_life.deletion(eks, cluster))
    return {"cluster": view(eks, cluster)}
