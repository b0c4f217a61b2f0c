"""One object of the API server, read."""

from typing import Any

import pytest
from pydantic import ValidationError
from tests.resources import aws, custom, resource

from sigopt_operator.api.pools import PoolSpec, SystemPoolSpec
from sigopt_operator.api.resource import InvalidResource, SigOptCluster
from sigopt_operator.api.spec import Provider
from sigopt_operator.api.status import Status


def stored(obj: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The object as the API server gives it back."""
    metadata = {"uid": "u-1", "generation": 3, "resourceVersion": "42", **obj["metadata"], **more}
    return {**obj, "metadata": metadata}


def test_a_resource_is_who_it_is_and_what_it_wants() -> None:
    cluster = SigOptCluster.parse(stored(aws(region="us-west-2")))

    assert (cluster.namespace, cluster.name, cluster.uid) == ("default", "tiny-cluster", "u-1")
    assert (cluster.generation, cluster.resource_version) == (3, "42")
    assert cluster.spec.provider is Provider.AWS
    assert cluster.spec.region == "us-west-2"
    assert cluster.spec.cpu == PoolSpec(instance_type="t3.medium", min_nodes=0, max_nodes=2)


def test_the_cluster_is_called_as_the_resource_unless_the_spec_says_otherwise() -> None:
    assert SigOptCluster.parse(stored(aws())).cluster_name == "tiny-cluster"
    assert SigOptCluster.parse(stored(aws(clusterName="Tiny"))).cluster_name == "Tiny"


def test_a_deletion_and_finalizers_are_seen() -> None:
    cluster = SigOptCluster.parse(
        stored(aws(), deletionTimestamp="2026-11-23T12:00:00Z", finalizers=["a/b"])
    )

    assert cluster.deleting
    assert cluster.finalizers == ("a/b",)
    assert not SigOptCluster.parse(stored(aws())).deleting


def test_omitted_parts_have_their_defaults() -> None:
    spec = SigOptCluster.parse(stored(aws())).spec

    assert spec.system == SystemPoolSpec(instance_type="t3.large", min_nodes=1, max_nodes=2)
    assert spec.aws.credentials_secret_ref is None
    assert spec.access.principals is None
    assert (spec.management_policy, spec.deletion_policy) == ("Full", "Delete")


@pytest.mark.parametrize(
    ("obj", "pools"),
    [
        pytest.param(aws(), ["system", "cpu"], id="a CPU pool"),
        pytest.param(
            aws(gpu={"instanceType": "g5.xlarge", "minNodes": 0, "maxNodes": 1}),
            ["system", "cpu", "gpu"],
            id="both pools",
        ),
        pytest.param(custom(), [], id="a custom cluster brings its own nodes"),
    ],
)
def test_the_pools_are_those_wanted_system_first(obj: dict[str, Any], pools: list[str]) -> None:
    assert list(SigOptCluster.parse(stored(obj)).spec.pools) == pools


def test_an_invalid_spec_is_explained_with_every_mistake() -> None:
    wrong = stored(aws(region="nowhere", managementPolicy="all"))

    with pytest.raises(InvalidResource) as refused:
        SigOptCluster.parse(wrong)

    assert "spec.region: must be an AWS region" in str(refused.value)
    assert "; spec.managementPolicy: must be 'Full', 'Observe' or 'Plan'" in str(refused.value)


def test_a_missing_spec_is_explained() -> None:
    obj = stored(resource({}))
    del obj["spec"]

    with pytest.raises(InvalidResource, match="spec: is required"):
        SigOptCluster.parse(obj)


@pytest.mark.parametrize(
    ("status", "read"),
    [
        pytest.param({"observedGeneration": -1}, Status(), id="nobody has looked"),
        pytest.param({"phase": "Ready", "novel": 1}, Status(phase="Ready"), id="a newer field"),
        pytest.param({"phase": "Novel"}, None, id="unreadable: written anew by the next round"),
        pytest.param(None, None, id="none"),
        pytest.param(
            {"standardSupportEnds": "9999-12-31T23:59:59-23:59"}, None, id="a time after time"
        ),
        pytest.param(
            {"standardSupportEnds": "0001-01-01T00:00:00+23:59"}, None, id="a time before time"
        ),
    ],
)
def test_the_status_is_read_where_it_can_be(
    status: dict[str, Any] | None, read: Status | None
) -> None:
    obj = stored(aws())
    if status is not None:
        obj["status"] = status

    assert SigOptCluster.parse(obj).status == read


def test_a_spec_cannot_be_changed_in_place() -> None:
    spec = SigOptCluster.parse(stored(aws())).spec

    with pytest.raises(ValidationError):
        spec.region = "us-east-1"  # type: ignore[misc] # the point of the test


def test_protection_holds_though_the_spec_breaks_a_newer_rule() -> None:
    spec = aws(deletionProtection=True, cpu={"instanceType": "t3.medium"})
    cluster = SigOptCluster.parse(stored(spec, deletionTimestamp="2026-11-23T12:00:00Z"))

    assert cluster.spec.deletion_protection


def test_what_is_deleted_keeps_its_login_though_the_spec_breaks_a_newer_rule() -> None:
    role = "arn:aws:iam::111122223333:role/op"
    login = {"credentialsSecretRef": {"name": "k"}, "roleArn": role, "externalId": "theirs"}
    spec = aws(aws={**login, "additionalPolicies": ["none"]})
    found = SigOptCluster.parse(stored(spec, deletionTimestamp="2026-11-23T12:00:00Z")).spec.aws

    assert found.credentials_secret_ref is not None
    assert found.credentials_secret_ref.name == "k"
    assert (found.role_arn, found.external_id) == (role, "theirs")


def test_what_is_deleted_keeps_all_that_a_deletion_goes_by() -> None:
    subnets = {"subnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]}
    spec = aws(
        clusterName="Tiny",
        region="us-west-2",
        network=subnets,
        adopt=True,
        paused=True,
        managementPolicy="Plan",
        deletionPolicy="Delete",
        cpu={"instanceType": "t3.medium"},
    )
    found = SigOptCluster.parse(stored(spec, deletionTimestamp="2026-11-23T12:00:00Z"))
    read = found.spec
    assert (found.cluster_name, read.region, read.adopt, read.paused) == (
        "Tiny",
        "us-west-2",
        True,
        True,
    )
    assert read.network is not None
    assert read.network.subnet_ids == tuple(subnets["subnetIds"])
    assert (read.management_policy, read.deletion_policy) == ("Plan", "Delete")
    assert found.unreadable == ()


@pytest.mark.parametrize(
    ("policy", "unreadable"),
    [("Full", ("spec.clusterName",)), ("Plan", ("spec.clusterName",)), ("Observe", ())],
)
def test_nothing_is_deleted_under_a_name_that_nothing_is_made_under(
    policy: str, unreadable: tuple[str, ...]
) -> None:
    obj = aws(clusterName="prod_data", managementPolicy=policy)
    found = SigOptCluster.parse(stored(obj, deletionTimestamp="2026-11-23T12:00:00Z"))
    assert found.unreadable == unreadable


def test_without_a_spec_nothing_says_what_to_delete() -> None:
    obj = stored(resource({}), deletionTimestamp="2026-11-23T12:00:00Z")
    del obj["spec"]
    assert SigOptCluster.parse(obj).unreadable == ("spec",)
