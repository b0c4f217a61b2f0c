"""Armed failures and holds: which transition they meet, and how often."""

import pytest

from sigopt_sandbox.aws.failures import Failure, Failures


@pytest.mark.parametrize(
    ("how", "status", "message"),
    [
        pytest.param("CREATE_FAILED:no room", "CREATE_FAILED", "no room"),
        pytest.param(
            "VcpuLimitExceeded: text: with colons", "VcpuLimitExceeded", "text: with colons"
        ),
        pytest.param("only a text", "", "only a text"),
        pytest.param("a text: with a colon", "", "a text: with a colon"),
    ],
)
def test_how_is_a_status_and_a_message_or_a_message_alone(
    how: str, status: str, message: str
) -> None:
    assert Failure.parse("x", how) == Failure("x", status, message)


def test_a_failure_is_met_once_by_what_its_pattern_matches() -> None:
    failures = Failures()
    failures.arm(Failure.parse("stack/demo-*/Nat*", "CREATE_FAILED:no"))
    assert failures.take("stack/other/NatGateway") is None
    met = failures.take("stack/demo-1/NatGateway")
    assert met is not None
    assert met.message == "no"
    assert failures.take("stack/demo-1/NatGateway") is None


def test_a_failure_of_a_deletion_is_not_met_by_a_creation() -> None:
    failures = Failures()
    failures.arm(Failure.parse("stack/a/B", "DELETE_FAILED:held"))
    assert failures.take("stack/a/B", "CREATE_FAILED") is None
    assert failures.take("stack/a/B", "DELETE_FAILED") is not None


def test_a_failure_without_status_is_met_by_whatever_comes_first() -> None:
    failures = Failures()
    failures.arm(Failure.parse("stack/a/B", "just no"))
    assert failures.take("stack/a/B", "DELETE_FAILED") is not None


def test_what_is_held_is_held_until_it_is_let_go() -> None:
    failures = Failures()
    failures.hold("cluster/*", on=True)
    assert failures.frozen("cluster/demo")
    assert not failures.frozen("nodegroup/demo/cpu")
    failures.hold("cluster/*", on=False)
    assert not failures.frozen("cluster/demo")


def test_everything_can_be_forgotten() -> None:
    failures = Failures()
    failures.arm(Failure.parse("a", "b"))
    failures.hold("c", on=True)
    failures.clear()
    assert failures.armed == ()
    assert failures.held == frozenset()
