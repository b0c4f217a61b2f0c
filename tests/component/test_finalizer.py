"""The finalizer: nothing before it, and where it is refused that is told and tried again."""

from __future__ import annotations

from tests.component.rounds import KEY, SPEC, Rig

from sigopt_operator.api.resource import FINALIZER

FROZEN = "422: ValidatingAdmissionPolicy 'audit' denied request: finalizers are frozen"


def finalizers(rig: Rig) -> list[str]:
    found: list[str] = rig.api.objects[KEY]["metadata"]["finalizers"]
    return found


def test_nothing_is_made_before_the_finalizer_stands(rig: Rig) -> None:
    rig.api.frozen = FROZEN
    rig.api.apply(KEY, SPEC, finalizer=False)
    for _ in range(3):
        rig.round()
    assert rig.aws.calls == []


def test_one_that_is_refused_is_told_once_in_the_words_of_whoever_refuses(rig: Rig) -> None:
    rig.api.frozen = FROZEN
    rig.api.apply(KEY, SPEC, finalizer=False)
    for _ in range(3):
        assert rig.round().after is not None
    assert rig.status["phase"] == "Blocked"
    assert rig.condition("PreflightPassed")["reason"] == "FinalizerRefused"
    assert FROZEN in rig.condition("Stalled")["message"]
    assert rig.api.writes == 1


def test_one_that_kopf_did_not_put_on_is_put_on_and_the_cluster_is_made(rig: Rig) -> None:
    rig.api.frozen = FROZEN
    rig.api.apply(KEY, SPEC, finalizer=False)
    rig.api.objects[KEY]["metadata"]["finalizers"] = ["example.com/theirs"]
    rig.round()
    rig.api.frozen = ""
    rig.until_steady()
    assert finalizers(rig) == ["example.com/theirs", FINALIZER]
    assert rig.condition("Stalled")["status"] == "False"


def test_none_is_put_on_what_is_deleted(rig: Rig) -> None:
    rig.api.apply(KEY, SPEC, finalizer=False)
    rig.api.objects[KEY]["metadata"]["finalizers"] = ["example.com/theirs"]
    rig.api.delete(KEY)
    assert rig.round().released
    assert finalizers(rig) == ["example.com/theirs"]


def released(rig: Rig) -> None:
    """A resource that nothing keeps but its finalizers, of which kopf should take ours off."""
    rig.settle()
    rig.api.delete(KEY)
    rig.until_released()
    assert FINALIZER in finalizers(rig)


def test_kopf_has_its_time_to_take_it_off(rig: Rig) -> None:
    released(rig)
    assert rig.reconciler(KEY).released
    assert FINALIZER in finalizers(rig)


def test_one_that_kopf_did_not_take_off_is_taken_off_and_those_of_others_stay(rig: Rig) -> None:
    released(rig)
    rig.api.objects[KEY]["metadata"]["finalizers"].insert(0, "example.com/theirs")
    rig.round()
    assert finalizers(rig) == ["example.com/theirs"]
    assert rig.round().released


def test_a_clock_that_is_set_back_meanwhile_keeps_none(rig: Rig) -> None:
    released(rig)
    rig.jumped -= 60
    rig.round()
    assert KEY not in rig.api.objects


def test_one_that_may_not_be_taken_off_is_told_and_tried_again(rig: Rig) -> None:
    released(rig)
    rig.api.frozen = FROZEN
    for _ in range(2):
        again = rig.round()
        assert not again.released
        assert again.after is not None
    assert rig.status["phase"] == "Deleting"
    assert rig.condition("Stalled")["reason"] == "FinalizerRefused"
    assert FROZEN in rig.condition("Stalled")["message"]
    rig.api.frozen = ""
    rig.round()
    assert KEY not in rig.api.objects
    assert rig.round().released


def test_a_policy_that_comes_amid_the_life_of_a_cluster_changes_nothing(rig: Rig) -> None:
    rig.settle()
    rig.api.frozen = FROZEN
    writes = rig.api.writes
    rig.round()
    assert rig.status["phase"] == "Ready"
    assert rig.api.writes == writes
