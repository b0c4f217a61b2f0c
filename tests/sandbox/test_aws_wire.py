"""The server's half of AWS's protocols agrees with botocore's half, the client's."""

from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from sigopt_sandbox.aws import wire
from sigopt_sandbox.aws.errors import AwsError

REQUESTS = [
    pytest.param(
        "ec2",
        "CreateSubnet",
        {
            "VpcId": "vpc-1",
            "CidrBlock": "10.0.0.0/24",
            "TagSpecifications": [
                {"ResourceType": "subnet", "Tags": [{"Key": "a.b/c", "Value": "&<ü"}]}
            ],
            "DryRun": False,
        },
        id="EC2's names and lists",
    ),
    pytest.param(
        "ec2",
        "DescribeNatGateways",
        {"Filter": [{"Name": "vpc-id", "Values": ["a", "b"]}], "MaxResults": 5},
        id="filters and numbers",
    ),
    pytest.param(
        "autoscaling",
        "CreateOrUpdateTags",
        {"Tags": [{"Key": f"k{n}", "Value": "v", "PropagateAtLaunch": True} for n in range(12)]},
        id="more than nine members, in order",
    ),
    pytest.param(
        "cloudformation",
        "CreateStack",
        {
            "StackName": "s",
            "TemplateBody": '{"a": 1}',
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [{"ParameterKey": "p", "ParameterValue": ""}],
        },
        id="query lists of structures",
    ),
    pytest.param("ssm", "GetParameters", {"Names": ["/a", "/b"]}, id="JSON"),
]


@pytest.mark.parametrize(("service", "action", "params"), REQUESTS)
def test_a_request_reads_as_it_was_written(
    service: str, action: str, params: dict[str, Any]
) -> None:
    op = wire.operation(service, action)
    protocol = wire.model(service).metadata["protocol"]
    request = create_serializer(protocol).serialize_to_request(params, op)
    body = request["body"]
    raw = urlencode(body).encode() if isinstance(body, dict) else body
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert wire.action_of(headers, raw, {}) == action
    assert wire.parse(service, action, raw, {}) == params


ANSWERS: list[Any] = [
    pytest.param(
        "ec2",
        "DescribeVpcs",
        {"Vpcs": [{"VpcId": "vpc-1", "IsDefault": False, "Tags": [{"Key": "<", "Value": "&"}]}]},
        id="EC2",
    ),
    pytest.param(
        "autoscaling",
        "DescribeTags",
        {"Tags": [{"Key": "k", "Value": "v", "PropagateAtLaunch": True}], "NextToken": "3"},
        id="query",
    ),
    pytest.param(
        "iam",
        "SimulatePrincipalPolicy",
        {
            "EvaluationResults": [
                {
                    "EvalActionName": "a:B",
                    "EvalDecision": "allowed",
                    "MatchedStatements": [],
                    "MissingContextValues": ["k"],
                }
            ],
            "IsTruncated": False,
        },
        id="IAM",
    ),
    pytest.param(
        "servicequotas", "GetServiceQuota", {"Quota": {"QuotaCode": "L", "Value": 5.0}}, id="JSON"
    ),
    pytest.param("ec2", "DeleteNetworkInterface", {}, id="nothing"),
]


@pytest.mark.parametrize(("service", "action", "result"), ANSWERS)
def test_an_answer_reads_as_it_was_given(service: str, action: str, result: dict[str, Any]) -> None:
    status, headers, body = wire.answer(service, action, result)
    shape: Any = wire.operation(service, action).output_shape
    parser = create_parser(wire.model(service).metadata["protocol"])
    lowered = {name.lower(): value for name, value in headers.items()}
    parsed = parser.parse({"status_code": status, "headers": lowered, "body": body}, shape)
    parsed.pop("ResponseMetadata", None)
    assert parsed == result


@pytest.mark.parametrize("service", ["ec2", "cloudformation", "iam", "ssm", "autoscaling"])
def test_a_refusal_keeps_code_message_and_status(service: str) -> None:
    error = AwsError("SomeCode", "It's <not> & never", 409)
    status, headers, body = wire.refusal(service, error)
    parser = create_parser(wire.model(service).metadata["protocol"])
    lowered = {name.lower(): value for name, value in headers.items()}
    shape: Any = None
    parsed = parser.parse({"status_code": status, "headers": lowered, "body": body}, shape)
    assert status == 409
    assert parsed["Error"]["Code"] == "SomeCode"
    assert parsed["Error"]["Message"] == "It's <not> & never"
