"""An edit of the spec's tags, and what of the nodes follows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.fakes.management_api import Killed

from sigopt_operator.api.maps import MAX_LABELS, MAX_TAGS
from sigopt_operator.plan.node_pools.group_tags import OF_EKS, TEMPLATE
from sigopt_operator.plan.ownership import TAG_UID

NODES = 600
"""With a volume each more than EC2 takes in a call, and more than one of its filters takes."""


@pytest.fixture
def tagged(rig: Rig) -> Rig:
    """A cluster with the tags owner=ann and cost=7, and many nodes, of which the first has more."""
    rig.api.apply(KEY, {**SPEC, "tags": {"owner": "ann", "cost": "7"}})
    rig.until_steady()
    (name,) = [name for name in rig.aws.groups if "cpu" in name]
    ids = [str(number) for number in range(NODES)]
    ours = rig.aws.groups[name]["tags"]
    rig.aws.instances[f"eks-{name}"] = [f"i-{id_}" for id_ in ids]
    rig.aws.volumes |= {f"vol-{id_}": f"i-{id_}" for id_ in ids}
    for id_ in ids:
        rig.aws.node_tags |= {f"i-{id_}": dict(ours), f"vol-{id_}": dict(ours)}
    for theirs in ("vol-claim", "vol-by-hand", "vol-of-another"):
        rig.aws.volumes[theirs] = "i-0"
    rig.aws.node_tags["vol-claim"] = {"owner": "ann", "kubernetes.io/created-for/pvc/name": "data"}
    rig.aws.node_tags["vol-by-hand"] = {}
    rig.aws.node_tags["vol-of-another"] = {**ours, TAG_UID: "another"}
    return rig


def test_every_node_and_its_root_volume_follow_however_many_there_are(tagged: Rig) -> None:
    tagged.api.apply(KEY, {**SPEC, "tags": {"owner": "bob"}})
    tagged.until_steady()
    for number in range(NODES):
        for thing in (f"i-{number}", f"vol-{number}"):
            have = tagged.aws.node_tags[thing]
            assert have["owner"] == "bob", thing
            assert "cost" not in have, thing


def test_volumes_that_people_or_claims_attached_keep_the_tags_that_they_have(tagged: Rig) -> None:
    theirs = {name: dict(tags) for name, tags in tagged.aws.node_tags.items() if "vol-" in name}
    theirs = {name: theirs[name] for name in ("vol-claim", "vol-by-hand", "vol-of-another")}
    tagged.api.apply(KEY, {**SPEC, "tags": {"owner": "bob"}})
    tagged.until_steady()
    assert {name: tagged.aws.node_tags[name] for name in theirs} == theirs


def test_a_tag_that_somebody_gave_another_value_stays_where_the_spec_no_longer_has_it(
    tagged: Rig,
) -> None:
    tagged.aws.node_tags["i-1"]["cost"] = "8"
    tagged.aws.node_tags["vol-2"]["cost"] = "9"
    tagged.api.apply(KEY, {**SPEC, "tags": {"owner": "ann"}})
    tagged.until_steady()
    assert tagged.aws.node_tags["i-1"]["cost"] == "8"
    assert tagged.aws.node_tags["vol-2"]["cost"] == "9"
    assert "cost" not in tagged.aws.node_tags["vol-1"]


def test_those_of_a_degraded_node_group_follow_too(tagged: Rig) -> None:
    """One that found no capacity is so until it finds some."""
    (name,) = [name for name in tagged.aws.groups if "cpu" in name]
    tagged.aws.groups[name]["status"] = "DEGRADED"
    tagged.api.apply(KEY, {**SPEC, "tags": {"owner": "bob"}})
    tagged.until_steady()
    assert tagged.aws.group_tags[f"eks-{name}"]["owner"] == "bob"
    assert "cost" not in tagged.aws.group_tags[f"eks-{name}"]


def test_those_of_a_pool_whose_other_type_cannot_be_had_follow_too_and_stay_so(
    tagged: Rig,
) -> None:
    """What stands in for the failed node group is the pool's again once the type is taken back."""
    (name,) = [name for name in tagged.aws.groups if "cpu" in name]
    tags = {"tags": {"owner": "bob"}}
    tagged.api.apply(KEY, {**SPEC, **tags, "cpu": {**SPEC["cpu"], "instanceType": "t3.large"}})
    for _ in range(8):
        tagged.round()
        for group in tagged.aws.groups.values():
            if group["status"] == "CREATING":
                group["status"] = "CREATE_FAILED"
        tagged.aws.advance()
    assert "update_stack" in tagged.aws.calls
    tagged.api.apply(KEY, {**SPEC, **tags})
    tagged.until_steady()
    for have in (
        tagged.aws.group_tags[f"eks-{name}"],
        tagged.aws.node_tags["i-0"],
        tagged.aws.node_tags["vol-0"],
    ):
        assert have["owner"] == "bob"
        assert "cost" not in have


MOST_TAGS = 50
LABEL = f"{TEMPLATE}label/"


def _filled(tags: dict[str, str]) -> dict[str, str]:
    """The tags, and somebody else's beside them, as many as AWS takes."""
    theirs = {f"theirs-{number:02}": "x" for number in range(MOST_TAGS)}
    return dict(list({**tags, **theirs}.items())[:MOST_TAGS])


def _fill(rig: Rig) -> dict[str, Callable[[], dict[str, str]]]:
    """Give everything that carries tags as many as AWS takes; how to read them of each, by name."""
    aws = rig.aws
    read: dict[str, Callable[[], dict[str, str]]] = {}
    for things in (aws.clusters, aws.groups, aws.addons, aws.identities, aws.entry_details):
        for name, told in things.items():
            told["tags"] = _filled(told.get("tags", {}))
            read[name] = partial(_kept, told, "tags")
    for name, template in aws.templates.items():
        of_template = {tag["Key"]: tag["Value"] for tag in template["Tags"]}
        template["Tags"] = [{"Key": k, "Value": v} for k, v in _filled(of_template).items()]
        read[f"launch template {name}"] = partial(_of_template, template)
    for kept in (aws.group_tags, aws.node_tags):
        for name in kept:
            kept[name] = _filled(kept[name])
            read[name] = partial(_kept, kept, name)
    return read


def _kept(things: dict[str, dict[str, str]], name: str) -> dict[str, str]:
    return things[name]


def _of_template(template: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in template["Tags"]}


def test_a_tag_gets_another_key_on_what_has_as_many_tags_as_aws_takes(rig: Rig) -> None:
    rig.api.apply(KEY, {**SPEC, "tags": {"owner": "ann"}})
    rig.until_steady()
    (name,) = [name for name in rig.aws.groups if "cpu" in name]
    rig.aws.instances[f"eks-{name}"] = ["i-1"]
    rig.aws.volumes["vol-1"] = "i-1"
    rig.aws.node_tags |= {id_: dict(rig.aws.groups[name]["tags"]) for id_ in ("i-1", "vol-1")}
    read = _fill(rig)
    rig.api.apply(KEY, {**SPEC, "tags": {"team": "ann"}})
    rig.until_steady()
    assert len(read) > 10
    for thing, tags in read.items():
        assert tags()["team"] == "ann", thing
        assert "owner" not in tags(), thing
        assert len(tags()) == MOST_TAGS, thing


def test_with_as_many_labels_and_tags_as_the_spec_takes_a_pool_follows_every_edit(rig: Rig) -> None:
    """So many that the auto scaling group has no room for all, nor a call."""
    labels = {f"label-{number}": "x" for number in range(MAX_LABELS)}
    tags = {f"tag-{number}": "x" for number in range(MAX_TAGS)}
    cpu = {**SPEC["cpu"], "labels": labels}
    rig.api.apply(KEY, {**SPEC, "cpu": cpu, "tags": tags})
    rig.until_steady()
    (name,) = [name for name in rig.aws.groups if "cpu" in name]
    behind = rig.aws.group_tags[f"eks-{name}"]
    assert len(behind) == MOST_TAGS - OF_EKS
    others = {f"other-{number}": "x" for number in range(MAX_TAGS)}
    relabelled = {**SPEC["cpu"], "labels": {f"other-{key}": "x" for key in labels}}
    rig.api.apply(KEY, {**SPEC, "cpu": relabelled, "tags": others})
    rig.until_steady()
    assert {key: behind.get(key) for key in others} == others
    assert not [key for key in behind if key in tags or key.removeprefix(LABEL) in labels]
    assert len(behind) == MOST_TAGS - OF_EKS


def test_after_an_edit_of_all_tags_an_instance_can_be_started_with_both_of_them(rig: Rig) -> None:
    """Auto Scaling merges the group's tags and those of the launch template, which stay."""
    rig.api.apply(KEY, {**SPEC, "tags": {f"tag-{number}": "x" for number in range(MAX_TAGS)}})
    rig.until_steady()
    (name,) = [name for name in rig.aws.groups if "cpu" in name]
    rig.api.apply(KEY, {**SPEC, "tags": {f"other-{number}": "x" for number in range(MAX_TAGS)}})
    rig.until_steady()
    behind = {k for k in rig.aws.group_tags[f"eks-{name}"] if not k.startswith(TEMPLATE)}
    (of_instances,) = [
        {tag["Key"] for tag in told["Tags"]}
        for told in rig.aws.template_data[f"tiny-{name}"]["TagSpecifications"]
        if told["ResourceType"] == "instance"
    ]
    assert len(behind | of_instances) > 2 * MAX_TAGS
    assert len(behind | of_instances) + OF_EKS <= MOST_TAGS


def test_tags_that_a_person_puts_on_a_scaling_group_take_room_from_labels(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    (name,) = [name for name in rig.aws.groups if "cpu" in name]
    behind = rig.aws.group_tags[f"eks-{name}"]
    theirs = {f"theirs-{number}": "x" for number in range(20)}
    behind |= theirs
    labels = {f"label-{number}": "x" for number in range(MAX_LABELS)}
    rig.api.apply(KEY, {**SPEC, "cpu": {**SPEC["cpu"], "labels": labels}, "tags": {"owner": "ann"}})
    rig.until_steady()
    assert behind["owner"] == "ann"
    assert {key: behind.get(key) for key in theirs} == theirs
    assert len(behind) == MOST_TAGS


@pytest.mark.parametrize("alive_for", range(0, 24, 3))
def test_an_edit_of_tags_ends_wherever_the_operator_is_killed(rig: Rig, alive_for: int) -> None:
    rig.api.apply(KEY, {**SPEC, "tags": {"owner": "ann"}})
    rig.until_steady()
    read = _fill(rig)
    rig.restart()
    done = 0

    def kill(operation: str) -> None:
        nonlocal done
        done += operation.endswith(("_tags", "tag_resource"))
        if done > alive_for:
            raise Killed

    rig.aws.on_call = kill
    rig.api.apply(KEY, {**SPEC, "tags": {"team": "ann"}})
    with pytest.raises(Killed):
        rig.until_steady()
    rig.aws.on_call = lambda _operation: None
    rig.restart()
    rig.until_steady()
    for thing, tags in read.items():
        assert tags()["team"] == "ann", thing
        assert "owner" not in tags(), thing
