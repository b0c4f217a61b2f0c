"""Add-ons: which version, which configuration, what happens without nodes."""

from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws, until
from tests.sandbox.eks_world import Refusal, World, make_role, make_world, refusal

PARAMETER = "InvalidParameterException"


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


@pytest.fixture(scope="module")
def cluster(world: World) -> str:
    """A cluster without nodes."""
    return world.active_cluster(bootstrapSelfManagedAddons=False)


def _addon(world: World, cluster: str, name: str) -> dict[str, Any]:
    return dict(world.eks.describe_addon(clusterName=cluster, addonName=name)["addon"])


def _await(world: World, cluster: str, name: str, status: str = "ACTIVE") -> dict[str, Any]:
    until(lambda: _addon(world, cluster, name)["status"] == status, f"{name} {status}")
    return _addon(world, cluster, name)


def _await_gone(world: World, cluster: str, name: str) -> None:
    until(lambda: name not in world.eks.list_addons(clusterName=cluster)["addons"], f"{name} gone")


def test_an_addon_without_a_version_gets_the_default_of_the_clusters_version(
    world: World, cluster: str
) -> None:
    made = world.eks.create_addon(clusterName=cluster, addonName="kube-proxy")["addon"]
    offered = world.eks.describe_addon_versions(kubernetesVersion="1.34", addonName="kube-proxy")
    defaults = [
        v["addonVersion"]
        for v in offered["addons"][0]["addonVersions"]
        if any(c["clusterVersion"] == "1.34" and c["defaultVersion"] for c in v["compatibilities"])
    ]
    assert [made["addonVersion"]] == defaults
    assert (made["status"], made["owner"], made["publisher"]) == ("CREATING", "aws", "eks")
    _await(world, cluster, "kube-proxy")
    again = refusal(world.eks.create_addon, clusterName=cluster, addonName="kube-proxy")
    assert again == Refusal("ResourceInUseException", "Addon already exists.", 409)


def test_vpc_cni_completes_without_nodes_and_coredns_waits_degraded(world: World) -> None:
    cluster = world.active_cluster(bootstrapSelfManagedAddons=False)
    for name in ("vpc-cni", "coredns"):
        world.eks.create_addon(clusterName=cluster, addonName=name)
    _await(world, cluster, "vpc-cni")
    degraded = _await(world, cluster, "coredns", "DEGRADED")
    assert degraded["health"]["issues"] == [
        {
            "code": "InsufficientNumberOfReplicas",
            "message": "The add-on is unhealthy because it doesn't have the desired number of "
            "replicas.",
            "resourceIds": [],
        }
    ]
    size = {"minSize": 0, "maxSize": 1, "desiredSize": 1}
    world.active_nodegroup(cluster, scalingConfig=size)
    assert _await(world, cluster, "coredns")["health"]["issues"] == []


def test_coredns_with_nodes_is_active_without_a_detour(world: World) -> None:
    cluster = world.active_cluster()
    size = {"minSize": 0, "maxSize": 1, "desiredSize": 1}
    world.active_nodegroup(cluster, scalingConfig=size)
    world.eks.create_addon(clusterName=cluster, addonName="coredns")
    seen: list[str] = []

    def active() -> bool:
        seen.append(_addon(world, cluster, "coredns")["status"])
        return seen[-1] == "ACTIVE"

    until(active, "coredns ACTIVE")
    assert set(seen) <= {"CREATING", "ACTIVE"}


REFUSED = [
    pytest.param(
        {"addonName": "no-such-addon"},
        "Addon specified is not supported",
        id="an unknown name",
    ),
    pytest.param(
        {"addonName": "metrics-server", "addonVersion": "v0.0.1-eksbuild.1"},
        "Addon version specified is not supported",
        id="an unknown version",
    ),
    pytest.param(
        {"addonName": "metrics-server", "configurationValues": '{"podAnnotation": {}}'},
        "ConfigurationValue provided in request is not supported: Json schema validation failed "
        "with error: [$.podAnnotation: is not defined in the schema and the schema does not allow "
        "additional properties]",
        id="a setting that the schema does not know",
    ),
    pytest.param(
        {"addonName": "metrics-server", "configurationValues": "null"},
        "ConfigurationValue provided in request is not supported: Json schema validation failed "
        "with error: [$: null found, object expected]",
        id="null for a configuration",
    ),
]


@pytest.mark.parametrize(("request_", "message"), REFUSED)
def test_what_does_not_fit_is_refused(
    world: World, cluster: str, request_: dict[str, Any], message: str
) -> None:
    refused = refusal(world.eks.create_addon, clusterName=cluster, **request_)
    assert refused == Refusal(PARAMETER, message, 400)


def test_the_schema_of_a_configuration_is_told(world: World) -> None:
    versions = world.eks.describe_addon_versions(addonName="vpc-cni")["addons"][0]["addonVersions"]
    answer = world.eks.describe_addon_configuration(
        addonName="vpc-cni", addonVersion=versions[0]["addonVersion"]
    )
    assert '"ENABLE_PREFIX_DELEGATION"' in answer["configurationSchema"]
    assert answer["podIdentityConfiguration"][0]["serviceAccount"] == "aws-node"


def test_an_update_is_found_with_the_addons_name_only_and_values_come_back_verbatim(
    world: World, cluster: str
) -> None:
    name = {"clusterName": cluster, "addonName": "eks-pod-identity-agent"}
    with world.aws.frozen(f"addon/{cluster}/eks-pod-identity-agent"):
        world.eks.create_addon(**name)
        assert refusal(world.eks.update_addon, **name) == Refusal(
            "ResourceInUseException",
            "Addon eks-pod-identity-agent cannot be updated as it is currently in CREATING state",
            409,
        )
    _await(world, cluster, "eks-pod-identity-agent")
    values = "agent:\n  additionalArgs: {}\n"
    update = world.eks.update_addon(**name, configurationValues=values)["update"]
    assert update["type"] == "AddonUpdate"
    hidden = refusal(world.eks.describe_update, name=cluster, updateId=update["id"])
    assert hidden.message == f"No update found for ID: {update['id']}"
    ended = world.await_update(cluster, update["id"], addonName="eks-pod-identity-agent")
    assert ended["status"] == "Successful"
    described = _addon(world, cluster, "eks-pod-identity-agent")
    assert (described["configurationValues"], described["status"]) == (values, "ACTIVE")


def test_a_failed_creation_can_be_tried_again(world: World, cluster: str) -> None:
    lines = "Deployment.apps adot - .spec.template"
    text = f"Conflicts found when trying to apply. Conflicts:\n{lines}"
    how = f"CREATE_FAILED:ConfigurationConflict: {text}"
    world.aws.admin("POST", "fail", {"what": f"addon/{cluster}/aws-guardduty-agent", "how": how})
    name = {"clusterName": cluster, "addonName": "aws-guardduty-agent"}
    world.eks.create_addon(**name)
    failed = _await(world, cluster, "aws-guardduty-agent", "CREATE_FAILED")
    issue = failed["health"]["issues"][0]
    assert (issue["code"], issue["message"]) == ("ConfigurationConflict", text)
    world.eks.create_addon(**name)
    _await(world, cluster, "aws-guardduty-agent")


def test_an_addon_brings_and_takes_its_pod_identity_associations(
    world: World, cluster: str
) -> None:
    role = make_role(world.aws, "pods.eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession")
    name = {"clusterName": cluster, "addonName": "aws-mountpoint-s3-csi-driver"}
    association = {"serviceAccount": "s3-csi-driver-sa", "roleArn": role}
    made = world.eks.create_addon(**name, podIdentityAssociations=[association])["addon"]
    listed = world.eks.list_pod_identity_associations(clusterName=cluster)["associations"]
    owned = [a for a in listed if a.get("ownerArn") == made["addonArn"]]
    assert [a["associationArn"] for a in owned] == made["podIdentityAssociations"]
    _await(world, cluster, "aws-mountpoint-s3-csi-driver")
    assert world.eks.delete_addon(**name)["addon"]["status"] == "DELETING"
    _await_gone(world, cluster, "aws-mountpoint-s3-csi-driver")
    listed = world.eks.list_pod_identity_associations(clusterName=cluster)["associations"]
    assert not [a for a in listed if a.get("ownerArn") == made["addonArn"]]


def test_a_preserved_addon_goes_on_working_unmanaged(world: World) -> None:
    cluster = world.active_cluster(bootstrapSelfManagedAddons=False)
    name = {"clusterName": cluster, "addonName": "vpc-cni"}
    world.eks.create_addon(**name)
    _await(world, cluster, "vpc-cni")
    world.eks.delete_addon(**name, preserve=True)
    _await_gone(world, cluster, "vpc-cni")
    assert [a["name"] for a in world.listed(cluster)["addons"]] == ["vpc-cni"]
    missing = refusal(world.eks.describe_addon, **name)
    assert missing.message == f"No addon: vpc-cni found in cluster: {cluster}"


def test_a_cluster_made_by_api_has_three_addons_that_are_not_listed(world: World) -> None:
    cluster = world.active_cluster()
    assert world.eks.list_addons(clusterName=cluster)["addons"] == []
    names = [a["name"] for a in world.listed(cluster)["addons"]]
    assert names == ["coredns", "kube-proxy", "vpc-cni"]


def test_addons_are_refused_before_the_cluster_is_active_as_the_switch_says(world: World) -> None:
    name = world.cluster_request("later-" + world.network.vpc[-8:])
    with world.aws.frozen(f"cluster/{name['name']}"):
        world.eks.create_cluster(**name)
        early = {"clusterName": name["name"], "addonName": "vpc-cni"}
        assert refusal(world.eks.create_addon, **early).code == "InvalidRequestException"
        with world.aws.switched(addon_needs_active_cluster=False):
            assert world.eks.create_addon(**early)["addon"]["status"] == "CREATING"
