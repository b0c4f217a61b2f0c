"""A call is called the same in every run, and what changes nothing is not called anything."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reliability.calls import (
    EVENT,
    FINALIZERS,
    READ,
    STATUS,
    Call,
    aws_call,
    kube_call,
    lasting,
    parse_point,
    spelled,
)

API = "https://127.0.0.1:1234"
OURS = f"{API}/apis/orchestrate.sigopt.com/v1alpha1/namespaces/run-0a1b2c3d/sigoptclusters/crash"


def _status(phase: str, **conditions: str) -> list[dict[str, Any]]:
    listed = [{"type": kind, "status": status} for kind, status in conditions.items()]
    return [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
        {"op": "add", "path": "/status", "value": {"phase": phase, "conditions": listed}},
    ]


@pytest.mark.parametrize(
    "operation", ["DescribeCluster", "ListAddons", "GetRole", "SimulatePrincipalPolicy"]
)
def test_looking_is_no_change(operation: str) -> None:
    assert aws_call("eks", operation, {"name": "crash"}) is None


@pytest.mark.parametrize(
    ("operation", "arguments", "subject"),
    [
        ("CreateNodegroup", {"clusterName": "crash", "nodegroupName": "cpu-1"}, "cpu-1"),
        ("CreateAccessEntry", {"principalArn": "arn:aws:iam::300000000001:user/me"}, "me"),
        (
            "DeleteStack",
            {"StackName": "arn:aws:cloudformation:us-west-2:300000000001:stack/crash-sigopt/1-2"},
            "crash-sigopt",
        ),
        ("DeleteLaunchTemplate", {"LaunchTemplateId": "lt-0123456789abcdef0"}, ""),
        ("CreateOrUpdateTags", {"Tags": [{"ResourceId": "eks-cpu-1"}] * 2}, "eks-cpu-1"),
    ],
)
def test_a_call_of_aws_is_called_by_what_it_is_about(
    operation: str, arguments: dict[str, Any], subject: str
) -> None:
    assert aws_call("any", operation, arguments) == Call(f"any:{operation}", subject)


@pytest.mark.parametrize(
    ("method", "path", "body", "call"),
    [
        pytest.param("GET", OURS, None, Call(READ, ""), id="a round begins"),
        pytest.param(
            "PATCH",
            f"{OURS}/status",
            _status("Creating", NetworkReady="True", Ready="False"),
            Call(STATUS, "Creating NetworkReady"),
            id="a status by its phase and what it says is so",
        ),
        pytest.param(
            "PATCH",
            OURS,
            {"metadata": {"finalizers": ["ours"]}},
            Call(FINALIZERS, "put on"),
            id="a finalizer is put on",
        ),
        pytest.param(
            "PATCH",
            OURS,
            [{"op": "remove", "path": "/metadata/finalizers"}],
            Call(FINALIZERS, "taken off"),
            id="a finalizer is taken off",
        ),
        pytest.param(
            "POST",
            f"{API}/api/v1/namespaces/run-0a1b2c3d/events",
            {"reason": "CreateStack", "message": "in run-0a1b2c3d"},
            Call(EVENT, "CreateStack: in NAMESPACE"),
            id="an event by its words",
        ),
        pytest.param(
            "PATCH",
            f"{API}/api/v1/namespaces/run-0a1b2c3d/secrets/s",
            {},
            Call("k8s:Patch", "/api/v1/namespaces/NAMESPACE/secrets/s"),
            id="a Secret by its path",
        ),
    ],
)
def test_a_call_of_the_management_cluster_is_called_by_what_it_says(
    method: str, path: str, body: Any, call: Call
) -> None:
    assert kube_call(method, path, body, inside=False) == call


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/namespaces/run-0a1b2c3d/secrets/keys"),
        ("PUT", "/apis/coordination.k8s.io/v1/namespaces/x/leases/sigopt-operator"),
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
    ],
)
def test_the_process_own_affairs_are_no_change(method: str, path: str) -> None:
    assert kube_call(method, API + path, {}, inside=False) is None


def test_what_is_done_in_the_cluster_that_was_made_is_told_apart() -> None:
    path = "/api/v1/namespaces/orchestrate"
    assert kube_call("PATCH", API + path, {}, inside=True) == Call("inside:Patch", path)


def test_a_point_is_read_as_it_was_spelled() -> None:
    call = Call("k8s:Event", "CreateStack: with #2 in it")
    assert parse_point(spelled(call, 3)) == (call, 3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("subnet-0123456789abcdef0", "subnet-fedcba98765432100"),
        ("arn:aws:iam::300000000001:role/r", "arn:aws:iam::300000000012:role/r"),
        ("run-01234567/crash", "run-89abcdef/crash"),
        (
            "eks-cpu-1-bf2002c4-09d8-419f-9902-98ed5a0a0046",
            "eks-cpu-1-" + "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
        ),
        ("since 2026-11-25T17:08:10Z", "since 2027-01-01 00:00:00.5+00:00"),
    ],
)
def test_what_differs_from_run_to_run_is_left_out(one: str, other: str) -> None:
    assert lasting(one) == lasting(other)


def test_names_stay_what_they_are() -> None:
    told = "node group cpu-e1d4d99b of crash at 1.34 in us-west-2a, for 111122223333"
    assert lasting(told) == told
