"""Every reader of what only rare moments need: the truth, or an error; never less than was said.

Each is asked through botocore, of an AWS that answers one thing, spoiled in every way.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore import xform_name
from botocore.model import OperationModel
from tests.component import test_nonsense
from tests.component.nonsense import Nonsense, broken, end, lacking, odd
from tests.fakes.aws_on_wire import AwsOnWire, Document
from tests.fakes.aws_on_wire import aws_on_wire as aws_on_wire

import sigopt_operator
from sigopt_operator.aws.budget import Budgets, Time
from sigopt_operator.aws.clients import Clients, ClientSource
from sigopt_operator.aws.errors import AwsError, translated
from sigopt_operator.observe import checks, network, updates, vpc
from sigopt_operator.observe.left import read_left
from sigopt_operator.plan.login import Login
from sigopt_operator.plan.workload.left import ClaimedVolume, Left

BEGAN = datetime(2026, 11, 23, 11, 59, tzinfo=UTC)
ARN = "arn:aws:elasticloadbalancing:us-west-2:111122223333"
OWNED = [{"Key": "kubernetes.io/cluster/tiny", "Value": "owned"}]
QUOTA = {"QuotaCode": "L-1", "QuotaName": "the quota", "Value": 5.0}
NOTHING_LEFT: dict[str, Any] = {
    "describe_load_balancers": {"LoadBalancers": [], "LoadBalancerDescriptions": []},
    "describe_target_groups": {"TargetGroups": []},
    "describe_security_groups": {"SecurityGroups": []},
    "describe_network_interfaces": {"NetworkInterfaces": []},
}
LOAD_BALANCERS = {
    "LoadBalancers": [
        {"LoadBalancerArn": f"{ARN}:loadbalancer/a", "LoadBalancerName": "a", "VpcId": "vpc-1"}
    ],
    "LoadBalancerDescriptions": [{"LoadBalancerName": "b", "VPCId": "vpc-1"}],
}


def _left(clients: Clients) -> Left:
    return read_left(clients, "vpc-1", "tiny", (ClaimedVolume("vol-1", "ml/data", "pv-1"),))


@dataclass(frozen=True)
class Reader:
    """One operation, who reads it, and what AWS answers."""

    operation: str
    read: Callable[[Clients], Any]
    answers: dict[str, Any]
    """By operation, as boto3 calls it."""
    service: str = ""
    """Where two have an operation of this name."""
    may_lack: dict[str, str] = field(default_factory=dict)
    """What AWS may leave out, by its documents, and what that then says."""

    def __str__(self) -> str:
        return f"{self.operation}{' of ' if self.service else ''}{self.service}"


WORDS = "only words for people"
NO_VALUE = "a tag may have no value"
UNREADABLE = "UnreadableAnswer"

READERS = (
    Reader(
        "DescribeUpdate",
        lambda clients: updates.read_update(clients, "tiny", "u-1"),
        {
            "describe_update": {
                "update": {
                    "id": "u-1",
                    "type": "VersionUpdate",
                    "status": "Failed",
                    "createdAt": BEGAN,
                    "params": [{"type": "Version", "value": "1.34"}],
                    "errors": [
                        {"errorCode": "Unknown", "errorMessage": "no", "resourceIds": ["i"]}
                    ],
                }
            }
        },
        may_lack={
            "update.params": "an update without settings",
            "update.errors": WORDS,
            "update.errors.0.errorCode": WORDS,
            "update.errors.0.errorMessage": WORDS,
            "update.errors.0.resourceIds": WORDS,
        },
    ),
    Reader(
        "ListUpdates",
        lambda clients: updates.list_updates(clients, "tiny"),
        {"list_updates": {"updateIds": ["u-1"]}},
    ),
    Reader(
        "ListInsights",
        lambda clients: updates.read_insights(clients, "tiny", "1.34"),
        {
            "list_insights": {
                "insights": [{"name": "old APIs", "insightStatus": {"reason": "used"}}]
            }
        },
        may_lack={"insights.0.insightStatus": WORDS, "insights.0.insightStatus.reason": WORDS},
    ),
    *(
        Reader(
            operation,
            lambda clients: vpc.read_gateways(clients, "vpc-1"),
            {
                "describe_internet_gateways": {
                    "InternetGateways": [{"InternetGatewayId": "igw-1"}]
                },
                "describe_nat_gateways": {"NatGateways": [{"NatGatewayId": "nat-1"}]},
            },
        )
        for operation in ("DescribeInternetGateways", "DescribeNatGateways")
    ),
    Reader(
        "GetRolePolicy",
        lambda clients: network.read_role(clients, "tiny", ("mine",)),
        {
            "get_role": {"Role": {"AssumeRolePolicyDocument": {"Statement": []}}},
            "get_role_policy": {"PolicyDocument": {"Statement": [{"Effect": "Allow"}]}},
        },
    ),
    Reader(
        "GetAWSDefaultServiceQuota",
        lambda clients: checks._quotas(clients, "vpc", frozenset({"L-1"})),
        {
            "list_service_quotas": {"Quotas": []},
            "get_aws_default_service_quota": {"Quota": QUOTA},
        },
    ),
    Reader(
        "DescribeInstances",
        checks._running,
        {
            "describe_instances": {
                "Reservations": [
                    {
                        "Instances": [
                            {
                                "InstanceType": "m5.large",
                                "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
                            }
                        ]
                    }
                ]
            }
        },
        may_lack={"Reservations.0.Instances.0.CpuOptions": "one of a type of the first generation"},
    ),
    Reader("DescribeVpcs", checks._vpcs, {"describe_vpcs": {"Vpcs": [{"VpcId": "vpc-1"}]}}),
    Reader("DescribeAddresses", checks._addresses, {"describe_addresses": {"Addresses": [{}, {}]}}),
    Reader("ListClusters", checks._clusters, {"list_clusters": {"clusters": ["tiny"]}}),
    Reader(
        "ListRoles",
        checks._role_names,
        {"list_roles": {"Roles": [{"RoleName": "tiny-node-role"}]}},
    ),
    *(
        Reader(
            operation,
            _left,
            {
                **NOTHING_LEFT,
                "describe_load_balancers": LOAD_BALANCERS,
                "describe_tags": {
                    "TagDescriptions": [
                        {
                            "ResourceArn": f"{ARN}:loadbalancer/a",
                            "LoadBalancerName": "b",
                            "Tags": OWNED,
                        }
                    ]
                },
                "describe_volumes": {"Volumes": []},
            },
            service,
            may_lack={
                "LoadBalancerDescriptions.0.VPCId": "one of EC2-Classic, which is in no network",
                "TagDescriptions.0.Tags.0.Value": NO_VALUE,
            },
        )
        for operation in ("DescribeLoadBalancers", "DescribeTags")
        for service in ("elb", "elbv2")
    ),
    Reader(
        "DescribeTargetGroups",
        _left,
        {
            **NOTHING_LEFT,
            "describe_target_groups": {
                "TargetGroups": [
                    {
                        "TargetGroupArn": f"{ARN}:targetgroup/t",
                        "TargetGroupName": "t",
                        "VpcId": "vpc-1",
                    }
                ]
            },
            "describe_tags": {
                "TagDescriptions": [{"ResourceArn": f"{ARN}:targetgroup/t", "Tags": OWNED}]
            },
            "describe_volumes": {"Volumes": []},
        },
        may_lack={"TargetGroups.0.VpcId": "one of a Lambda function, which is in no network"},
    ),
    Reader(
        "DescribeVolumes",
        _left,
        {
            **NOTHING_LEFT,
            "describe_volumes": {
                "Volumes": [
                    {
                        "VolumeId": "vol-1",
                        "State": "in-use",
                        "Attachments": [{"InstanceId": "i-1", "State": "attached"}],
                        "Tags": [
                            {"Key": "kubernetes.io/created-for/pvc/name", "Value": "data"},
                            *OWNED,
                        ],
                    }
                ]
            },
        },
        may_lack={
            "Volumes.0.Attachments": WORDS,
            "Volumes.0.Attachments.0.InstanceId": WORDS,
            "Volumes.0.Tags": "one that nobody tagged is nobody's",
            "Volumes.0.Tags.0.Value": NO_VALUE,
        },
    ),
    Reader(
        "DescribeSecurityGroups",
        _left,
        {
            **NOTHING_LEFT,
            "describe_security_groups": {
                "SecurityGroups": [
                    {
                        "GroupId": "sg-1",
                        "GroupName": "mine",
                        "Tags": OWNED,
                        "IpPermissions": [{"UserIdGroupPairs": [{"GroupId": "sg-2"}]}],
                    }
                ]
            },
            "describe_volumes": {"Volumes": []},
        },
        may_lack={
            "SecurityGroups.0.Tags.0.Value": NO_VALUE,
            "SecurityGroups.0.Tags": "one that nobody tagged is nobody's",
            "SecurityGroups.0.IpPermissions": "a group without rules",
            "SecurityGroups.0.IpPermissions.0.UserIdGroupPairs": "a rule that names no group",
            "SecurityGroups.0.IpPermissions.0.UserIdGroupPairs.0.GroupId": "one of another account",
        },
    ),
    Reader(
        "DescribeNetworkInterfaces",
        _left,
        {
            **NOTHING_LEFT,
            "describe_network_interfaces": {
                "NetworkInterfaces": [
                    {
                        "NetworkInterfaceId": "eni-1",
                        "Description": "aws-K8S-i-1",
                        "Status": "in-use",
                        "InterfaceType": "interface",
                        "Attachment": {"InstanceId": "i-1", "AttachTime": BEGAN},
                        "Groups": [{"GroupId": "sg-1"}],
                        "RequesterId": "amazon-elb",
                    }
                ]
            },
            "describe_volumes": {"Volumes": []},
        },
        may_lack={
            "NetworkInterfaces.0.Description": WORDS,
            "NetworkInterfaces.0.InterfaceType": "it is waited for, as one of no special kind",
            "NetworkInterfaces.0.Attachment": "one that is attached to nothing",
            "NetworkInterfaces.0.Attachment.InstanceId": "one of AWS's own",
            "NetworkInterfaces.0.Attachment.AttachTime": WORDS,
            "NetworkInterfaces.0.Groups": "one without groups",
            "NetworkInterfaces.0.RequesterId": "one that nobody else asked for",
        },
    ),
)

ELSEWHERE = {
    "get_credentials": "of botocore's session, not of AWS",
    "get_paginator": "of botocore",
}


class OneAws:
    """An AWS that has these answers and no others."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers

    def clients(self) -> Any:
        return SimpleNamespace(eks=self)

    def __getattr__(self, operation: str) -> Any:
        answer = self._answers[operation]
        return lambda **_: answer


@pytest.mark.parametrize("reader", [pytest.param(each, id=str(each)) for each in READERS])
def test_a_reader_says_the_truth_or_that_it_cannot_tell(
    aws_on_wire: AwsOnWire, reader: Reader
) -> None:
    aws_on_wire.aws = cast(Any, OneAws(reader.answers))
    found: list[tuple[OperationModel, Document]] = []

    def note(operation: OperationModel, document: Document) -> Document:
        service = operation.service_model.service_name
        if operation.name == reader.operation and reader.service in ("", service):
            found.append((operation, document))
        return document

    source = ClientSource(lambda *_: None, Budgets(Time(), 1e9))
    clients = source.clients(Login("ml", None), "us-west-2")
    aws_on_wire.spoil = note
    truth = reader.read(clients)
    model, document = found[0]
    wrong = []
    for nonsense, lies in _all(reader, model, document):
        _of_service(reader, nonsense).begin(aws_on_wire)
        told = _told(reader, clients)
        if told != UNREADABLE and (lies or told != truth):
            wrong.append((nonsense.name, told))
        end(aws_on_wire)
    assert wrong == []


def _told(reader: Reader, clients: Clients) -> Any:
    try:
        with translated():
            return reader.read(clients)
    except AwsError as error:
        return error.trouble.code


def _all(reader: Reader, model: OperationModel, document: Document) -> list[tuple[Nonsense, bool]]:
    """Every nonsense, and whether it has to be refused."""
    found = [(nonsense, True) for nonsense in broken(reader.operation)]
    for member, nonsense in (*lacking(model, document), *odd(model, document)):
        if not _may_lack(reader, nonsense, str(member)):
            found.append((nonsense, False))
    return found


def _may_lack(reader: Reader, nonsense: Nonsense, member: str) -> bool:
    if nonsense.name.startswith(("without", "None")):
        return member in reader.may_lack
    inner = any(name.startswith(f"{member}.") for name in reader.may_lack)
    return inner and nonsense.name.startswith("{}")


def _of_service(reader: Reader, nonsense: Nonsense) -> Nonsense:
    return nonsense if not reader.service else nonsense.only_of(reader.service)


def test_no_operation_that_is_read_is_forgotten() -> None:
    root = Path(inspect.getfile(sigopt_operator)).parent
    text = "\n".join(path.read_text() for path in root.rglob("*.py"))
    read = set(re.findall(r"\.((?:describe|list|get|simulate)_\w+)\(\s*\w*=?", text))
    asked = {name for name in read if re.search(rf"clients\.\w+\.{name}\(|\.sts\.{name}\(", text)}
    asked |= set(re.findall(r'get_paginator\(\s*"(\w+)"', text))
    held = {*test_nonsense.READ, *test_nonsense.AT_FIRST, *test_nonsense.AT_LAST}
    held |= {reader.operation for reader in READERS}
    assert asked - {xform_name(name) for name in held} - set(ELSEWHERE) == set()
