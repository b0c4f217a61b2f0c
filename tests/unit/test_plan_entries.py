"""Access entries: the two that are always there, those of the spec, and other people's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.fakes import world as w

from sigopt_operator.plan.access.entries import ADMIN
from sigopt_operator.plan.access.policies import Policies
from sigopt_operator.plan.actions import GrantAccess, RemoveAccess, TakeOver
from sigopt_operator.plan.decide import Plan, decide
from sigopt_operator.plan.ownership import ownership_tags
from sigopt_operator.plan.snapshot import AccessEntry, Snapshot
from sigopt_operator.plan.steps import Step

ANN = "arn:aws:iam::111122223333:user/ann"
BOB = "arn:aws:iam::111122223333:role/teams/bob"
NODES = "arn:aws:iam::111122223333:role/tiny-node-role"
VIEW = "AmazonEKSViewPolicy"
EDIT = "AmazonEKSEditPolicy"
WANT = replace(w.WANT, entries={ANN: {VIEW: (), EDIT: ("team-a", "team-b")}})
THEIRS = {"team": "other"}


def entry(
    arn: str, policies: Policies, tags: Mapping[str, str] | None = w.WANT.tags
) -> AccessEntry:
    return AccessEntry(arn, policies, f"arn:entry:{arn}", tags)


def seeing(*found: AccessEntry) -> Snapshot:
    """Everything as wished, and these entries beside the operator's and the access role's."""
    return replace(w.finished(), access_entries=(*w.entries(), *found))


def access(plan: Plan) -> Step:
    return next(p.step for p in plan.parts if p.part.name == "Access")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        pytest.param(
            (),
            f"grant {EDIT} (in team-a, team-b), {VIEW} to {ANN}",
            id="none yet: all of it",
        ),
        pytest.param(
            (entry(ANN, {VIEW: ()}),),
            f"grant {EDIT} (in team-a, team-b) to {ANN}",
            id="one policy is missing",
        ),
        pytest.param(
            (entry(ANN, {VIEW: (), EDIT: ("team-a",)}),),
            f"grant {EDIT} (in team-a, team-b) to {ANN}",
            id="another scope",
        ),
        pytest.param(
            (entry(ANN, {VIEW: ("team-a",), EDIT: ("team-a", "team-b")}),),
            f"grant {VIEW} to {ANN}",
            id="a narrower scope than the whole cluster",
        ),
        pytest.param(
            (entry(ANN, {**WANT.entries[ANN], "AmazonEKSAdminPolicy": ()}),),
            f"take AmazonEKSAdminPolicy from {ANN}",
            id="a policy too many",
        ),
        pytest.param(
            (entry(ANN, WANT.entries[ANN]), entry(BOB, {VIEW: ()})),
            f"remove the access entry of {BOB}",
            id="one of ours that the spec names no more",
        ),
    ],
)
def test_entries_of_the_spec_are_kept_in_step(found: tuple[AccessEntry, ...], words: str) -> None:
    plan = decide(WANT, seeing(*found), w.MOMENT)
    assert [str(action) for _, action in plan.actions] == [words]
    assert not plan.done


def test_entries_as_wished_are_left_alone() -> None:
    assert decide(WANT, seeing(entry(ANN, WANT.entries[ANN])), w.MOMENT).done


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param(entry(BOB, {VIEW: ()}, THEIRS), id="with tags of their own"),
        pytest.param(entry(BOB, {VIEW: ()}, {}), id="without tags"),
        pytest.param(entry(NODES, {}), id="that which EKS makes of the nodes' role"),
    ],
)
def test_entries_of_others_are_left_alone(theirs: AccessEntry) -> None:
    assert decide(w.WANT, seeing(theirs), w.MOMENT).done


def test_an_entry_of_somebody_else_for_a_principal_of_the_spec_is_said_and_left() -> None:
    want = replace(WANT, entries={**WANT.entries, BOB: {VIEW: ()}})
    step = access(decide(want, seeing(entry(ANN, {EDIT: ()}, THEIRS)), w.MOMENT))
    assert step.blocked
    assert step.blocked.reason == "NameConflict"
    assert ANN in step.blocked.message
    assert "aws eks delete-access-entry" in step.blocked.message
    assert [str(action) for action in step.actions] == [f"grant {VIEW} to {BOB}"]


def test_an_entry_that_an_earlier_resource_left_is_taken_over_with_adopt() -> None:
    left = ownership_tags("an-earlier-uid", w.WANT.namespace, w.WANT.name)
    want = replace(WANT, adopt=True)
    step = access(decide(want, seeing(entry(ANN, WANT.entries[ANN], left)), w.MOMENT))
    (action,) = step.actions
    assert isinstance(action, TakeOver)
    assert action.tags == w.WANT.tags
    assert access(decide(WANT, seeing(entry(ANN, {}, left)), w.MOMENT)).blocked


def test_items_for_the_access_role_take_the_place_of_its_cluster_admin() -> None:
    want = replace(w.WANT, entries={w.SHARED: {EDIT: ("team-a",)}})
    (action,) = access(decide(want, w.finished(), w.MOMENT)).actions
    assert isinstance(action, GrantAccess)
    assert (action.policies, action.revoke) == ({EDIT: ("team-a",)}, tuple(ADMIN))


def test_items_for_the_operator_are_beside_its_cluster_admin() -> None:
    want = replace(w.WANT, entries={w.WHO.principal_arn: {VIEW: ()}})
    (action,) = access(decide(want, w.finished(), w.MOMENT)).actions
    assert isinstance(action, GrantAccess)
    assert (action.policies, action.revoke) == ({VIEW: ()}, ())


def test_what_others_gave_to_the_operator_is_left_and_what_they_gave_to_the_role_is_not() -> None:
    more = {**ADMIN, VIEW: ()}
    given = (AccessEntry(w.WHO.principal_arn, more), AccessEntry(w.SHARED, more))
    seen = replace(w.finished(), access_entries=given)
    (action,) = access(decide(w.WANT, seen, w.MOMENT)).actions
    assert str(action) == f"take {VIEW} from {w.SHARED}"


def test_the_entry_of_whoever_managed_the_cluster_before_goes() -> None:
    former = entry("arn:aws:iam::111122223333:user/former", ADMIN)
    (action,) = access(decide(w.WANT, seeing(former), w.MOMENT)).actions
    assert isinstance(action, RemoveAccess)


def test_the_operator_and_the_role_are_offered_as_soon_as_they_get_in() -> None:
    assert access(decide(WANT, seeing(), w.MOMENT)).offers == {"operator", "role"}
    alone = replace(w.finished(), access_entries=w.entries()[:1])
    assert access(decide(WANT, alone, w.MOMENT)).offers == {"operator"}
