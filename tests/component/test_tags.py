"""An edit of the spec's tags, and what of the nodes follows it."""

from __future__ import annotations

import pytest
from tests.component.rounds import KEY, SPEC, Rig

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
