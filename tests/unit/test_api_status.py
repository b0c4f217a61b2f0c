"""The status as it is written and read back."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sigopt_operator.api.status import (
    Condition,
    ConditionType,
    Nodes,
    Phase,
    Progress,
    Status,
    WaitingFor,
)

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def condition(kind: ConditionType, message: str = "all is well") -> Condition:
    return Condition(
        type=kind,
        status="True",
        reason="Ready",
        message=message,
        observed_generation=2,
        last_transition_time=NOON,
    )


def test_what_is_written_reads_back_as_the_same() -> None:
    status = Status(
        observed_generation=2,
        phase=Phase.READY,
        conditions=(condition(ConditionType.READY),),
        progress=Progress(done=1, total=7, waiting_for=WaitingFor(what="EKS", since=NOON)),
        nodes=Nodes(ready=1, desired=2),
    )

    assert Status.model_validate(status.to_dict(), by_alias=True, by_name=False) == status


def test_unknown_things_are_left_out_and_names_are_camel_case() -> None:
    assert Status(kubernetes_version="1.34").to_dict() == {
        "observedGeneration": -1,
        "kubernetesVersion": "1.34",
        "conditions": [],
        "pools": [],
    }


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(NOON + timedelta(microseconds=999_999), id="parts of a second are cut"),
        pytest.param(NOON.astimezone(timezone(timedelta(hours=9))), id="in UTC"),
    ],
)
def test_times_are_written_as_kubernetes_writes_them(moment: datetime) -> None:
    waiting = WaitingFor(what="EKS", since=moment)

    assert waiting.model_dump(mode="json")["since"] == "2026-11-23T12:00:00Z"
    assert waiting.since == NOON


def test_counts_have_a_summary_for_kubectl() -> None:
    status = Status(progress=Progress(done=3, total=7), nodes=Nodes(ready=2, desired=3)).to_dict()

    assert status["progress"]["summary"] == "3/7"
    assert status["nodes"]["summary"] == "2/3"


def test_numbers_that_somebody_forged_do_not_make_a_summary_that_the_crd_refuses() -> None:
    assert len(Nodes(ready=-(2**62), desired=2**62).summary) == 32


def test_a_text_that_the_crd_would_refuse_is_cut() -> None:
    long = condition(ConditionType.READY, "x" * 50_000)

    assert len(long.message) == 32_768
    assert long.message.endswith("x\N{HORIZONTAL ELLIPSIS}")


def test_a_condition_is_found_by_its_type() -> None:
    ready = condition(ConditionType.READY)

    assert Status(conditions=(ready,)).condition(ConditionType.READY) == ready
    assert Status(conditions=(ready,)).condition(ConditionType.STALLED) is None


def test_certificates_are_neither_cut_nor_taken_for_a_secret() -> None:
    bundle = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n" + bytes(range(256)) * 40).decode()
    written = Status(certificate_authority=bundle).to_dict()
    assert written["certificateAuthority"] == bundle
    assert Status.model_validate(written, by_alias=True).certificate_authority == bundle
