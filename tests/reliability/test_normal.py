"""Two worlds that are alike are said to be, and where they differ it is said how."""

from __future__ import annotations

from typing import Any

from tests.reliability.normal import difference, of_aws, of_the_resource


def _world(*, uid: str = "0" * 17, **record: Any) -> dict[str, Any]:
    facts = {"status": "ACTIVE", "tags": {"Name": "pool"}, "record": record}
    return {"300000000001/us-west-2": {"ec2:launch-template": {f"lt-{uid}": facts}}}


def test_worlds_that_differ_in_ids_and_times_alone_are_alike() -> None:
    one = _world(CreateTime="yesterday", of=f"subnet-{'1' * 17}")
    other = _world(uid="f" * 17, CreateTime="today", of=f"subnet-{'2' * 17}")
    assert difference(of_aws(one), of_aws(other)) == []


def test_another_setting_is_told_with_where_it_is() -> None:
    told = difference(of_aws(_world(Size=1)), of_aws(_world(Size=2)))
    assert told == ["ec2:launch-template pool: record.Size is 2, expected 1"]


def test_what_is_there_twice_is_told() -> None:
    one, two = _world(), _world()
    two["300000000001/us-west-2"]["ec2:launch-template"] |= {
        f"lt-{'a' * 17}": {"status": "ACTIVE", "tags": {"Name": "pool"}, "record": {}}
    }
    told = difference(of_aws(one), of_aws(two))
    assert told == ["ec2:launch-template pool: 0 are missing, 1 were not expected"]


def test_what_is_gone_and_what_belongs_to_the_account_does_not_count() -> None:
    things: dict[str, Any] = {
        "cloudformation:stack": {"s": {"status": "DELETE_COMPLETE"}},
        "ec2:vpc": {"vpc-00000001": {"furniture": True}},
        "iam:user": {"operator": {}},
    }
    assert of_aws({"300000000001/us-west-2": things}) == {}


def test_a_finalizer_that_is_missing_is_told() -> None:
    resource = {"metadata": {"finalizers": ["ours"]}, "spec": {}, "status": {"phase": "Ready"}}
    without = {**resource, "metadata": {}}
    (told,) = difference(of_the_resource(resource), of_the_resource(without))
    assert told.startswith("the resource: finalizers is []")
