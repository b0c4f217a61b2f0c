"""An admission policy that refuses the finalizer is told of and waited out, at both ends of a life.

kopf asks for a finalizer once, at an event, and takes a refusal for a conflict that another event
will follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.sandbox.kubectl import Result
from tests.sandbox.operator.people import SOON, SPEC, Person
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

POLICY = "no-finalizers"
WORDS = "finalizers are frozen until the audit is over"
PLANNED = {**SPEC, "managementPolicy": "Plan", "deletionPolicy": "Retain"}
STRANGE = '{"metadata": {"finalizers": ["audit.example.com/x"]}}'


def policy(namespace: str) -> list[dict[str, Any]]:
    """Refuses every change of a SigOptCluster's finalizers in that namespace."""
    kind = {"apiVersion": "admissionregistration.k8s.io/v1"}
    same = "object.metadata.?finalizers.orValue([]) == oldObject.metadata.?finalizers.orValue([])"
    rule = {
        "apiGroups": ["orchestrate.sigopt.com"],
        "apiVersions": ["*"],
        "operations": ["UPDATE"],
        "resources": ["sigoptclusters"],
    }
    place = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return [
        {
            **kind,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": POLICY},
            "spec": {
                "matchConstraints": {"resourceRules": [rule], "namespaceSelector": place},
                "validations": [{"expression": same, "message": WORDS}],
            },
        },
        {
            **kind,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": POLICY},
            "spec": {"policyName": POLICY, "validationActions": ["Deny"]},
        },
    ]


class Auditor:
    """Has the policy, or has it not."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def freezes(self) -> None:
        """From when it returns every change is refused: a policy takes a moment to be known."""
        self.person.apply("decoy", PLANNED)
        for each in policy(self.person.namespace):
            self.person.kubectl.must("apply", "-f", "-", stdin=each)
        eventually(lambda: WORDS in self._tries().err, lambda: "it is refused", within=SOON)

    def _tries(self) -> Result:
        of = ("soc", "decoy", "-n", self.person.namespace)
        return self.person.kubectl(
            *("patch", *of, "--type=merge", f"--patch={STRANGE}", "--dry-run=server")
        )

    def thaws(self) -> None:
        """Take it away; none need be there."""
        for each in policy(""):
            self.person.kubectl.must("delete", each["kind"], POLICY, "--ignore-not-found")


@pytest.fixture
def auditor(person: Person) -> Iterator[Auditor]:
    somebody = Auditor(person)
    yield somebody
    somebody.thaws()


def refused(person: Person, name: str) -> None:
    """It says what is refused, in the policy's own words."""
    person.waits(name, lambda s: WORDS in s.get("message", ""), "the policy's words")
    assert person.condition(name, "PreflightPassed")["reason"] == "FinalizerRefused"
    assert person.condition(name, "Stalled")["status"] == "True"


def test_nothing_is_made_without_a_finalizer_and_all_is_once_it_is_let_through(
    operator: Installed, person: Person, auditor: Auditor
) -> None:
    auditor.freezes()
    person.apply("frozen", SPEC)
    refused(person, "frozen")
    assert person.left_in_aws("frozen") == []
    auditor.thaws()
    person.waits_until_ready("frozen")
    person.delete("frozen")
    person.waits_until_gone("frozen")
    assert person.left_in_aws("frozen") == []


def test_what_may_not_be_let_go_says_so_and_goes_once_it_may(
    operator: Installed, person: Person, auditor: Auditor
) -> None:
    person.apply("leaving", PLANNED)
    person.waits("leaving", lambda s: "phase" in s, "a status")
    auditor.freezes()
    person.delete("leaving")
    refused(person, "leaving")
    auditor.thaws()
    person.waits_until_gone("leaving")
