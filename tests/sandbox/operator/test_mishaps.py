"""AWS fails, answers late or not at all: it is said, and the work goes on."""

from __future__ import annotations

from typing import Any

from tests.sandbox.operator.people import LONG, SPEC, Person
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed


def _says(person: Person, name: str, *words: str) -> None:
    """Return when its events have these words: a condition may be over before anybody looks."""

    def told() -> bool:
        events = person.events(name)
        return all(each in events for each in words)

    eventually(told, lambda: f"{words} in {person.events(name)}", within=LONG)


def test_a_stack_that_fails_says_why_and_is_mended_in_place(
    operator: Installed, person: Person
) -> None:
    person.sandbox.fail("stack/broken-sigopt/NatGateway", "CREATE_FAILED:canary of a quota")
    person.apply("broken", SPEC)
    _says(person, "broken", "StackFailed", "canary of a quota")
    person.waits_until_ready("broken")
    person.delete("broken")
    person.waits_until_gone("broken")
    assert person.left_in_aws("broken") == []


def test_a_node_group_that_fails_says_why_and_is_made_again(
    operator: Installed, person: Person
) -> None:
    person.sandbox.fail("nodegroup/poor/cpu-*", "CREATE_FAILED:canary of no capacity")
    person.apply("poor", SPEC)
    _says(person, "poor", "NodeGroupFailed", "canary of no capacity")
    person.waits_until_ready("poor")


def test_throttling_errors_and_lost_answers_only_delay(operator: Installed, person: Person) -> None:
    rules: list[dict[str, Any]] = [
        {"service": service, "probability": 0.05, "error": {"code": code}}
        for service, code in (
            ("eks", "ThrottlingException"),
            ("cloudformation", "Throttling"),
            ("ec2", "RequestLimitExceeded"),
        )
    ]
    lost = ("CreateCluster", "CreateNodegroup", "CreateAddon", "DeleteNodegroup", "DeleteCluster")
    rules += [
        {
            "service": "eks",
            "operation": operation,
            "response": {"abort_frac": 0.3},
            "times": 1,
        }
        for operation in lost
    ]
    person.sandbox.faults(rules)
    person.apply("weather", SPEC)
    person.waits_until_ready("weather")
    person.delete("weather")
    person.waits_until_gone("weather")
    assert person.left_in_aws("weather") == []


def test_a_deletion_in_the_middle_of_a_creation_leaves_nothing(
    operator: Installed, person: Person
) -> None:
    person.apply("regretted", SPEC)
    person.waits(
        "regretted", lambda s: s.get("kubernetesVersion") is not None, "the control plane begins"
    )
    person.delete("regretted")
    person.waits_until_gone("regretted")
    assert person.left_in_aws("regretted") == []
