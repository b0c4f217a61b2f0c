"""The wire: error form, what is not simulated, signatures and policies, catalogues, the model."""

import json
import urllib.error
import urllib.request
from typing import Any

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from tests.sandbox.aws_fixtures import ACCOUNT, REGION, Aws, unique
from tests.sandbox.eks_world import World, make_world, refusal

from sigopt_sandbox.aws.eks.operations import OPERATIONS


@pytest.fixture(scope="module")
def world(aws: Aws) -> World:
    return make_world(aws)


def _raw(aws: Aws, method: str, path: str, body: Any = None) -> tuple[int, Any, Any]:
    """A signed request without an SDK: status, headers, body."""
    data = b"" if body is None else json.dumps(body).encode()
    signed = AWSRequest(method, aws.url + path, data=data)
    SigV4Auth(Credentials(ACCOUNT, "test"), "eks", REGION).add_auth(signed)
    headers = dict(signed.headers.items())
    request = urllib.request.Request(aws.url + path, data or None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.loads(error.read())


def test_an_error_has_its_type_in_a_header_and_unset_members_as_null(aws: Aws) -> None:
    status, headers, body = _raw(aws, "GET", "/clusters/nowhere")
    assert status == 404
    assert headers["x-amzn-errortype"] == "ResourceNotFoundException"
    assert body == {
        "clusterName": "nowhere",
        "nodegroupName": None,
        "fargateProfileName": None,
        "addonName": None,
        "subscriptionId": None,
        "message": "No cluster found for name: nowhere.",
    }


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({}, "Missing required parameter in input"),
        ({"name": 7}, "Invalid type for parameter name"),
    ],
)
def test_requests_that_no_sdk_sends_are_checked_too(aws: Aws, body: Any, part: str) -> None:
    status, headers, answer = _raw(aws, "POST", "/clusters", body)
    assert (status, headers["x-amzn-errortype"]) == (400, "InvalidParameterException")
    assert part in answer["message"]


def test_what_is_not_json_is_refused_and_unknown_paths_too(aws: Aws) -> None:
    status, headers, _ = _raw(aws, "POST", "/clusters", "a string")
    assert (status, headers["x-amzn-errortype"]) == (400, "InvalidRequestException")


def test_an_operation_that_is_not_simulated_says_so(world: World) -> None:
    name = world.active_cluster()
    refused = refusal(world.eks.list_fargate_profiles, clusterName=name)
    assert refused.message == "The sandbox does not simulate the EKS operation ListFargateProfiles"


def test_everything_simulated_is_an_operation_of_eks() -> None:
    model = botocore.session.get_session().get_service_model("eks")
    assert set(OPERATIONS) <= set(model.operation_names)


def test_policies_are_enforced_for_paths_that_hold_an_arn(world: World) -> None:
    """A principal's ARN has slashes that must stay in one segment, signed and judged as such."""
    name = world.active_cluster()
    iam, user = world.aws.client("iam"), unique("reader")
    iam.create_user(UserName=user)
    allowed = ["eks:DescribeAccessEntry", "eks:ListAssociatedAccessPolicies"]
    statement = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
    iam.put_user_policy(
        UserName=user,
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    key = iam.create_access_key(UserName=user)["AccessKey"]
    eks = world.aws.client("eks", key["AccessKeyId"], key["SecretAccessKey"])
    role = iam.create_role(
        RoleName=unique("deep"),
        Path="/one/two/",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}),
    )["Role"]["Arn"]
    principal = {"clusterName": name, "principalArn": role}
    world.eks.create_access_entry(**principal)
    assert eks.describe_access_entry(**principal)["accessEntry"]["principalArn"] == role
    assert eks.list_associated_access_policies(**principal)["associatedAccessPolicies"] == []
    assert refusal(eks.delete_access_entry, **principal).code == "AccessDeniedException"
    assert refusal(eks.describe_cluster, name=name).code == "AccessDeniedException"


def test_versions_on_offer_have_dates_and_one_is_the_default(world: World) -> None:
    answer = world.eks.describe_cluster_versions()["clusterVersions"]
    found = {v["clusterVersion"]: v for v in answer}
    assert list(found) == ["1.36", "1.35", "1.34", "1.33", "1.32", "1.31"]
    assert [v for v, entry in found.items() if entry["defaultVersion"]] == ["1.34"]
    assert found["1.33"]["versionStatus"] == "EXTENDED_SUPPORT"
    assert found["1.34"]["endOfStandardSupportDate"].isoformat().startswith("2026-12-02")
    everything = world.eks.describe_cluster_versions(includeAll=True)["clusterVersions"]
    assert "1.30" in [v["clusterVersion"] for v in everything]
    only = world.eks.describe_cluster_versions(versionStatus="STANDARD_SUPPORT")
    assert [v["clusterVersion"] for v in only["clusterVersions"]] == ["1.36", "1.35", "1.34"]
    one = world.eks.describe_cluster_versions(clusterVersions=["1.35"])["clusterVersions"]
    assert [v["clusterVersion"] for v in one] == ["1.35"]


def test_a_default_addon_exists_for_every_version_on_offer(world: World) -> None:
    needed = {"vpc-cni", "kube-proxy", "coredns", "eks-pod-identity-agent"}
    for version in world.eks.describe_cluster_versions()["clusterVersions"]:
        answer = world.eks.describe_addon_versions(kubernetesVersion=version["clusterVersion"])
        defaults = {
            addon["addonName"]
            for addon in answer["addons"]
            for info in addon["addonVersions"]
            for compatibility in info["compatibilities"]
            if compatibility["defaultVersion"]
        }
        assert needed <= defaults


def test_access_policies_are_listed(world: World) -> None:
    names = {p["name"] for p in world.eks.list_access_policies()["accessPolicies"]}
    assert {"AmazonEKSClusterAdminPolicy", "AmazonEKSViewPolicy"} <= names
    assert len(names) == 33


def test_time_can_be_stopped_and_moved(world: World) -> None:
    name = unique("cluster")
    with world.aws.stopped():
        world.eks.create_cluster(**world.cluster_request(name))
        world.aws.admin("POST", "eks/clock", {"advance": 300})
        assert world.cluster(name)["status"] == "CREATING"
        world.aws.admin("POST", "eks/clock", {"advance": 301})
        assert world.cluster(name)["status"] == "ACTIVE"


def test_the_insights_of_a_healthy_cluster_pass(world: World) -> None:
    name = world.active_cluster()
    insights = world.eks.list_insights(clusterName=name)["insights"]
    assert {i["insightStatus"]["status"] for i in insights} == {"PASSING"}
    started = world.eks.start_insights_refresh(clusterName=name)
    assert started["status"] == "IN_PROGRESS"
