"""Clusters that are kept, and clusters that are taken over when it is asked for."""

from __future__ import annotations

from typing import Any

from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client

from sigopt_sandbox.installed import Installed

KEPT = "kept"
ADOPTED = {**SPEC, "adopt": True, "deletionPolicy": "Delete"}


def conflict(status: dict[str, Any]) -> bool:
    return any(c["reason"] == "NameConflict" for c in status.get("conditions", ()))


def test_retain_during_a_deletion_keeps_the_cluster_and_a_namesake_may_take_it_over(
    operator: Installed, person: Person
) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    person.apply(KEPT, SPEC)
    person.waits_until_ready(KEPT)
    _retain_is_honoured_while_it_is_deleted(person)
    _its_namesake_is_told_what_taking_over_would_change(person)
    person.apply(KEPT, ADOPTED)
    person.waits_until_ready(KEPT)
    assert "take over EKS cluster kept" in person.events(KEPT)
    person.delete(KEPT)
    person.waits_until_gone(KEPT)
    assert person.left_in_aws(KEPT) == []


def _retain_is_honoured_while_it_is_deleted(person: Person) -> None:
    person.sandbox.freeze(f"nodegroup/{KEPT}/*")
    person.delete(KEPT)
    person.waits(KEPT, lambda s: s["phase"] == "Deleting", "the deletion began")
    person.apply(KEPT, {**SPEC, "deletionPolicy": "Retain"})
    person.waits_until_gone(KEPT)
    person.sandbox.freeze(f"nodegroup/{KEPT}/*", on=False)
    assert _cluster(person)["status"] == "ACTIVE"


def _its_namesake_is_told_what_taking_over_would_change(person: Person) -> None:
    before = _cluster(person)["tags"]
    person.apply(KEPT, SPEC)
    person.waits(KEPT, conflict, "it says whose the name is")
    told = person.condition(KEPT, "PreflightPassed")["message"]
    for words in ("spec.adopt: true", "take over EKS cluster kept", "CloudFormation stack kept-"):
        assert words in told
    assert _cluster(person)["tags"] == before


def _cluster(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = client(person.sandbox, "eks").describe_cluster(name=KEPT)["cluster"]
    return found
