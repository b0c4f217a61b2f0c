"""A deletion ends with nothing left, whatever stood, and says what it waits for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.sandbox.operator.explained import statuses
from tests.sandbox.operator.people import SOON, SPEC, Person
from tests.sandbox.operator.test_refusals import credentials
from tests.sandbox.operator.theirs import client
from tests.sandbox.operator.workloads import (
    ADMIN,
    Network,
    claim,
    inside,
    persistent_volume,
    service,
)
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

SHARED = {**SPEC, "access": {"principals": [ADMIN]}}


def waits_for(words: str) -> Any:
    def named(status: dict[str, Any]) -> bool:
        return words in str(status.get("progress", {}).get("waitingFor", {}).get("what", ""))

    return named


def test_what_workloads_made_is_gone_before_the_network_and_what_is_kept_stays(
    operator: Installed, person: Person, tmp_path: Path
) -> None:
    name = "busy"
    person.apply(name, SHARED)
    person.waits_until_ready(name)
    network = Network(person, name)
    kubectl = inside(person, name, tmp_path)
    kept, leaked = _fill(network, kubectl)
    theirs = network.volume("stolen", cluster="somebody-elses")
    kubectl.must("apply", "-f", "-", stdin=persistent_volume(theirs, "stolen", "Delete"))
    person.sandbox.freeze("loadbalancer/app/k8s-ingress/*")
    with statuses(person) as said:
        person.delete(name)
        lingering = waits_for("amazon-elb")
        person.waits(name, lingering, "a lingering interface is named, and whose it is")
        waiting = person.status(name)["progress"]["waitingFor"]
        eventually(lambda: any(map(lingering, said[name])), lambda: f"{said[name]}", within=SOON)
    # It was waited for some seconds only, before that.
    assert any(map(waits_for("Service default/web"), said[name])), "its controller is waited for"
    assert "network interface eni-" in waiting["what"]
    assert waiting["since"]
    told = person.events(name)
    person.sandbox.freeze("loadbalancer/app/k8s-ingress/*", on=False)
    person.waits_until_gone(name)
    for words in (
        "delete Service default/web in the cluster",
        "delete PersistentVolumeClaim default/data in the cluster",
        "delete load balancer classic-web",
        "delete load balancer k8s-ingress",
        "delete target group k8s-ingress",
        "delete volume",
        f"delete left network interface {leaked}",
    ):
        assert words in told, told
    assert [left["id"] for left in person.left_in_aws(name)] == [kept]
    told_again = network.ec2.describe_volumes(VolumeIds=[theirs])["Volumes"]
    assert [v["State"] for v in told_again] == ["available"], (
        "named in this cluster, made in another"
    )
    for volume in (kept, theirs):
        network.ec2.delete_volume(VolumeId=volume)


def _fill(network: Network, kubectl: Any) -> tuple[str, str]:
    """Both families of load balancers, volumes, a leaked interface; ids of what is kept, leaked."""
    group = network.security_group("k8s-elb-classic-web", network.owned)
    network.classic_load_balancer("classic-web", group)
    other = network.security_group("k8s-traffic-busy", network.controlled)
    network.load_balancer("k8s-ingress", other)
    leaked = network.leaked_interface()
    deleted, kept = network.volume("data"), network.volume("archive")
    for manifest in (
        persistent_volume(deleted, "data", "Delete"),
        persistent_volume(kept, "archive", "Retain"),
        claim("data"),
        claim("archive"),
        service("web", "service.kubernetes.io/load-balancer-cleanup"),
        service("internal"),
    ):
        kubectl.must("apply", "-f", "-", stdin=manifest)
    return kept, leaked


def test_a_deletion_at_each_stage_of_a_creation_leaves_nothing(
    operator: Installed, person: Person
) -> None:
    person.sandbox.freeze("cluster/middle")
    for name in ("early", "middle", "late"):
        person.apply(name, SPEC)
    _until(person, "early", lambda: bool(_stack(person, "early")))
    _until(person, "middle", lambda: _cluster_status(person, "middle") == "CREATING")
    person.sandbox.freeze("cluster/middle", on=False)
    _until(person, "late", lambda: bool(_groups(person, "late")))
    for name in ("early", "middle", "late"):
        person.waits_until_gone(name)
        assert person.left_in_aws(name) == []


def _until(person: Person, name: str, reached: Callable[[], bool]) -> None:
    """Delete it as soon as this stage of its creation is reached."""
    eventually(reached, lambda: f"{name}: {person.status(name)}", within=150)
    person.delete(name)


def test_a_deletion_in_the_middle_of_an_upgrade_and_of_a_replacement_leaves_nothing(
    operator: Installed, person: Person
) -> None:
    """The replacement's new node group is gone already, by somebody's hand."""
    name = "changing"
    for each in (name, "rising"):
        person.apply(each, SPEC)
    person.waits_until_ready("rising")
    person.apply("rising", {**SPEC, "kubernetesVersion": "1.35"})
    _until(person, "rising", lambda: _cluster_status(person, "rising") == "UPDATING")
    person.waits_until_ready(name)
    before = set(_groups(person, name))
    person.sandbox.freeze(f"nodegroup/{name}/cpu-*")
    person.apply(name, {**SPEC, "cpu": {**SPEC["cpu"], "instanceType": "t3.large"}})
    eventually(
        lambda: set(_groups(person, name)) > before, lambda: f"{person.status(name)}", within=60
    )
    (new,) = set(_groups(person, name)) - before
    client(person.sandbox, "eks").delete_nodegroup(clusterName=name, nodegroupName=new)
    person.delete(name)
    person.sandbox.freeze(f"nodegroup/{name}/cpu-*", on=False)
    for each in (name, "rising"):
        person.waits_until_gone(each)
        assert person.left_in_aws(each) == []


def test_a_deletion_without_credentials_is_held_and_resumes_though_all_is_gone_meanwhile(
    operator: Installed, person: Person
) -> None:
    name = "keyless"
    key_id, key = credentials(person.sandbox, f"{person.namespace}-keys-2")
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": key}
    person.keep_secret("keys", **keys)
    person.apply(name, {**SPEC, "aws": {"credentialsSecretRef": {"name": "keys"}}})
    person.waits_until_ready(name)
    person.kubectl.must("delete", "secret", "keys", "-n", person.namespace)
    person.delete(name)
    person.waits(name, lambda s: "keys does not exist" in s.get("message", ""), "it says why")
    assert person.status(name)["phase"] == "Deleting"
    assert person.condition(name, "Stalled")["status"] == "True"
    _remove_by_hand(person, name)
    person.keep_secret("keys", **keys)
    person.waits_until_gone(name)
    assert person.left_in_aws(name) == []


def _remove_by_hand(person: Person, name: str) -> None:
    eks, ec2 = client(person.sandbox, "eks"), client(person.sandbox, "ec2")
    for group in _groups(person, name):
        eks.delete_nodegroup(clusterName=name, nodegroupName=group)
    eventually(lambda: not _groups(person, name), lambda: "node groups", within=60)
    eks.delete_cluster(name=name)
    eventually(lambda: _cluster_status(person, name) is None, lambda: "cluster", within=60)
    for template in ec2.describe_launch_templates()["LaunchTemplates"]:
        if template["LaunchTemplateName"].startswith(f"{name}-"):
            ec2.delete_launch_template(LaunchTemplateId=template["LaunchTemplateId"])
    client(person.sandbox, "cloudformation").delete_stack(StackName=f"{name}-sigopt")
    eventually(lambda: not _stack(person, name), lambda: "stack", within=60)


def _stack(person: Person, name: str) -> list[dict[str, Any]]:
    stacks = client(person.sandbox, "cloudformation").describe_stacks()["Stacks"]
    return [stack for stack in stacks if stack["StackName"] == f"{name}-sigopt"]


def _cluster_status(person: Person, name: str) -> str | None:
    eks = client(person.sandbox, "eks")
    try:
        return str(eks.describe_cluster(name=name)["cluster"]["status"])
    except eks.exceptions.ResourceNotFoundException:
        return None


def _groups(person: Person, name: str) -> list[str]:
    if _cluster_status(person, name) != "ACTIVE":
        return []
    eks = client(person.sandbox, "eks")
    found: list[str] = eks.list_nodegroups(clusterName=name)["nodegroups"]
    return found
