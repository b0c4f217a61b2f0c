"""managementPolicy Plan, and `sigopt-operator plan`: everything is told, and nothing is done."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.sandbox.operator.people import GPU, SOON, SPEC, Person
from tests.waiting import eventually

from sigopt_operator.api.status import ConditionType
from sigopt_sandbox.installed import Installed

PLAN = {**SPEC, "managementPolicy": "Plan"}
WIDER = {**SPEC, "cpu": {**SPEC["cpu"], "instanceType": "m7g.large"}, "gpu": GPU}
READS = ("Describe", "List", "Get", "Simulate")
QUIET = {"Planned", *ConditionType}
"""Reasons of events that tell how something is, and not what was done."""


def planned(person: Person, name: str, words: str) -> list[str]:
    """The changes of the plan, once its summary has these words."""

    def told(status: dict[str, Any]) -> bool:
        return words in (status.get("plan") or {}).get("summary", "")

    person.waits(name, told, f"the plan says {words!r}")
    return list(person.status(name)["plan"].get("changes", ()))


def _all_told(person: Person, changes: list[str]) -> bool:
    told = person.events("ahead")
    return all(line in told for line in changes)


def changing_calls(person: Person) -> dict[str, int]:
    calls = person.calls_of_the_operator()
    return {call: n for call, n in calls.items() if not call.split(":")[1].startswith(READS)}


def done(person: Person, name: str) -> list[str]:
    """What the events say was done, in words."""
    of = f"involvedObject.name={name}"
    told = person.kubectl.must(
        *("get", "events", "-n", person.namespace, "--field-selector", of, "-o", "json")
    )
    items = json.loads(told)["items"]
    return [e["message"] for e in items if e["type"] == "Normal" and e["reason"] not in QUIET]


def plan(person: Person, directory: Path, spec: dict[str, Any]) -> tuple[int, str]:
    """`sigopt-operator plan -f`, as somebody types it who has sandbox-admin's key."""
    manifest = {
        "apiVersion": "orchestrate.sigopt.com/v1alpha1",
        "kind": "SigOptCluster",
        "metadata": {"name": "ahead", "namespace": person.namespace},
        "spec": spec,
    }
    file = directory / "manifest.yaml"
    file.write_text(json.dumps(manifest))
    ran = subprocess.run(
        ["sigopt-operator", "plan", "-f", str(file)],
        env=os.environ | person.sandbox.env(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


def test_a_plan_is_told_approved_done_exactly_and_changed(
    operator: Installed, person: Person, tmp_path: Path
) -> None:
    """One cluster's life, first as a plan, then in full, then as plans of changes."""
    code, text = plan(person, tmp_path, SPEC)
    assert (code, "16 to create" in text) == (2, True), text

    person.sandbox.reset_calls()
    person.apply("ahead", PLAN)
    changes = planned(person, "ahead", "16 to create")
    # Who the operator is, nobody knew before it looked at the resource.
    assert [line for line in changes if line not in text and ": grant" not in line] == []
    assert changing_calls(person) == {}
    assert person.left_in_aws("ahead") == []
    status = person.status("ahead")
    assert (status["phase"], "region" in status) == ("Pending", False)
    assert person.condition("ahead", "Ready")["reason"] == "Planned"
    assert person.condition("ahead", "Stalled")["status"] == "False"
    eventually(lambda: _all_told(person, changes), lambda: person.events("ahead"), within=SOON)

    person.apply("ahead", SPEC)
    person.waits_until_ready("ahead")
    assert "plan" not in person.status("ahead")
    acted = done(person, "ahead")
    assert acted
    assert [act for act in acted if not any(act in line for line in changes)] == []
    assert len(acted) == len(changes)

    assert plan(person, tmp_path, SPEC)[0] == 0
    _a_change_is_planned(person, tmp_path)
    _a_deletion_is_planned(person)


def _a_change_is_planned(person: Person, directory: Path) -> None:
    code, text = plan(person, directory, WIDER)
    assert (code, "3 to create, 1 to replace" in text) == (2, True), text
    code, text = plan(person, directory, {**WIDER, "gpu": {**GPU, "instanceType": "m5.large"}})
    assert (code, "no NVIDIA GPU" in text) == (1, True), text
    before = person.status("ahead")["pools"]
    person.sandbox.reset_calls()
    person.apply("ahead", {**WIDER, "managementPolicy": "Plan"})
    # The operator, who is let in, also sees what the cluster lacks: the device plugin.
    changes = planned(person, "ahead", "4 to create, 1 to replace")
    assert any("the new one first; then its pods are evicted" in line for line in changes)
    assert changing_calls(person) == {}
    assert person.status("ahead")["pools"] == before
    assert person.condition("ahead", "Connected")["status"] == "True"


def _a_deletion_is_planned(person: Person) -> None:
    person.delete("ahead")
    person.waits("ahead", lambda s: s["phase"] == "Deleting", "it is being deleted")
    changes = planned(person, "ahead", "6 to delete")
    assert any("everything that runs in ahead ends" in line for line in changes)
    assert changing_calls(person) == {}
    person.apply("ahead", SPEC)
    person.waits_until_gone("ahead")
    assert person.left_in_aws("ahead") == []


def test_a_plan_that_was_never_done_is_let_go_at_once(operator: Installed, person: Person) -> None:
    person.apply("idle", PLAN)
    planned(person, "idle", "16 to create")
    person.delete("idle")
    person.waits_until_gone("idle")
    assert person.left_in_aws("idle") == []
