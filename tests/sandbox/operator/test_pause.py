"""paused: true: AWS is left as it is, and that is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.sandbox.operator.people import SPEC, Person
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

NAME = "resting"
UNPAUSE = '{"spec":{"paused":false}}'
PAUSED = {**SPEC, "paused": True}
WIDER = {"cpu": {**SPEC["cpu"], "maxNodes": 3}}


@pytest.fixture
def resting(person: Person) -> Iterator[Person]:
    """Somebody whose pause ends with the test, so that what is left can be deleted."""
    yield person
    person.kubectl("patch", "soc", NAME, "-n", person.namespace, "--type=merge", "-p", UNPAUSE)


def paused(person: Person, words: str) -> bool:
    reconciling = person.condition(NAME, "Reconciling")
    return reconciling.get("reason") == "Paused" and words in person.status(NAME)["message"]


def test_a_pause_stops_every_change_and_says_so(operator: Installed, resting: Person) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    person = resting
    person.apply(NAME, PAUSED)
    _waits_until_paused(person, "create CloudFormation stack")
    assert person.left_in_aws(NAME) == []
    assert person.status(NAME)["phase"] == "Pending"
    person.apply(NAME, SPEC)
    person.waits_until_ready(NAME)
    person.sandbox.reset_calls()
    person.apply(NAME, {**PAUSED, **WIDER})
    _waits_until_paused(person, "0..3 nodes")
    assert person.status(NAME)["phase"] == "Ready"
    assert person.condition(NAME, "Ready")["status"] == "False"
    person.delete(NAME)
    _waits_until_paused(person, "delete node group")
    assert person.status(NAME)["phase"] == "Deleting"
    assert person.changes_of_the_operator() == []
    person.apply(NAME, SPEC)
    person.waits_until_gone(NAME)
    assert person.left_in_aws(NAME) == []


def _waits_until_paused(person: Person, words: str) -> None:
    eventually(lambda: paused(person, words), lambda: f"{person.status(NAME)}", within=60)
