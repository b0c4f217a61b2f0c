"""The process of the simulated AWS: what it serves, what it refuses, what it counts."""

import json
import socket
import time
import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError
from tests.sandbox.aws_fixtures import AdminError, Aws, running, unique, until
from tests.sandbox.aws_world import assumed, trust, user


def _status(url: str, method: str) -> int:
    request = urllib.request.Request(url, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("POST", "/_ministack/reset", id="a reset that needs no credentials"),
        pytest.param("GET", "/_ministack/health", id="its health"),
        pytest.param("POST", "/_localstack/state/reset", id="another emulator's spelling"),
    ],
)
def test_the_emulators_own_admin_paths_are_shut(aws: Aws, method: str, path: str) -> None:
    assert _status(aws.url + path, method) == 404


def test_an_unknown_admin_path_is_refused_with_a_reason(aws: Aws) -> None:
    with pytest.raises(AdminError) as caught:
        aws.admin("GET", "nothing")
    assert caught.value.status == 404
    assert "/_sandbox/nothing" in caught.value.body["message"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"what": "stack/a/b"}, id="without how"),
        pytest.param({"how": "CREATE_FAILED:no"}, id="without what"),
        pytest.param(["stack"], id="not an object"),
    ],
)
def test_an_armed_failure_needs_what_and_how(aws: Aws, body: object) -> None:
    with pytest.raises(AdminError) as caught:
        aws.admin("POST", "fail", body)
    assert caught.value.status == 400


def test_an_unknown_switch_is_refused_with_the_ones_there_are(aws: Aws) -> None:
    with pytest.raises(AdminError) as caught:
        aws.admin("PUT", "switches", {"nonsense": True})
    assert "quotas" in caught.value.body["message"]


def test_calls_are_counted_for_each_user_and_role_session(aws: Aws) -> None:
    allowed = {"Action": ["ec2:DescribeVpcs", "sts:AssumeRole"]}
    name, key = user(aws, allowed)
    iam, role = aws.client("iam"), unique("role")
    account = aws.client("sts", **key).get_caller_identity()["Account"]
    made = iam.create_role(
        RoleName=role, AssumeRolePolicyDocument=trust({"AWS": f"arn:aws:iam::{account}:root"})
    )
    session = assumed(aws, made["Role"]["Arn"], "counted", **key)
    for _ in range(3):
        aws.client("ec2", **key).describe_vpcs()
    aws.client("sts", **session).get_caller_identity()

    by = aws.admin("GET", "calls")["by"]
    assert by[name] == {
        "ec2:DescribeVpcs": 3,
        "sts:AssumeRole": 1,
        "sts:GetCallerIdentity": 1,
    }
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/counted"
    assert by[arn] == {"sts:GetCallerIdentity": 1}


def test_counting_begins_anew_when_asked(aws: Aws) -> None:
    _, key = user(aws, {"Action": "*"})
    aws.client("ec2", **key).describe_vpcs()
    before = aws.admin("DELETE", "calls")
    assert before["total"] == sum(sum(c.values()) for c in before["by"].values())
    assert aws.admin("GET", "calls") == {"total": 0, "by": {}}


def test_it_ends_when_told_and_lets_its_port_go(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running(tmp_path_factory.mktemp("aws")) as alone:
        port = int(alone.url.rsplit(":", 1)[-1])
        assert alone.admin("GET", "ready") == {"ready": True}
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_what_came_when_is_noted_while_somebody_wants_to_know(aws: Aws) -> None:
    _, key = user(aws, {"Action": "*"})
    name = unique("noted")
    aws.admin("PUT", "calls/journal", {"on": True})
    with pytest.raises(ClientError):
        aws.client("eks", **key).describe_cluster(name=name)
    with pytest.raises(ClientError):
        aws.client("cloudformation", **key).describe_stacks(StackName=name)
    aws.admin("PUT", "calls/journal", {"on": False})
    aws.client("ec2", **key).describe_vpcs()

    noted = [entry for entry in aws.admin("GET", "calls/journal") if name in entry["about"]]
    assert [(entry["operation"], entry["about"]) for entry in noted] == [
        ("eks:DescribeCluster", f"/clusters/{name}"),
        ("cloudformation:DescribeStacks", name),
    ]
    assert noted[0]["at"] <= noted[1]["at"] <= time.monotonic()
    aws.admin("PUT", "calls/journal", {"on": True})
    assert name not in str(aws.admin("GET", "calls/journal"))
    aws.admin("PUT", "calls/journal", {"on": False})


def test_another_speed_holds_for_all_services_from_now_on(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with running(tmp_path_factory.mktemp("aws"), speed=1) as alone:
        assert alone.admin("PUT", "speed", {"speed": 100_000}) == {"speed": 100_000}
        assert alone.admin("GET", "eks/clock")["speed"] == 100_000
        cloudformation = alone.client("cloudformation")
        vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
        body = json.dumps({"Resources": {"Vpc": vpc}})
        cloudformation.create_stack(StackName="fast", TemplateBody=body)
        until(
            lambda: (
                cloudformation.describe_stacks(StackName="fast")["Stacks"][0]["StackStatus"]
                == "CREATE_COMPLETE"
            ),
            "the stack, which takes 13 seconds at the speed of AWS",
        )
        with pytest.raises(AdminError, match="must be positive"):
            alone.admin("PUT", "speed", {"speed": 0})
