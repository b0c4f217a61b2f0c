"""Manifests that nobody wrote: the API server and the operator judge them alike, and in words.

Drawn from the CRD's own schema, and then spoilt. The same ones every time; to hunt for others:
GENERATED=5000 pytest tests/sandbox/test_generated_manifests.py
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import event, given, note
from tests.api_server import ApiServer
from tests.component.rounds import KEY, SPEC, Rig
from tests.generated.specs import anything, believable, tried, wishes
from tests.generated.spoiling import spoiled
from tests.generated.statuses import statuses
from tests.resources import aws, resource
from tests.sandbox.kubectl import with_crd

from sigopt_operator.api.mistakes import without_null_fields
from sigopt_operator.api.resource import InvalidResource, SigOptCluster, find_mistakes
from sigopt_sandbox.kubernetes.management import Management

EXECUTOR = ThreadPoolExecutor(4)
ROUNDS = 4


@pytest.fixture(scope="module")
def api(management: Management) -> Iterator[ApiServer]:
    """With the CRD, and with one resource whose status is tried."""
    kubectl = with_crd(management)
    kubectl.must("create", "-f", "-", stdin=aws())
    yield ApiServer(management.kubeconfig)
    kubectl.must("delete", "sigoptclusters", "--all", "--namespace=default")


def taken(api: ApiServer, spec: Any) -> bool:
    """Whether both take it; if not, both refuse it and say where."""
    manifest = resource(spec, "tiny")
    answer = api.create(manifest)
    event("taken" if answer.taken else "refused")
    if not answer.taken:
        note(answer.message)
        assert answer.status in (400, 422)
        assert "spec" in answer.message
        sent = {**manifest, "spec": without_null_fields(spec)}
        assert find_mistakes(sent), "only the API server refuses it"
        return False
    metadata = {"generation": 1, "resourceVersion": "1", "uid": "u", **answer.stored["metadata"]}
    stored = {**answer.stored, "metadata": metadata}
    try:
        SigOptCluster.parse(stored)
    except InvalidResource as error:
        assert "must be nested at most 32 levels deep" in str(error)  # noqa: PT017 - or it is none
    return True


@tried(60)
@given(spec=anything)
def test_what_is_of_the_right_types_both_judge_alike(api: ApiServer, spec: Any) -> None:
    taken(api, spec)


@tried(60)
@given(spec=wishes())
def test_what_breaks_no_rule_both_take(api: ApiServer, spec: Any) -> None:
    assert taken(api, spec)


@tried(150)
@given(spec=spoiled(wishes()))
def test_what_is_spoilt_both_judge_alike(api: ApiServer, spec: Any) -> None:
    taken(api, spec)


def refusal(api: ApiServer, status: Any) -> str:
    """What it says against such a status; empty where it takes it."""
    return api.write_status("tiny-cluster", status, namespace="default").message


@tried(40)
@given(spec=wishes() | believable())
def test_whatever_is_said_of_a_wish_is_a_status_that_can_be_written(
    api: ApiServer, spec: Any
) -> None:
    rig = Rig(EXECUTOR)
    rig.api.apply(KEY, spec)
    for _ in range(ROUNDS):
        rig.round()
        rig.aws.advance()
        assert refusal(api, rig.status) == ""


@tried(60)
@given(status=statuses)
def test_a_forged_status_that_can_be_written_is_followed_by_one_that_can(
    api: ApiServer, status: Any
) -> None:
    event("refused" if refusal(api, status) else "taken")
    rig = Rig(EXECUTOR)
    rig.api.apply(KEY, SPEC)
    rig.api.objects[KEY]["status"] = status
    for _ in range(ROUNDS):
        rig.round()
        rig.aws.advance()
        assert refusal(api, rig.status) == ""
