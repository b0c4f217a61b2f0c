"""What a cluster's own API forbids: for want of a right, or while a namespace is on its way out."""

import json
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from sigopt_operator.aws.errors import AwsError
from sigopt_operator.cluster.errors import cluster_answers
from sigopt_operator.plan.trouble import Kind

GOING = {"reason": "NamespaceTerminating", "message": "namespace a is being terminated"}


def trouble(body: Any, status: int = 403) -> tuple[Kind, str]:
    error = ApiException(status=status, reason="Forbidden")
    error.body = body
    with pytest.raises(AwsError) as caught, cluster_answers("install it", "mend spec.training"):
        raise error
    return caught.value.trouble.kind, caught.value.trouble.reason


@pytest.mark.parametrize(
    "causes",
    [
        pytest.param([GOING], id="alone"),
        pytest.param([{"reason": "FieldValueInvalid"}, GOING], id="among others"),
    ],
)
def test_a_namespace_that_is_being_terminated_is_waited_for(causes: list[Any]) -> None:
    body = json.dumps({"message": "no", "details": {"causes": causes}})
    assert trouble(body) == (Kind.BUSY, "NamespaceTerminating")
    assert trouble(body.encode()) == (Kind.BUSY, "NamespaceTerminating")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"message": "no right"}, id="without details"),
        pytest.param({"details": {"causes": [{"reason": "Other"}]}}, id="another cause"),
        pytest.param({"message": "NamespaceTerminating"}, id="the word in the message alone"),
        pytest.param({"details": "NamespaceTerminating"}, id="text as details"),
        pytest.param({"details": {"causes": "NamespaceTerminating"}}, id="text as causes"),
        pytest.param({"details": {"causes": ["NamespaceTerminating", 7]}}, id="text as a cause"),
        pytest.param({"details": {"causes": [{"reason": [GOING]}]}}, id="a list as reason"),
        pytest.param([GOING], id="a list"),
        pytest.param(None, id="nothing"),
    ],
)
def test_anything_else_that_is_forbidden_is_for_a_person(body: Any) -> None:
    assert trouble(json.dumps(body)) == (Kind.REFUSED, "RefusedByCluster")


@pytest.mark.parametrize("body", [None, "", "<html>", b"\xff"])
def test_so_is_what_is_no_json(body: Any) -> None:
    assert trouble(body) == (Kind.REFUSED, "RefusedByCluster")
