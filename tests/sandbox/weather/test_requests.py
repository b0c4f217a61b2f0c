"""A request of AWS is known from what is on the wire, and refused as its service refuses."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from sigopt_sandbox.weather.aws_requests import (
    AwsRequest,
    Refusal,
    absent,
    failing,
    read_request,
    refusing,
    throttling,
)

TAGS = [{"ResourceId": "group", "ResourceType": "auto-scaling-group", "Key": "k"}]
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("eks", "describe_nodegroup", {"clusterName": "tiny", "nodegroupName": "cpu-1"}),
    ("eks", "list_nodegroups", {"clusterName": "tiny"}),
    ("ec2", "describe_vpcs", {}),
    ("cloudformation", "describe_stacks", {"StackName": "tiny-sigopt"}),
    ("iam", "get_role", {"RoleName": "tiny-node-role"}),
    ("sts", "get_caller_identity", {}),
    ("autoscaling", "delete_tags", {"Tags": TAGS}),
    ("elb", "describe_load_balancers", {}),
    ("elbv2", "describe_load_balancers", {}),
    ("service-quotas", "list_service_quotas", {"ServiceCode": "vpc"}),
]


def answered(
    service: str, operation: str, arguments: dict[str, Any], refusal: Any = None
) -> tuple[AwsRequest, Any]:
    """The request that boto3 sends, as it is read, and what boto3 makes of a refusal of it."""
    client = boto3.client(  # type: ignore[call-overload]  # a name from a variable
        service,
        region_name="us-west-2",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="secret",
    )
    read: list[AwsRequest] = []

    def send(request: Any, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        headers = {name: _text(value) for name, value in request.headers.items()}
        found = read_request(request.method, url.path, url.query, headers, _bytes(request.body))
        assert found is not None
        read.append(found)
        status, back, body = refusal(found.service).written(found.service)
        return AWSResponse(request.url, status, back, _Raw(body))

    client.meta.events.register_last("before-send", send)
    client.meta.config.retries = {"total_max_attempts": 1}
    with pytest.raises(ClientError) as raised:
        getattr(client, operation)(**arguments)
    return read[0], raised.value


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> list[bytes]:
        return [self._body]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body or "").encode()


def _teapot(_: str) -> Refusal:
    return Refusal("Teapot", "short and stout", 418)


@pytest.mark.parametrize(("service", "operation", "arguments"), CALLS)
def test_it_is_refused_so_that_boto3_reads_code_and_message(
    service: str, operation: str, arguments: dict[str, Any]
) -> None:
    request, error = answered(service, operation, arguments, _teapot)
    assert (request.key, request.region) == ("AKIAEXAMPLE", "us-west-2")
    assert error.response["Error"]["Code"] == "Teapot"
    assert error.response["Error"]["Message"] == "short and stout"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 418


@pytest.mark.parametrize(
    ("call", "operation", "subject", "reads"),
    [
        (
            CALLS[0],
            "GET /clusters/tiny/node-groups/cpu-1",
            "/clusters/tiny/node-groups/cpu-1",
            True,
        ),
        (CALLS[2], "DescribeVpcs", "", True),
        (CALLS[3], "DescribeStacks", "tiny-sigopt", True),
        (CALLS[6], "DeleteTags", "", False),
        (CALLS[9], "ListServiceQuotas", "", True),
    ],
)
def test_it_is_known_what_it_asks(call: Any, operation: str, subject: str, reads: bool) -> None:
    service, name, arguments = call
    request, _ = answered(service, name, arguments, _teapot)
    assert (request.operation, request.subject, request.reads) == (operation, subject, reads)


def test_what_is_made_is_called_as_it_is_asked_for_afterwards() -> None:
    arn = "arn:aws:iam::111122223333:role/me"
    made, _ = answered(
        "eks", "create_access_entry", {"clusterName": "c", "principalArn": arn}, _teapot
    )
    seen, _ = answered(
        "eks", "describe_access_entry", {"clusterName": "c", "principalArn": arn}, _teapot
    )
    assert (made.creates, made.subject) == (True, seen.subject)
    assert made.called == "eks POST /clusters/c/access-entries"
    assert seen.called == "eks GET /clusters/c/access-entries/arn:aws:iam::ACCOUNT:role/me"


def test_an_update_makes_nothing_new() -> None:
    request, _ = answered(
        "eks", "update_cluster_version", {"name": "c", "version": "1.34"}, _teapot
    )
    assert not request.creates
    assert not request.reads


@pytest.mark.parametrize(("service", "operation", "arguments"), CALLS)
def test_throttling_and_failures_are_such_that_boto3_would_retry(
    service: str, operation: str, arguments: dict[str, Any]
) -> None:
    for refusal in (throttling, lambda name: failing(name, 0.1), lambda name: failing(name, 0.9)):
        _, error = answered(service, operation, arguments, refusal)
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        code = error.response["Error"]["Code"]
        assert status >= 429 or code == "Throttling"


def test_an_expired_token_is_told_as_each_service_tells_it() -> None:
    codes = {name: refusing(name, "ExpiredToken").code for name in ("ec2", "eks", "sts")}
    assert codes == {"ec2": "RequestExpired", "eks": "ExpiredTokenException", "sts": "ExpiredToken"}


def test_what_is_not_there_yet_is_told_as_absent() -> None:
    for call, code in (
        (CALLS[0], "ResourceNotFoundException"),
        (CALLS[3], "ValidationError"),
        (CALLS[4], "NoSuchEntity"),
    ):
        request, _ = answered(*call, _teapot)
        told = absent(request)
        assert told is not None
        assert told.code == code
    request, _ = answered(*CALLS[2], _teapot)
    assert absent(request) is None


def test_an_unsigned_request_is_nobodys() -> None:
    assert read_request("GET", "/", "", {}, json.dumps({}).encode()) is None
