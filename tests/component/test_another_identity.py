"""Other credentials, and so another identity in AWS: the former one is out before Ready is said."""

from __future__ import annotations

import pytest
from tests.component.rounds import KEY, SPEC, Rig
from tests.component.test_access import ANN, OPERATOR, ROLE, VIEW, finer, shared, tags_of, trusted
from tests.fakes.aws import _Api

from sigopt_operator.plan.ownership import TAG_UID

OTHER = "arn:aws:iam::111122223333:user/other-operator"
USER = "arn:aws:iam::111122223333:user/operator"


def is_managed_by_another(rig: Rig) -> None:
    """Other credentials, and Ready with them."""
    rig.aws.caller, rig.rotated = OTHER, True
    rig.round()
    rig.until_steady()


def test_another_identity_is_ready_only_once_the_former_one_is_out_everywhere(rig: Rig) -> None:
    """It said so, and let the former one in for another quarter of an hour."""
    rig.api.apply(KEY, shared(ANN))
    rig.until_steady()
    for _ in range(6):
        rig.round()
    rig.aws.caller, rig.rotated = OTHER, True
    for _ in range(6):
        rig.minutes += 0.5
        rig.reconciler(KEY)
        if rig.status["phase"] == "Ready":
            assert trusted(rig) == {OTHER, ANN}
            assert OTHER in rig.aws.entries
            assert OPERATOR not in rig.aws.entries
    assert rig.status["phase"] == "Ready"
    assert rig.status["operatorArn"] == OTHER


def exchanged_amid_the_creation(rig: Rig, rounds: int) -> None:
    rig.api.apply(KEY, shared(ANN))
    for _ in range(rounds):
        rig.round()
        rig.aws.advance()
    rig.aws.caller, rig.rotated = OTHER, True


def ready_without(rig: Rig, *, former: str, present: str) -> None:
    """It becomes Ready, and says of no moment that the former identity is out when it is not."""
    for _ in range(20):
        rig.minutes += 0.5
        rig.reconciler(KEY)
        if rig.condition("AccessReady")["status"] == "True":
            assert former not in rig.aws.entries
        if rig.status["phase"] == "Ready":
            assert trusted(rig) == {present, ANN}
        rig.aws.advance()
    assert rig.status["phase"] == "Ready"


@pytest.mark.parametrize("rounds", range(1, 8))
def test_another_identity_amid_the_creation_is_ready_only_once_the_former_one_is_out(
    rig: Rig, rounds: int
) -> None:
    """Before a cluster ever stood nobody looked for entries that the former identity had left."""
    exchanged_amid_the_creation(rig, rounds)
    ready_without(rig, former=OPERATOR, present=OTHER)


@pytest.mark.parametrize("rounds", range(1, 8))
def test_an_identity_between_is_out_too_though_no_status_after_its_acts_was_written(
    rig: Rig, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who it was stood in the status only after it had let itself in, and that status was lost."""
    exchanged_amid_the_creation(rig, rounds)
    write = rig.api.write_status
    lost = lambda *of: OTHER not in rig.aws.entries and write(*of)  # noqa: E731 # for one round
    monkeypatch.setattr(rig.api, "write_status", lost)
    rig.round()
    monkeypatch.undo()
    rig.aws.caller, rig.rotated = OPERATOR, False
    ready_without(rig, former=OTHER, present=OPERATOR)


def test_an_entry_just_made_that_is_not_listed_yet_is_out_too_before_ready_is_said(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of entries lagged when the credentials were put back at once."""
    rig.api.apply(KEY, shared(ANN))
    rig.until_steady()
    rig.aws.caller, rig.rotated = OTHER, True
    while OTHER not in rig.aws.entries:
        rig.next_round()
    lagging = frozenset(rig.aws.entries) - {OTHER}
    monkeypatch.setattr(_Api, "list_access_entries", lambda _self, **_: listed(lagging))
    rig.aws.caller, rig.rotated = OPERATOR, False
    for _ in range(4):
        rig.next_round()
        assert rig.condition("AccessReady")["status"] != "True"
    monkeypatch.undo()
    rig.until_steady()
    assert OTHER not in rig.aws.entries


def listed(principals: frozenset[str]) -> dict[str, list[str]]:
    return {"accessEntries": sorted(principals)}


def test_what_an_earlier_resource_let_in_is_taken_over_and_goes_when_nobody_wants_it(
    rig: Rig,
) -> None:
    """Adopted, the former identity kept its entry for ever, and so did who the spec left out."""
    rig.api.apply(KEY, {**finer((ANN, VIEW)), "deletionPolicy": "Retain"})
    rig.until_steady()
    rig.api.delete(KEY)
    assert rig.round().released
    rig.api.release(KEY)
    rig.api.apply(KEY, {**SPEC, "adopt": True, "deletionPolicy": "Delete"})
    rig.until_steady()
    for _ in range(6):
        rig.round()
    assert ANN not in rig.aws.entries
    is_managed_by_another(rig)
    assert OTHER in rig.aws.entries
    assert OPERATOR not in rig.aws.entries


def test_without_principals_the_trust_is_left_as_it_is_until_the_spec_says_who_is_let_in(
    rig: Rig,
) -> None:
    """As docs/operations.md tells: it may be somebody's edit, though it names the former one."""
    rig.api.apply(KEY, SPEC)
    rig.until_steady()
    is_managed_by_another(rig)
    assert OTHER in rig.aws.entries
    assert OPERATOR not in rig.aws.entries
    assert trusted(rig) == {OPERATOR}
    rig.api.apply(KEY, shared())
    rig.until_steady()
    assert trusted(rig) == {OTHER}


def test_a_user_whose_entry_an_earlier_resource_made_is_let_out_also_once_adopt_is_taken_out(
    rig: Rig,
) -> None:
    """Of a user nobody knows when it was made: its entry kept the earlier resource's tag."""
    rig.aws.caller = USER
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Retain"})
    rig.until_steady()
    rig.api.delete(KEY)
    assert rig.round().released
    rig.api.release(KEY)
    rig.api.apply(KEY, {**SPEC, "adopt": True, "deletionPolicy": "Delete"})
    rig.until_steady()
    assert tags_of(rig, USER)[TAG_UID] == rig.api.objects[KEY]["metadata"]["uid"]
    rig.api.apply(KEY, {**SPEC, "deletionPolicy": "Delete"})
    rig.until_steady()
    is_managed_by_another(rig)
    assert OTHER in rig.aws.entries
    assert USER not in rig.aws.entries


def test_what_another_identity_needs_is_no_drift(rig: Rig) -> None:
    rig.api.apply(KEY, shared(ANN))
    rig.until_steady()
    rig.aws.caller, rig.rotated = OTHER, True
    rig.until_steady()
    rig.round()
    assert [e for e in rig.api.events if e.reason == "DriftRepaired"] == []


def test_what_is_undone_under_another_identity_is_drift_again(rig: Rig) -> None:
    rig.api.apply(KEY, shared(ANN))
    rig.until_steady()
    is_managed_by_another(rig)
    rig.aws.iam[ROLE]["trust"]["Statement"][0]["Principal"]["AWS"] = [OTHER]
    for _ in range(12):
        rig.round()
    assert trusted(rig) == {OTHER, ANN}
    assert [e for e in rig.api.events if e.reason == "DriftRepaired"]
