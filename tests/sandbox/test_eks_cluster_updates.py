"""Updates of a control plane: one at a time, one kind a call, one minor a step."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from tests.sandbox.aws_fixtures import Aws
from tests.sandbox.eks_world import Refusal, World, make_world, refusal

API_LOGS = {"clusterLogging": [{"types": ["api"], "enabled": True}]}


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


@pytest.fixture(scope="module")
def name(world: World) -> str:
    """An ACTIVE cluster; every test leaves it ACTIVE, with no update running."""
    return world.active_cluster(version="1.33")


@pytest.fixture
def held(world: World, name: str) -> Iterator[None]:
    """Updates of the cluster do not end while the test runs."""
    with world.aws.frozen(f"update/{name}"):
        yield
    for update in world.eks.list_updates(name=name)["updateIds"]:
        world.await_update(name, update)


@pytest.mark.usefixtures("held")
def test_one_update_at_a_time_and_the_refusal_names_it(world: World, name: str) -> None:
    endpoint = {"endpointPrivateAccess": True}
    update = world.eks.update_cluster_config(name=name, resourcesVpcConfig=endpoint)["update"]
    assert (update["type"], update["status"]) == ("EndpointAccessUpdate", "InProgress")
    assert {"type": "EndpointPrivateAccess", "value": "true"} in update["params"]
    assert world.cluster(name)["status"] == "UPDATING"
    text = f"because cluster {name} currently has update {update['id']} in progress"
    eks = world.eks
    for kind, call, params in (
        ("VersionUpdate", eks.update_cluster_version, {"version": "1.34"}),
        ("LoggingUpdate", eks.update_cluster_config, {"logging": API_LOGS}),
    ):
        assert refusal(call, name=name, **params) == Refusal(
            "ResourceInUseException", f"Cannot {kind} {text}", 409
        )
    assert refusal(eks.delete_cluster, name=name).message == (
        f"Cannot delete because cluster {name} currently has an update in progress"
    )
    group = world.nodegroup_request(name, "too-early")
    assert refusal(eks.create_nodegroup, **group) == Refusal(
        "InvalidRequestException", f"Cluster '{name}' is not in ACTIVE status", 400
    )


def test_a_version_update_takes_its_time_and_then_the_version_is_new(world: World) -> None:
    name = world.active_cluster(version="1.33")
    with world.aws.frozen(f"update/{name}"):
        update = world.eks.update_cluster_version(name=name, version="1.34")["update"]
        assert world.cluster(name)["version"] == "1.33"
    ended = world.await_update(name, update["id"])
    assert (ended["type"], ended["status"], ended["errors"]) == ("VersionUpdate", "Successful", [])
    described = world.cluster(name)
    assert (described["version"], described["status"]) == ("1.34", "ACTIVE")
    back = world.eks.update_cluster_version(name=name, version="1.33")["update"]
    assert back["type"] == "VersionRollback"
    world.await_update(name, back["id"])
    assert world.cluster(name)["version"] == "1.33"


@pytest.mark.parametrize("wanted", ["1.35", "1.32", "1.33"])
def test_versions_move_one_minor_up(world: World, name: str, wanted: str) -> None:
    text = f"Unsupported Kubernetes minor version update from 1.33 to {wanted}"
    expected = Refusal("InvalidParameterException", text, 400)
    assert refusal(world.eks.update_cluster_version, name=name, version=wanted) == expected


def test_a_failed_update_leaves_the_old_version_and_an_active_cluster(world: World) -> None:
    name = world.active_cluster(version="1.33")
    how = "Failed:IpNotAvailable: no free addresses"
    world.aws.admin("POST", "fail", {"what": f"update/{name}", "how": how})
    update = world.eks.update_cluster_version(name=name, version="1.34")["update"]
    ended = world.await_update(name, update["id"])
    assert ended["status"] == "Failed"
    assert ended["errors"] == [
        {"errorCode": "IpNotAvailable", "errorMessage": "no free addresses", "resourceIds": []}
    ]
    described = world.cluster(name)
    assert (described["version"], described["status"]) == ("1.33", "ACTIVE")


def test_the_same_token_gets_the_same_update(world: World, name: str) -> None:
    policy = {"supportType": "STANDARD"}
    request: dict[str, Any] = {"name": name, "upgradePolicy": policy}
    request["clientRequestToken"] = str(uuid.uuid4())
    first = world.eks.update_cluster_config(**request)["update"]["id"]
    assert world.eks.update_cluster_config(**request)["update"]["id"] == first
    world.await_update(name, first)
    assert world.cluster(name)["upgradePolicy"] == policy


REFUSED = [
    pytest.param({}, "The type for cluster update was not provided.", id="nothing asked"),
    pytest.param(
        {"logging": API_LOGS, "deletionProtection": True},
        "Only one type of update can be allowed.",
        id="two kinds at once",
    ),
    pytest.param(
        {"logging": {"clusterLogging": [{"types": ["audit"], "enabled": False}]}},
        "No changes needed for the logging config provided",
        id="logging as it is",
    ),
    pytest.param(
        {"accessConfig": {"authenticationMode": "CONFIG_MAP"}},
        "Unsupported authentication mode update from API to CONFIG_MAP",
        id="a way back in authentication",
    ),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_what_changes_nothing_or_too_much_is_refused(
    world: World, name: str, change: dict[str, Any], message: str
) -> None:
    refused = refusal(world.eks.update_cluster_config, name=name, **change)
    assert refused == Refusal("InvalidParameterException", message, 400)


def test_endpoint_access_as_it_is_is_refused_with_all_of_it(world: World) -> None:
    name = world.active_cluster()
    config = {"endpointPublicAccess": True, "endpointPrivateAccess": False}
    refused = refusal(world.eks.update_cluster_config, name=name, resourcesVpcConfig=config)
    assert refused.message == (
        "Cluster is already at the desired configuration with endpointPrivateAccess: false , "
        "endpointPublicAccess: true, and Public Endpoint Restrictions: [0.0.0.0/0]"
    )


def test_logging_adds_to_what_is_on(world: World, name: str) -> None:
    update = world.eks.update_cluster_config(name=name, logging=API_LOGS)["update"]
    assert update["type"] == "LoggingUpdate"
    world.await_update(name, update["id"])
    on = world.cluster(name)["logging"]["clusterLogging"][0]
    assert on == {"types": ["api"], "enabled": True}


def test_subnets_and_security_groups_change_together(world: World) -> None:
    name = world.active_cluster()
    subnets = list(world.network.subnets[:2])
    config = {"subnetIds": subnets, "securityGroupIds": []}
    update = world.eks.update_cluster_config(name=name, resourcesVpcConfig=config)["update"]
    assert update["type"] == "VpcConfigUpdate"
    world.await_update(name, update["id"])
    assert world.cluster(name)["resourcesVpcConfig"]["subnetIds"] == subnets


def test_the_authentication_mode_goes_forward_step_by_step(world: World) -> None:
    name = world.active_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    jump = refusal(
        world.eks.update_cluster_config, name=name, accessConfig={"authenticationMode": "API"}
    )
    assert jump.message == "Unsupported authentication mode update from CONFIG_MAP to API"
    for mode in ("API_AND_CONFIG_MAP", "API"):
        change = {"authenticationMode": mode}
        update = world.eks.update_cluster_config(name=name, accessConfig=change)["update"]
        world.await_update(name, update["id"])
        assert world.cluster(name)["accessConfig"]["authenticationMode"] == mode


def test_encryption_is_associated_once_and_the_status_does_not_show_it(world: World) -> None:
    name = world.active_cluster()
    key = {"resources": ["secrets"], "provider": {"keyArn": "arn:aws:kms:us-west-2:1:key/k"}}
    with world.aws.frozen(f"update/{name}"):
        update = world.eks.associate_encryption_config(clusterName=name, encryptionConfig=[key])
        assert world.cluster(name)["status"] == "ACTIVE"
    world.await_update(name, update["update"]["id"])
    refused = refusal(
        world.eks.associate_encryption_config, clusterName=name, encryptionConfig=[key]
    )
    assert refused.message == "Encryption is already enabled on the cluster"


def test_while_aws_patches_the_control_plane_updates_are_refused_and_none_is_listed(
    world: World,
) -> None:
    name = world.active_cluster(version="1.33")
    path = f"clusters/111122223333/us-west-2/{name}/patching"
    world.aws.admin("PUT", path, {"on": True})
    refused = refusal(world.eks.update_cluster_version, name=name, version="1.34")
    assert refused == Refusal(
        "ResourceInUseException",
        f"Cannot VersionUpdate because cluster {name} currently has an update in progress",
        409,
    )
    assert world.cluster(name)["status"] == "ACTIVE"
    assert world.eks.list_updates(name=name)["updateIds"] == []
    world.aws.admin("PUT", path, {"on": False})
    assert world.eks.update_cluster_version(name=name, version="1.34")["update"]["id"]


def test_blocking_insights_stop_an_upgrade_unless_forced(world: World) -> None:
    name = world.active_cluster(version="1.33")
    insight = {"name": "Deprecated APIs removed in Kubernetes v1.34", "status": "ERROR"}
    path = f"clusters/111122223333/us-west-2/{name}/insights"
    world.aws.admin("PUT", path, {"insights": [insight]})
    errors = {"statuses": ["ERROR"]}
    listed = world.eks.list_insights(clusterName=name, filter=errors)["insights"]
    assert [i["name"] for i in listed] == [insight["name"]]
    described = world.eks.describe_insight(clusterName=name, id=listed[0]["id"])["insight"]
    assert described["insightStatus"]["status"] == "ERROR"
    with world.aws.switched(insights_block_upgrades=True):
        refused = refusal(world.eks.update_cluster_version, name=name, version="1.34")
        assert refused.code == "InvalidStateException"
        forced = world.eks.update_cluster_version(name=name, version="1.34", force=True)
    assert world.await_update(name, forced["update"]["id"])["status"] == "Successful"


def test_the_status_may_read_active_for_a_while_after_an_update_began(world: World) -> None:
    name = world.active_cluster(version="1.33")
    with (
        world.aws.switched(updating_visible_after=1e9),
        world.aws.frozen(f"update/{name}"),
    ):
        update = world.eks.update_cluster_version(name=name, version="1.34")["update"]
        assert world.cluster(name)["status"] == "ACTIVE"
        refused = refusal(world.eks.update_cluster_config, name=name, logging=API_LOGS)
        assert refused.code == "ResourceInUseException"
    world.await_update(name, update["id"])


def test_an_unknown_update_is_not_found(world: World, name: str) -> None:
    unknown = str(uuid.uuid4())
    refused = refusal(world.eks.describe_update, name=name, updateId=unknown)
    assert refused == Refusal(
        "ResourceNotFoundException", f"No update found for ID: {unknown}", 404
    )


def test_tags_change_at_once_and_make_no_update(world: World) -> None:
    name = world.active_cluster(tags={"a": "1"})
    arn = world.cluster(name)["arn"]
    world.eks.tag_resource(resourceArn=arn, tags={"b": "2"})
    world.eks.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert world.cluster(name)["tags"] == {"b": "2"}
    assert world.eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    assert world.eks.list_updates(name=name)["updateIds"] == []
    refused = refusal(world.eks.list_tags_for_resource, resourceArn=arn + "-other")
    assert (refused.code, refused.status) == ("NotFoundException", 404)
