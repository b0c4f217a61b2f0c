"""Versions and add-ons: from edit to edit, as people see them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.sandbox.operator.people import SPEC, Person
from tests.sandbox.operator.theirs import client

from sigopt_sandbox.installed import Installed

PINNED = "v1.20.5-eksbuild.1"
CNI = {"name": "vpc-cni", "version": PINNED}
METRICS = {"name": "metrics-server", "configuration": {"replicas": 1}}
READY_AND_VERSION = (
    'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.status.kubernetesVersion}{"\\n"}'
)


def test_a_cluster_goes_up_by_two_minor_versions_step_by_step(
    operator: Installed, person: Person, tmp_path: Path
) -> None:
    spec = {**SPEC, "kubernetesVersion": "1.33", "addons": [CNI]}
    person.apply("climber", spec)
    person.waits_until_ready("climber")
    assert person.status("climber")["standardSupportEnds"] == "2026-07-29T00:00:00Z"
    _a_version_that_is_not_on_offer_is_refused_with_those_that_are(person, spec)
    _an_insight_that_is_an_error_holds_the_upgrade(person, spec)
    with _watched(person, "climber", tmp_path / "seen") as seen:
        _insights(person, "climber", [])
        person.waits("climber", lambda s: s["phase"] == "Ready", "it is Ready again")
        # Every change that a watch showed: Ready came back once, with the last version. It has a
        # line for each status, and a round later another one may differ in something else.
        lines = [line for line, _ in groupby(seen.read_text().split("\n"))]
    assert [line for line in lines if line.startswith("True")] in ([], ["True 1.35"])
    assert {"False 1.33", "False 1.34", "False 1.35"} <= set(lines)
    _every_step_was_told(person)
    _all_of_it_has_the_version(person)
    _a_node_group_that_cannot_be_drained_is_told(person, spec)
    person.delete("climber")
    person.waits_until_gone("climber")
    assert person.left_in_aws("climber") == []


def _a_version_that_is_not_on_offer_is_refused_with_those_that_are(
    person: Person, spec: dict[str, Any]
) -> None:
    person.apply("climber", {**spec, "kubernetesVersion": "1.40"})
    person.waits("climber", reason("VersionNotOnOffer"), "it says that EKS does not offer it")
    told = person.condition("climber", "ControlPlaneReady")["message"]
    assert "on offer above 1.33 are 1.36, 1.35, 1.34" in told
    person.apply("climber", {key: spec[key] for key in spec if key != "kubernetesVersion"})
    person.waits_until_ready("climber")
    assert person.status("climber")["kubernetesVersion"] == "1.33"


def _insights(person: Person, name: str, found: list[dict[str, str]]) -> None:
    state = person.sandbox.state
    path = f"clusters/{state.account}/{state.region}/{name}/insights"
    person.sandbox.admin("PUT", path, {"insights": found})


def _an_insight_that_is_an_error_holds_the_upgrade(person: Person, spec: dict[str, Any]) -> None:
    found = {"name": "Deprecated APIs", "status": "ERROR", "reason": "canary of an old API"}
    _insights(person, "climber", [found])
    person.apply("climber", {**spec, "kubernetesVersion": "1.35"})
    person.waits("climber", reason("UpgradeNotReady"), "it says that EKS reports an error")
    told = person.condition("climber", "ControlPlaneReady")["message"]
    assert "Deprecated APIs: canary of an old API" in told
    assert person.status("climber")["kubernetesVersion"] == "1.33"


def _every_step_was_told(person: Person) -> None:
    told = person.events("climber")
    for step in (
        "upgrade control plane climber from Kubernetes 1.33 to 1.34, then 1.35",
        "upgrade control plane climber from Kubernetes 1.34 to 1.35",
    ):
        assert step in told
    for pool in ("system", "cpu"):
        for step in ("1.33 to 1.34", "1.34 to 1.35"):
            group = node_group(person, "climber", pool)
            assert f"upgrade node group {group} from Kubernetes {step}" in told
    assert "update add-on kube-proxy from v1.34.3-eksbuild.5 to v1.35.3-eksbuild.5" in told


def _all_of_it_has_the_version(person: Person) -> None:
    assert person.status("climber")["kubernetesVersion"] == "1.35"
    assert person.status("climber")["standardSupportEnds"] == "2027-03-27T00:00:00Z"
    groups = [in_eks(person, "climber", "nodegroup", p["nodeGroup"]) for p in pools(person)]
    assert {group["version"] for group in groups} == {"1.35"}
    versions = {
        name: in_eks(person, "climber", "addon", name)["addonVersion"]
        for name in ("vpc-cni", "kube-proxy", "coredns")
    }
    assert versions == {
        "vpc-cni": PINNED,
        "kube-proxy": "v1.35.3-eksbuild.5",
        "coredns": "v1.13.2-eksbuild.4",
    }


def _a_node_group_that_cannot_be_drained_is_told(person: Person, spec: dict[str, Any]) -> None:
    words = "Reached max retries while trying to evict pods from nodes"
    person.sandbox.fail("nodegroup/climber/cpu-*", f"Failed:PodEvictionFailure: {words}")
    person.apply("climber", {**spec, "kubernetesVersion": "1.36", "addons": []})
    person.waits("climber", reason("UpgradeFailed"), "it says that the upgrade failed")
    told = person.condition("climber", "NodePoolsReady")["message"]
    assert f"PodEvictionFailure: {words}" in told
    assert "from Kubernetes 1.35 to 1.36" in told
    left = in_eks(person, "climber", "nodegroup", node_group(person, "climber", "cpu"))
    assert (left["status"], left["version"]) == ("ACTIVE", "1.35")


def test_addons_of_the_spec_are_installed_configured_refused_and_removed(
    operator: Installed, person: Person
) -> None:
    person.apply("equipped", {**SPEC, "addons": [METRICS]})
    person.waits_until_ready("equipped")
    assert in_eks(person, "equipped", "addon", "metrics-server")["status"] == "ACTIVE"
    _what_eks_refuses_is_told_in_its_words(person)
    _configuration_changes_in_place(person)
    person.apply("equipped", SPEC)
    person.waits_until_ready("equipped")
    assert "remove add-on metrics-server" in person.events("equipped")
    assert "metrics-server" not in addon_names(person, "equipped")
    assert "coredns" in addon_names(person, "equipped")


def _what_eks_refuses_is_told_in_its_words(person: Person) -> None:
    for addon, words in (
        ({"name": "metrics-servr"}, "add-on metrics-servr: Addon specified is not supported"),
        ({**METRICS, "configuration": {"replicaz": 1}}, "replicaz"),
        (
            {**METRICS, "version": "v0.0.1-eksbuild.1"},
            "add-on metrics-server: Addon version specified is not supported",
        ),
    ):
        person.apply("equipped", {**SPEC, "addons": [addon]})
        person.waits("equipped", saying("AddonsReady", words), f"it says {words}")
        assert person.condition("equipped", "Stalled")["status"] == "True"


def _configuration_changes_in_place(person: Person) -> None:
    wanted = {**METRICS, "configuration": {"replicas": 2}}
    person.apply("equipped", {**SPEC, "addons": [wanted]})
    person.waits_until_ready("equipped")
    found = in_eks(person, "equipped", "addon", "metrics-server")
    assert found["configurationValues"] == '{"replicas": 2}'


def reason(wanted: str) -> Any:
    def found(status: dict[str, Any]) -> bool:
        return any(c["reason"] == wanted for c in status.get("conditions", ()))

    return found


def saying(kind: str, words: str) -> Any:
    def found(status: dict[str, Any]) -> bool:
        conditions = status.get("conditions", ())
        return any(c["type"] == kind and words in c["message"] for c in conditions)

    return found


def pools(person: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.status("climber")["pools"]
    return found


def node_group(person: Person, name: str, pool: str) -> str:
    found = (p["nodeGroup"] for p in person.status(name)["pools"] if p["name"] == pool)
    return str(next(found))


def addon_names(person: Person, name: str) -> list[str]:
    return list(client(person.sandbox, "eks").list_addons(clusterName=name)["addons"])


def in_eks(person: Person, name: str, kind: str, what: str) -> dict[str, Any]:
    """What EKS says of a node group or an add-on."""
    if kind == "addon":
        return dict(
            client(person.sandbox, "eks").describe_addon(clusterName=name, addonName=what)["addon"]
        )
    answer = client(person.sandbox, "eks").describe_nodegroup(clusterName=name, nodegroupName=what)
    return dict(answer["nodegroup"])


@contextmanager
def _watched(person: Person, name: str, output: Path) -> Iterator[Path]:
    """Everything that a watch shows, one line a change."""
    kubectl = person.kubectl
    argv = [str(kubectl.program), f"--kubeconfig={kubectl.kubeconfig}", "get", "soc", name]
    argv += ["-n", person.namespace, "--watch", "-o", READY_AND_VERSION]
    with output.open("wb") as out:
        watch = subprocess.Popen(argv, stdout=out)
    try:
        yield output
    finally:
        watch.terminate()
        watch.wait()
