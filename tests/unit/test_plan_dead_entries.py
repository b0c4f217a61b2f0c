"""A role that was deleted and made again: its access entry lets nobody in, and is made anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.access.entries import ADMIN
from sigopt_operator.plan.access.policies import Policies
from sigopt_operator.plan.actions import GrantAccess, TakeOver
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.ownership import TAG_UID
from sigopt_operator.plan.snapshot import AccessEntry, Role, Snapshot
from sigopt_operator.plan.steps import Step
from sigopt_operator.plan.wish import Wish

ROLE = "tiny-k8s-access-role"
LONG_AGO, LATELY = w.ago(minutes=60), w.ago(minutes=5)


def seen(
    role_made_at: datetime | None,
    entry_made_at: datetime | None,
    tags: dict[str, str] | None = None,
    policies: Policies = ADMIN,
) -> Snapshot:
    """Everything as wished, but for the access role and its entry."""
    own, _ = w.entries()
    entry = AccessEntry(
        w.SHARED,
        policies,
        tags=w.WANT.tags if tags is None else tags,
        made_at=entry_made_at,
    )
    roles = {ROLE: Role(ROLE, trust={}, made_at=role_made_at)} if role_made_at else {}
    return replace(w.finished(), access_entries=(own, entry), roles=roles)


def step(found: Snapshot, want: Wish = w.WANT) -> Step:
    plan = decide(want, found, w.MOMENT)
    return next(p.step for p in plan.parts if p.part.name == "Access")


def grants(found: Snapshot) -> list[GrantAccess]:
    return [action for action in step(found).actions if isinstance(action, GrantAccess)]


@pytest.mark.parametrize(
    ("role_made_at", "entry_made_at"),
    [
        pytest.param(LONG_AGO, LATELY, id="the entry came after the role"),
        pytest.param(LONG_AGO, LONG_AGO, id="both in the same moment"),
        pytest.param(None, LONG_AGO, id="the role was not looked at in this round"),
        pytest.param(LATELY, None, id="the entry's date was not asked in this round"),
    ],
)
def test_an_entry_that_is_not_known_to_be_dead_is_left_alone(
    role_made_at: datetime | None, entry_made_at: datetime | None
) -> None:
    assert step(seen(role_made_at, entry_made_at)).ready


def test_an_entry_older_than_its_role_is_made_anew_and_told() -> None:
    (action,) = grants(seen(LATELY, LONG_AGO))
    assert (action.principal_arn, action.policies, action.anew) == (w.SHARED, ADMIN, True)
    (difference,) = action.differences
    assert str(difference).startswith(f"access entry of {w.SHARED}: found made 2026-")
    assert "for an earlier role" in difference.found


def test_one_that_lacks_the_policy_too_gets_both_with_one_action() -> None:
    (action,) = grants(seen(LATELY, LONG_AGO, policies={}))
    assert action.anew


def test_an_entry_that_is_missing_is_only_made() -> None:
    own, _ = w.entries()
    (action,) = grants(replace(seen(LATELY, LONG_AGO), access_entries=(own,)))
    assert not action.anew


def test_somebody_elses_dead_entry_is_not_touched_and_the_way_out_is_told() -> None:
    found = step(seen(LATELY, LONG_AGO, tags=w.FOREIGN))
    assert found.actions == ()
    assert found.blocked is not None
    assert found.blocked.reason == "AccessEntryDead"
    for words in ("aws eks delete-access-entry", "--cluster-name tiny", w.SHARED):
        assert words in found.blocked.message


def test_a_dead_entry_that_an_earlier_resource_left_is_taken_over_first_with_adopt() -> None:
    """Then it is ours, and made anew."""
    left = {**w.WANT.tags, TAG_UID: "uid-0"}
    found = step(seen(LATELY, LONG_AGO, tags=left), replace(w.WANT, adopt=True))
    assert [type(action) for action in found.actions] == [TakeOver]
    assert found.blocked is None
    assert "role" not in found.offers, "nobody gets in by it yet"
    without = step(seen(LATELY, LONG_AGO, tags=left))
    assert without.actions == ()
    assert without.blocked is not None
    assert without.blocked.reason == "AccessEntryDead"


NODES = "tiny-node-role"
OF_NODES = f"arn:aws:iam::111122223333:role/{NODES}"


def nodes_seen(role_made_at: datetime, entry_made_at: datetime | None) -> Snapshot:
    """Everything as wished, and the nodes' role and its entry looked at."""
    role = Role(NODES, trust={}, made_at=role_made_at, inline=None)
    entry = AccessEntry(OF_NODES, tags={}, made_at=entry_made_at)
    entries = (*w.entries(), entry) if entry_made_at else w.entries()
    groups = (
        replace(w.group(pool), created_at=at)
        for pool, at in zip(w.WANT.pools, (LONG_AGO, w.NOW), strict=True)
    )
    finished = replace(w.finished(), node_groups=tuple(groups), access_entries=entries)
    return replace(finished, roles={NODES: role})


@pytest.mark.parametrize(
    ("role_made_at", "entry_made_at"),
    [
        pytest.param(LONG_AGO, LATELY, id="EKS made it for this role"),
        pytest.param(LATELY, w.NOW, id="somebody made it anew for this role"),
        pytest.param(LATELY, None, id="there is none: EKS makes one with the next node group"),
    ],
)
def test_the_entry_of_the_nodes_is_left_to_eks(
    role_made_at: datetime, entry_made_at: datetime | None
) -> None:
    assert step(nodes_seen(role_made_at, entry_made_at)).ready


def test_a_dead_entry_of_the_nodes_is_told_with_both_commands_and_the_groups_to_delete() -> None:
    """EKS made it and keeps it, with the earlier role's id; its instance profiles have no role."""
    found = step(nodes_seen(LATELY, LONG_AGO))
    assert found.actions == ()
    assert found.offers == {"operator", "role"}, "all else goes on"
    assert found.blocked is not None
    assert found.blocked.reason == "AccessEntryDead"
    cluster = "--region us-west-2 --cluster-name tiny"
    where = f"{cluster} --principal-arn {OF_NODES}"
    before, after = (group.name for group in nodes_seen(LATELY, LONG_AGO).node_groups)
    for words in (
        f"aws eks delete-access-entry {where} && "
        f"aws eks create-access-entry {where} --type EC2_LINUX",
        f"aws eks delete-nodegroup {cluster} --nodegroup-name {before}",
    ):
        assert words in found.blocked.message
    assert after not in found.blocked.message, "made after the role"


def test_the_operators_own_entry_is_made_anew_when_its_role_was() -> None:
    own, shared = w.entries()
    dead = replace(own, made_at=LONG_AGO, tags=w.WANT.tags)
    who = replace(w.WHO, principal_made_at=LATELY)
    (action,) = grants(replace(w.finished(), identity=who, access_entries=(dead, shared)))
    assert (action.principal_arn, action.anew) == (w.WHO.principal_arn, True)
