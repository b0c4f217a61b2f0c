"""Answers held against botocore's models: what is not of its form is told by its place."""

from __future__ import annotations

import json
from typing import Any

import botocore.session
import pytest

from sigopt_operator.aws import answers
from sigopt_operator.aws.errors import AwsError

MODELS = botocore.session.get_session()


def judged(service: str, operation: str, body: bytes, status: int = 200) -> str | None:
    """What is said of that answer; None: nothing."""
    model = MODELS.get_service_model(service).operation_model(operation)
    try:
        answers.judge(status, body, model)
    except AwsError as error:
        told = error.trouble
    else:
        return None
    assert (told.code, told.operation) == ("UnreadableAnswer", operation)
    return told.message.removeprefix("the answer cannot be understood: ")


def group(**members: Any) -> bytes:
    return json.dumps({"nodegroup": members}).encode()


RIGHT = {
    "status": "ACTIVE",
    "createdAt": 1763900000.5,
    "scalingConfig": {"minSize": 0, "maxSize": 2},
    "labels": {"a": "b"},
    "taints": [{"key": "k", "effect": "NO_SCHEDULE"}],
    "health": {"issues": []},
    "newerMember": [{"of": "any form"}],
    "version": None,
}


def test_an_answer_of_its_form_is_let_through_with_members_that_are_newer_or_null() -> None:
    assert judged("eks", "DescribeNodegroup", group(**RIGHT)) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param({"status": 17}, "nodegroup.status is no string", id="a number for a text"),
        pytest.param({"status": ["A"]}, "nodegroup.status is no string", id="a list for a text"),
        pytest.param({"createdAt": "soon"}, "nodegroup.createdAt is no timestamp", id="no time"),
        pytest.param(
            {"createdAt": "2026-11-23T12:00:00"},
            "nodegroup.createdAt is no timestamp",
            id="no zone",
        ),
        pytest.param({"createdAt": True}, "nodegroup.createdAt is no timestamp", id="true"),
        pytest.param({"createdAt": 1e300}, "nodegroup.createdAt is no timestamp", id="far off"),
        pytest.param(
            {"scalingConfig": {"minSize": "0"}},
            "nodegroup.scalingConfig.minSize is no integer",
            id="a text for a number",
        ),
        pytest.param(
            {"scalingConfig": {"minSize": 1.5}},
            "nodegroup.scalingConfig.minSize is no integer",
            id="half a node",
        ),
        pytest.param(
            {"scalingConfig": {"minSize": True}},
            "nodegroup.scalingConfig.minSize is no integer",
            id="a word for a number",
        ),
        pytest.param({"scalingConfig": []}, "nodegroup.scalingConfig is no structure", id="a list"),
        pytest.param({"labels": []}, "nodegroup.labels is no map", id="a list for a map"),
        pytest.param({"labels": {"a": 1}}, "nodegroup.labels[] is no string", id="in a map"),
        pytest.param({"taints": {}}, "nodegroup.taints is no list", id="a mapping for a list"),
        pytest.param({"taints": "none"}, "nodegroup.taints is no list", id="a text for a list"),
        pytest.param(
            {"taints": [None]}, "nodegroup.taints[0] is no structure", id="null in a list"
        ),
    ],
)
def test_what_is_of_another_form_in_json_is_told_by_its_place(
    change: dict[str, Any], told: str
) -> None:
    assert judged("eks", "DescribeNodegroup", group(**{**RIGHT, **change})) == told


STACKS = (
    "<DescribeStacksResponse xmlns='http://cloudformation.amazonaws.com/doc/2010-05-15/'>"
    "<DescribeStacksResult><Stacks>{}</Stacks></DescribeStacksResult></DescribeStacksResponse>"
)
STACK = "<member><StackName>a</StackName><CreationTime>{}</CreationTime></member>"
NOW = "2026-11-23T12:00:00Z"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(STACKS.format(STACK.format(NOW)), None, id="a stack"),
        pytest.param(STACKS.format(""), None, id="no stack"),
        pytest.param(STACKS.format("none"), "Stacks is no list", id="a text for a list"),
        pytest.param(STACKS.format("<item/>"), "Stacks is no list", id="other items"),
        pytest.param(
            STACKS.format(STACK.format("soon")),
            "Stacks[0].CreationTime is no timestamp",
            id="no time",
        ),
        pytest.param(
            STACKS.format(f"<member>text{STACK}</member>"), "Stacks[0] is no structure", id="a text"
        ),
        pytest.param(
            STACKS.format("<member><StackName><b/></StackName></member>"),
            "Stacks[0].StackName is no string",
            id="more than a text",
        ),
        pytest.param(
            STACKS.format("<member><DisableRollback>yes</DisableRollback></member>"),
            "Stacks[0].DisableRollback is no boolean",
            id="a word for a boolean",
        ),
        pytest.param("<html><body/></html>", "the whole of it is <html>", id="a page"),
        pytest.param(
            "<ErrorResponse><Error/></ErrorResponse>",
            "the whole of it is <ErrorResponse>",
            id="error",
        ),
        pytest.param(
            "<DescribeStacksResponse/>", "DescribeStacksResult is missing", id="without a result"
        ),
    ],
)
def test_what_is_of_another_form_in_xml_is_told_by_its_place(body: str, told: str | None) -> None:
    assert judged("cloudformation", "DescribeStacks", body.encode()) == told


@pytest.mark.parametrize(
    ("service", "operation", "body", "told"),
    [
        pytest.param("eks", "DescribeCluster", b"<html>", "it is no JSON", id="a page for JSON"),
        pytest.param("eks", "DescribeCluster", b"\xff\xfe{", "it is no JSON", id="no text"),
        pytest.param("eks", "DescribeCluster", b"[" * 9_000, "it is no JSON", id="too deep"),
        pytest.param(
            "eks", "DescribeCluster", b"[]", "the whole of it is no structure", id="a list"
        ),
        pytest.param("ec2", "DescribeVpcs", b"<Describe", "it is no XML", id="XML cut off"),
        pytest.param("ec2", "DescribeVpcs", b"", "it is no XML", id="nothing for XML"),
        pytest.param("ec2", "DeleteVolume", b"<br>", "it is no XML", id="a page for a bare yes"),
        pytest.param(
            "iam", "AttachRolePolicy", b"<html/>", "the whole of it is <html>", id="another page"
        ),
    ],
)
def test_a_body_that_cannot_be_read_at_all_is_told(
    service: str, operation: str, body: bytes, told: str
) -> None:
    assert judged(service, operation, body) == told


@pytest.mark.parametrize(
    ("service", "body", "status", "told"),
    [
        pytest.param("eks", b"<html>", 503, None, id="AWS's own failure"),
        pytest.param("eks", b'{"message": "no"}', 400, None, id="a refusal in JSON"),
        pytest.param("eks", b"", 404, None, id="a refusal whose code is in its headers"),
        pytest.param("eks", b'{"mess', 400, "it is no JSON, after HTTP 400", id="JSON cut off"),
        pytest.param("eks", b"<html>", 403, "it is no JSON, after HTTP 403", id="a page for JSON"),
        pytest.param(
            "eks", b"[]", 400, "the whole of it is no structure, after HTTP 400", id="a list"
        ),
        pytest.param("iam", b"<Response><Code>No</Code></Response>", 404, None, id="in XML"),
        pytest.param(
            "iam", b"<html/>", 403, "the whole of it is <html>, after HTTP 403", id="a page for XML"
        ),
        pytest.param("iam", b"<Error", 404, "it is no XML, after HTTP 404", id="XML cut off"),
    ],
)
def test_of_a_refusal_it_is_enough_that_it_can_be_read(
    service: str, body: bytes, status: int, told: str | None
) -> None:
    operation = "DescribeCluster" if service == "eks" else "GetRole"
    assert judged(service, operation, body, status) == told
