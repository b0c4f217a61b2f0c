"""managementPolicy: Observe: a cluster that somebody else made, from not yet there to let go."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

from tests.sandbox.operator.people import Person
from tests.sandbox.operator.theirs import NODE_GROUP, theirs

from sigopt_sandbox.installed import Installed

NAME = "watched"
OBSERVE = {"provider": "aws", "region": "us-west-2", "managementPolicy": "Observe"}


def has(kind: str, reason: str) -> Any:
    def found(status: dict[str, Any]) -> bool:
        said = {c["type"]: c["reason"] for c in status.get("conditions", ())}
        return said.get(kind) == reason

    return found


def test_a_cluster_of_somebody_else_is_observed_and_never_changed(
    operator: Installed, person: Person, tmp_path: Path
) -> None:
    """One test, because a cluster is dear to make: each step is a function of its own."""
    person.sandbox.reset_calls()
    with theirs(person.sandbox, NAME) as cluster:
        person.apply(NAME, OBSERVE)
        _one_that_does_not_exist_is_said_and_looked_for_again(person)
        cluster.make_cluster()
        _without_access_the_commands_are_told_and_they_work(person, tmp_path)
        cluster.make_node_group()
        _its_state_is_shown(person)
        person.delete(NAME)
        person.waits_until_gone(NAME)
        assert cluster.cluster()["status"] == "ACTIVE"
        assert cluster.cluster()["tags"] == {"team": "other"}
        assert person.changes_of_the_operator() == []


def _one_that_does_not_exist_is_said_and_looked_for_again(person: Person) -> None:
    person.waits(NAME, has("ControlPlaneReady", "ClusterNotFound"), "it says that there is none")
    assert "looked for again" in person.status(NAME)["message"]
    assert person.condition(NAME, "Stalled")["status"] == "True"


def _without_access_the_commands_are_told_and_they_work(person: Person, directory: Path) -> None:
    person.waits(NAME, has("Connected", "AccessMissing"), "it says how to let the operator in")
    assert person.condition(NAME, "ControlPlaneReady")["status"] == "True"
    commands = person.condition(NAME, "Connected")["message"].partition("in: ")[2].split(" && ")
    assert [command.split()[2] for command in commands] == [
        "create-access-entry",
        "associate-access-policy",
    ]
    env = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    env |= person.sandbox.env() | {"HOME": str(directory)}
    for command in commands:
        subprocess.run(shlex.split(command), env=env, check=True, capture_output=True, timeout=60)
    person.waits_until_ready(NAME)


def _shows_the_node(status: dict[str, Any]) -> bool:
    """The connection test sees nodes, and the names of node groups may be remembered."""
    return status.get("nodes", {}).get("summary") == "1/1" and bool(status.get("pools"))


def _its_state_is_shown(person: Person) -> None:
    person.waits(NAME, _shows_the_node, "it shows the node and its pool")
    status = person.status(NAME)
    assert status["phase"] == "Ready"
    assert status["kubernetesVersion"] == "1.34"
    assert status["endpoint"].startswith("https://")
    assert status["clusterArn"].endswith(f"cluster/{NAME}")
    (pool,) = status["pools"]
    assert (pool["name"], pool["nodeGroup"]) == (NODE_GROUP, NODE_GROUP)
    assert {c["type"]: c["status"] for c in status["conditions"]} == {
        "Ready": "True",
        "Reconciling": "False",
        "Stalled": "False",
        "ControlPlaneReady": "True",
        "KubeconfigReady": "True",
        "Connected": "True",
    }
    told = person.condition(NAME, "Connected")["message"]
    assert told == f"Successfully connected to kubernetes cluster: {NAME}"
