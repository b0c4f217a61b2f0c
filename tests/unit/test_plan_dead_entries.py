"""A role that was deleted and made again: its access entry lets nobody in, and is made anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.access.entries import ADMIN
from sigopt_operator.plan.access.policies import Policies
from sigopt_operator.plan.actions import GrantAccess
from sigopt_operator.plan.decide import decide
from sigopt_operator.plan.snapshot import AccessEntry, Role, Snapshot
from sigopt_operator.plan.steps import Step

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


def step(found: Snapshot) -> Step:
    plan = decide(w.WANT, found, w.MOMENT)
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


def test_the_operators_own_entry_is_made_anew_when_its_role_was() -> None:
    own, shared = w.entries()
    dead = replace(own, made_at=LONG_AGO, tags=w.WANT.tags)
    who = replace(w.WHO, principal_made_at=LATELY)
    (action,) = grants(replace(w.finished(), identity=who, access_entries=(dead, shared)))
    assert (action.principal_arn, action.anew) == (w.WHO.principal_arn, True)
