"""What carries a name that we want without our tag is somebody else's, and is touched never."""

from dataclasses import replace
from typing import Any

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.ownership import TAG_RESOURCE, of_that_name, ownership_tags
from sigopt_operator.plan.snapshot import Snapshot

NAMESAKE = {**w.WANT.tags, "orchestrate.sigopt.com/cluster-uid": "another-uid"}


@pytest.mark.parametrize("tags", [w.FOREIGN, NAMESAKE, {}], ids=["foreign", "namesake", "untagged"])
@pytest.mark.parametrize(
    ("part", "kind"), [("stack", "CloudFormation stack"), ("cluster", "EKS cluster")]
)
def test_a_foreign_name_blocks_and_nothing_is_done(
    part: str, kind: str, tags: dict[str, str]
) -> None:
    theirs: dict[str, Any] = {
        "stack": replace(w.stack(), tags=tags),
        "cluster": replace(w.cluster(), tags=tags),
    }
    seen = replace(w.EMPTY, **{part: theirs[part]})
    plan = decide(w.WANT, seen, w.MOMENT)
    blocked = [p.step.blocked for p in plan.parts if p.step.blocked]
    assert [b.reason for b in blocked] == ["NameConflict"]
    assert kind in blocked[0].message
    assert plan.actions == ()


def test_a_foreign_node_group_in_our_cluster_stays() -> None:
    extra = replace(w.group(w.CPU), name="made-by-hand", tags=w.FOREIGN)
    seen = replace(w.finished(), node_groups=(*w.finished().node_groups, extra))
    plan = decide(w.WANT, seen, w.MOMENT)
    assert plan.actions == ()
    assert plan.done


def test_a_foreign_node_group_with_a_wanted_name_blocks_that_pool() -> None:
    groups = (w.group(w.SYSTEM), replace(w.group(w.CPU), tags=w.FOREIGN))
    seen: Snapshot = replace(w.finished(), node_groups=groups)
    plan = decide(w.WANT, seen, w.MOMENT)
    assert plan.actions == ()
    assert [p.step.blocked.reason for p in plan.parts if p.step.blocked] == ["NameConflict"]


def test_the_longest_names_fit_into_a_tag_and_stay_different() -> None:
    namespace, name = "n" * 63, "a" * 252
    one, other = (ownership_tags("uid", namespace, f"{name}{last}") for last in "ab")
    assert len(one[TAG_RESOURCE]) == len(other[TAG_RESOURCE]) == 256
    assert one != other
    assert of_that_name(one, namespace, f"{name}a")
    assert not of_that_name(other, namespace, f"{name}a")
    assert ownership_tags("uid", "ml", "tiny")[TAG_RESOURCE] == "ml/tiny"
