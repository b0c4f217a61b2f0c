"""The judge forgives nothing: what is left, doubled, or said though it was not so, is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from tests.reliability.calls import EVENT, FINALIZERS, READ, STATUS, Call
from tests.reliability.journal import Note
from tests.reliability.judge import Expected, judged
from tests.reliability.normal import of_aws
from tests.reliability.run import Passed, World
from tests.reliability.scenarios import Scenario
from tests.reliability.tenant import Sight

REFUSED = "ClientError: An error occurred (ResourceLimitExceededException) when calling"
ACTIVE = {"status": "ACTIVE", "tags": {"Name": "crash"}}
CREATING = {**ACTIVE, "status": "CREATING"}
UP = {"eks:cluster": {"crash": ACTIVE}}
UP_TWICE = {"eks:cluster": {"crash": ACTIVE, "crash-2": ACTIVE}}
COMING = {"eks:cluster": {"crash": CREATING}}


def _dump(kinds: Mapping[str, Any]) -> dict[str, Any]:
    return {"300000000001/us-west-2": dict(kinds)}


def _status(
    *true: str, phase: str = "Ready", generation: int = 1, of: int | None = None
) -> dict[str, Any]:
    """`of`: the generation that its conditions are about, where that is another."""
    about = generation if of is None else of
    conditions = [{"type": kind, "status": "True", "observedGeneration": about} for kind in true]
    return {"phase": phase, "observedGeneration": generation, "conditions": conditions}


def _note(what: str, op: str, subject: str = "", **more: Any) -> Note:
    return Note(what, Call(op, subject), 1, 0.0, **more)


def _says(status: dict[str, Any], of: Mapping[str, Any]) -> list[Note]:
    sent = _note("sent", STATUS, status=status, dump=_dump(of))
    return [sent, _note("answered", STATUS)]


def _event(reason: str) -> list[Note]:
    body = {"reason": reason, "message": "so it is", "type": "Normal"}
    return [_note("sent", EVENT, body=body), _note("answered", EVENT)]


def _done(op: str) -> list[Note]:
    return [_note("sent", op), _note("answered", op)]


def _refused(op: str) -> list[Note]:
    return [_note("sent", op), _note("answered", op, error=REFUSED)]


def _passed(notes: list[Note], of: Mapping[str, Any] = UP) -> Passed:
    dump = _dump(of)
    sight = {"metadata": {"uid": "u", "generation": 1}, "status": _status()}
    return Passed(
        scenario=Scenario("create", lambda _: None),
        notes=notes,
        sights=[Sight(False, sight)],
        world=World(aws=of_aws(dump), inside={}, beside={}),
        begin=_dump({}),
        dump=dump,
        leaks=[],
        log="",
        met=True,
        generation=1,
    )


CALM = [
    *_done("eks:CreateCluster"),
    *_says(_status("Ready", "ControlPlaneReady"), UP),
]
INSIDE = [
    *_says(_status(phase="Updating"), UP),
    *_done("k8s:Patch"),
    *_says(_status("KubeconfigReady"), UP),
    *_done("inside:Patch"),
    *_says(_status("WorkloadReady"), UP),
]
EXPECTED = Expected(_passed([*CALM, *INSIDE]), None)


def test_nothing_is_said_of_what_went_as_it_should() -> None:
    again = [*_says(_status(phase="Creating"), COMING), *CALM, *_event("CreateCluster")]
    assert judged(_passed(again), EXPECTED) == []


def test_what_is_still_said_of_the_generation_before_is_judged_as_that() -> None:
    """AWS does not answer: what was known stays, each condition with its own generation."""
    before = _passed(_says(_status("ControlPlaneReady"), COMING), COMING)
    kept = [
        *_says(_status("ControlPlaneReady", "WorkloadReady", of=0), COMING),
        *CALM,
        *INSIDE,
        *_says(_status("ControlPlaneReady", phase="Deleting", of=0), UP),
    ]
    assert judged(_passed(kept), replace(EXPECTED, before=before)) == []


def test_a_part_may_be_ready_without_a_status_that_was_written_before_it_without_a_crash() -> None:
    one_less = [*CALM, *_done("k8s:Patch"), *_says(_status("KubeconfigReady"), UP)]
    assert judged(_passed(one_less), EXPECTED) == []


@pytest.mark.parametrize(
    ("op", "error", "refused"),
    [
        ("eks:CreateNodegroup", "", False),
        ("eks:CreateNodegroup", REFUSED, True),
        ("eks:CreateNodegroup", "ThrottlingException: An error occurred (Throttling) when", True),
        ("eks:CreateNodegroup", "ConnectionClosedError: Connection was closed before", False),
        ("eks:CreateNodegroup", "ClientError: An error occurred (InternalFailure) when", False),
        ("eks:CreateAccessEntry", "X: An error occurred (ResourceInUseException) when", False),
        ("eks:DeleteAccessEntry", "X: An error occurred (ResourceNotFoundException) when", False),
        ("eks:CreateAccessEntry", "X: An error occurred (ResourceNotFoundException) when", True),
        ("k8s:Patch", "HTTP 409", True),
        ("k8s:Patch", "HTTP 503", False),
        ("k8s:Patch", "ApiException: (422)\nReason: Invalid", True),
        ("k8s:Patch", "ProtocolError: Connection aborted", False),
    ],
)
def test_what_was_not_answered_may_have_been_done(op: str, error: str, refused: bool) -> None:
    assert _note("answered", op, error=error).refused is refused


@pytest.mark.parametrize(
    ("passed", "told"),
    [
        pytest.param(_passed(CALM, {}), "it ended otherwise: eks:cluster", id="lost"),
        pytest.param(
            _passed([*_says(_status(), UP_TWICE), *CALM]),
            "doubled: 2 of eks:cluster at once, expected 1 at most",
            id="two at a time",
        ),
        pytest.param(
            _passed([*_says(_status(), {"eks:cluster": {"other": ACTIVE}}), *CALM]),
            "doubled: 2 of eks:cluster were made, expected 1",
            id="one after the other",
        ),
        pytest.param(
            replace(_passed(CALM), leaks=[{"kind": "ec2:vpc", "id": "vpc-1"}]),
            "it was left: ec2:vpc vpc-1",
            id="leaked",
        ),
        pytest.param(
            _passed(_says(_status("Ready"), COMING)), "a lie: Ready while", id="Ready too early"
        ),
        pytest.param(
            _passed(_says(_status("ControlPlaneReady", phase="Creating"), COMING)),
            "a lie: ControlPlaneReady while",
            id="a part's condition too early",
        ),
        pytest.param(
            _passed(_says(_status("ControlPlaneReady", phase="Deleting"), UP)),
            "a lie: ControlPlaneReady (gone) while there was eks:cluster",
            id="gone too early",
        ),
        pytest.param(
            _passed([_note("sent", FINALIZERS, "taken off", dump=_dump(UP_TWICE))]),
            "a lie: the finalizer was taken off while",
            id="let go too early",
        ),
        pytest.param(
            _passed([*_event("CreateNodeGroup"), *CALM]),
            "a lie: event CreateNodeGroup: so it is, and nothing of it was done",
            id="an event of what was not done",
        ),
        pytest.param(
            _passed([*_refused("eks:CreateNodegroup"), *_event("CreateNodeGroup"), *CALM]),
            "a lie: event CreateNodeGroup: so it is, and nothing of it was done",
            id="an event of what was refused",
        ),
        pytest.param(
            _passed([*_done("eks:DeleteAddon"), *CALM]),
            "destroyed: eks:DeleteAddon",
            id="taken away, be it made again",
        ),
        pytest.param(
            _passed([*CALM, *_says(_status("WorkloadReady"), UP), *_done("inside:Patch")]),
            "a lie: WorkloadReady before inside:Patch",
            id="said before it was done",
        ),
        pytest.param(
            _passed([*CALM, *_says(_status("KubeconfigReady"), UP), *_done("k8s:Patch")]),
            "a lie: KubeconfigReady before k8s:Patch",
            id="a Secret that is not written yet",
        ),
        pytest.param(
            _passed([*CALM, *_refused("inside:Patch"), *_says(_status("WorkloadReady"), UP)]),
            "a lie: WorkloadReady before inside:Patch",
            id="said of what was refused",
        ),
        pytest.param(
            _passed([*CALM, *_event("DriftRepaired")]),
            "a lie: event DriftRepaired: so it is, and nobody changed anything in AWS",
            id="drift that was none",
        ),
        pytest.param(
            _passed([_note("terminated", STATUS), _note("read", READ), *CALM]),
            "a round was begun after SIGTERM",
            id="work begun after the end was told",
        ),
        pytest.param(
            replace(_passed(CALM), held="somebody"),
            "somebody still held the lease when it had ended",
            id="a lease kept",
        ),
        pytest.param(
            replace(_passed(CALM), log="Traceback (most recent call last):"),
            "a traceback in the log",
            id="a traceback",
        ),
    ],
)
def test_what_is_wrong_is_told(passed: Passed, told: str) -> None:
    found = judged(passed, EXPECTED)
    assert any(fault.startswith(told) for fault in found), found


def _sights(*generations: int) -> Callable[[Passed], Passed]:
    def seen(passed: Passed) -> Passed:
        sights = [
            Sight(
                False, {"metadata": {"uid": "u", "generation": 2}, "status": _status(generation=g)}
            )
            for g in generations
        ]
        return replace(passed, sights=sights)

    return seen


@pytest.mark.parametrize(
    ("generations", "told"),
    [
        ((3,), "a lie: observedGeneration 3 of a resource at 2"),
        ((2, 1), "observedGeneration went back from 2 to 1"),
    ],
)
def test_a_generation_that_is_not_or_is_over_is_told(
    generations: tuple[int, ...], told: str
) -> None:
    assert told in judged(_sights(*generations)(_passed(CALM)), EXPECTED)
