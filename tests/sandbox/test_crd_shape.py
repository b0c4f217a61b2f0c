"""What a person sees of the resource in kubectl, on a real API server."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.resources import aws
from tests.sandbox.kubectl import Kubectl, with_crd

from sigopt_operator.api.status import (
    Condition,
    ConditionType,
    Nodes,
    Phase,
    PoolStatus,
    Progress,
    Status,
    WaitingFor,
)
from sigopt_sandbox.kubernetes.management import Management

NOW = datetime(2026, 11, 23, 12, 0, 0, 654321, tzinfo=UTC)

FULL = Status(
    observed_generation=1,
    phase=Phase.CREATING,
    message="EKS is creating the control plane",
    conditions=tuple(
        Condition(
            type=kind,
            status="False",
            reason="Creating",
            message="not yet",
            observed_generation=1,
            last_transition_time=NOW,
        )
        for kind in ConditionType
    ),
    progress=Progress(
        done=3, total=7, waiting_for=WaitingFor(what="EKS: cluster CREATING", since=NOW)
    ),
    region="us-west-2",
    kubernetes_version="1.34",
    endpoint="https://ABC.gr7.us-west-2.eks.amazonaws.com",
    cluster_arn="arn:aws:eks:us-west-2:111122223333:cluster/tiny-cluster",
    access_role_arn="arn:aws:iam::111122223333:role/tiny-cluster-k8s-access-role",
    nodes=Nodes(ready=2, desired=3),
    pools=(
        PoolStatus(
            name="cpu",
            node_group="cpu-1a2b3c",
            instance_type="t3.medium",
            min_nodes=0,
            max_nodes=2,
            desired_nodes=1,
            status="ACTIVE",
        ),
    ),
)


@pytest.fixture(scope="module")
def kubectl(management: Management) -> Kubectl:
    return with_crd(management)


@pytest.fixture
def tiny(kubectl: Kubectl) -> Iterator[Kubectl]:
    """A kubectl, and an object tiny-cluster that is gone afterwards."""
    kubectl.must("create", "-f", "-", stdin=aws())
    yield kubectl
    kubectl.must("delete", "sigoptclusters", "--all", "--namespace=default")


def seen(kubectl: Kubectl) -> dict[str, Any]:
    return dict(json.loads(kubectl.must("get", "soc", "tiny-cluster", "-o", "json")))


def write_status(kubectl: Kubectl, status: Status) -> None:
    patch = json.dumps({"status": status.to_dict()})
    kubectl.must(
        "patch", "soc", "tiny-cluster", "--subresource=status", "--type=merge", "-p", patch
    )


def test_a_fresh_object_is_not_taken_for_a_finished_one(tiny: Kubectl) -> None:
    assert seen(tiny)["status"] == {"observedGeneration": -1}


def test_the_default_that_kubectl_shows_is_what_the_operator_may_do(tiny: Kubectl) -> None:
    spec = seen(tiny)["spec"]

    assert spec == {**aws()["spec"], "managementPolicy": "Full"}


def test_a_full_status_is_stored_as_it_was_written(tiny: Kubectl) -> None:
    write_status(tiny, FULL)

    status = seen(tiny)["status"]

    assert status == FULL.to_dict()
    assert Status.model_validate(status, by_alias=True, by_name=False) == FULL


def test_a_status_longer_than_the_crd_admits_is_cut_and_stored(tiny: Kubectl) -> None:
    write_status(tiny, Status(message="x" * 40_000))

    assert len(seen(tiny)["status"]["message"]) == 32_768


def test_writing_the_spec_leaves_the_status_alone(tiny: Kubectl) -> None:
    write_status(tiny, FULL)

    tiny.must("replace", "-f", "-", stdin=aws(kubernetesVersion="1.34"))

    after = seen(tiny)
    assert after["metadata"]["generation"] == 2
    assert after["status"] == FULL.to_dict()


def test_kubectl_get_shows_what_people_ask_for(tiny: Kubectl) -> None:
    write_status(tiny, FULL)

    header, row = tiny.must("get", "soc").splitlines()

    assert header.split() == ["NAME", "PHASE", "READY", "VERSION", "NODES", "PROGRESS", "AGE"]
    assert row.split()[:-1] == ["tiny-cluster", "Creating", "False", "1.34", "2/3", "3/7"]


def test_wide_output_adds_endpoint_and_message(tiny: Kubectl) -> None:
    write_status(tiny, FULL)

    header, row = tiny.must("get", "sigoptclusters", "-o", "wide").splitlines()

    assert header.split()[-2:] == ["ENDPOINT", "MESSAGE"]
    assert row.endswith(f"{FULL.endpoint}   {FULL.message}")


def test_kubectl_explain_has_a_text_for_every_field_of_the_spec(kubectl: Kubectl) -> None:
    text = kubectl.must("explain", "soc.spec", "--recursive=false")

    assert "<no description>" not in text
    assert "AWS region; the operator's default if omitted" in text


def test_kubectl_delete_all_does_not_mean_clusters(kubectl: Kubectl) -> None:
    name = "sigoptclusters.orchestrate.sigopt.com"

    assert name not in kubectl.must("api-resources", "--categories=all", "-o", "name")
    assert name in kubectl.must("api-resources", "--categories=sigopt", "-o", "name")
