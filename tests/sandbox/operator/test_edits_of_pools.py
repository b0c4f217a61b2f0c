"""Every edit of a pool has an answer: in place, or a new node group first and the old one after."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.operator.people import GPU, LONG, SPEC, Person
from tests.sandbox.operator.theirs import client
from tests.sandbox.operator.workloads import ADMIN, inside
from tests.waiting import eventually

from sigopt_sandbox.installed import Installed

TAINT = {"key": "team", "value": "vision", "effect": "NoSchedule"}
TEMPLATE = "k8s.io/cluster-autoscaler/node-template/"
SHARED = {**SPEC, "access": {"principals": [ADMIN]}}


def cpu(spec: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {**spec, "cpu": {**spec["cpu"], **changed}}


def pools(status: dict[str, Any], name: str = "cpu") -> dict[str, str]:
    """The node groups of a pool and their states."""
    return {p["nodeGroup"]: p["status"] for p in status.get("pools", ()) if p["name"] == name}


def node_group(person: Person, cluster: str, name: str) -> dict[str, Any]:
    told: dict[str, Any] = client(person.sandbox, "eks").describe_nodegroup(
        clusterName=cluster, nodegroupName=name
    )["nodegroup"]
    return told


def tags_of_its_group(person: Person, cluster: str, name: str) -> dict[str, str]:
    (behind,) = node_group(person, cluster, name)["resources"]["autoScalingGroups"]
    (told,) = client(person.sandbox, "autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=[behind["name"]]
    )["AutoScalingGroups"]
    return {tag["Key"]: tag["Value"] for tag in told["Tags"]}


def waits_for(status: dict[str, Any]) -> str:
    told: str = (status.get("progress", {}).get("waitingFor") or {}).get("what", "")
    return told


def test_labels_taints_and_tags_change_in_place(operator: Installed, person: Person) -> None:
    """One cluster, because each is dear to make; each step is a function of its own."""
    spec = cpu({**SPEC, "gpu": GPU, "tags": {"owner": "ann", "cost": "7"}}, minNodes=1)
    person.apply("inplace", spec)
    person.waits_until_ready("inplace")
    before = {p["name"]: p["nodeGroup"] for p in person.status("inplace")["pools"]}
    _everything_made_carries_the_tags(person, {"owner": "ann", "cost": "7"})
    _an_empty_gpu_pool_shows_the_autoscaler_its_nodes(person, before["gpu"])
    spec = cpu(spec, labels={"team": "vision"}, taints=[TAINT])
    _labels_that_eks_cannot_give_are_told_and_tried_again(person, before["cpu"], spec)
    _the_node_group_has(person, before["cpu"], {"team": "vision"}, [TAINT])
    person.apply("inplace", cpu({**spec, "tags": {"owner": "bob"}}, labels={}, taints=[]))
    person.waits_until_ready("inplace")
    _the_node_group_has(person, before["cpu"], {}, [])
    _everything_made_carries_the_tags(person, {"owner": "bob"}, gone="cost")
    assert {p["name"]: p["nodeGroup"] for p in person.status("inplace")["pools"]} == before


def _labels_that_eks_cannot_give_are_told_and_tried_again(
    person: Person, group: str, spec: dict[str, Any]
) -> None:
    why = "OperationNotPermitted: canary of a node group"
    person.sandbox.fail(f"nodegroup/inplace/{group}", f"Failed:{why}")
    person.apply("inplace", spec)
    person.waits("inplace", _pool_refused, "it says that EKS could not change the pool")
    told = person.condition("inplace", "NodePoolsReady")["message"]
    assert "spec.cpu.labels" in told
    assert why in told
    # No edit and no restart: the operator tries again by itself.
    person.waits_until_ready("inplace")


def _pool_refused(status: dict[str, Any]) -> bool:
    return any(c["reason"] == "PoolUpdateFailed" for c in status.get("conditions", ()))


def _everything_made_carries_the_tags(
    person: Person, wanted: dict[str, str], gone: str = ""
) -> None:
    for where, tags in _tags_in_aws(person, "inplace").items():
        assert {k: tags.get(k) for k in wanted} == wanted, (where, tags)
        assert gone not in tags, (where, tags)


def _tags_in_aws(person: Person, name: str) -> dict[str, dict[str, str]]:
    """By what it is, the tags of everything that was made for the cluster and can have tags."""
    eks, ec2 = client(person.sandbox, "eks"), client(person.sandbox, "ec2")
    stacks = client(person.sandbox, "cloudformation").describe_stacks(StackName=f"{name}-sigopt")
    found = {"stack": _pairs(stacks["Stacks"][0]["Tags"])}
    found["cluster"] = eks.describe_cluster(name=name)["cluster"]["tags"]
    for group in eks.list_nodegroups(clusterName=name)["nodegroups"]:
        found[f"node group {group}"] = node_group(person, name, group)["tags"]
        found[f"auto scaling group of {group}"] = tags_of_its_group(person, name, group)
    for addon in eks.list_addons(clusterName=name)["addons"]:
        told = eks.describe_addon(clusterName=name, addonName=addon)["addon"]
        found[f"add-on {addon}"] = told["tags"]
    for arn in eks.list_access_entries(clusterName=name)["accessEntries"]:
        if "AWSServiceRole" not in arn and "node-role" not in arn:
            entry = eks.describe_access_entry(clusterName=name, principalArn=arn)["accessEntry"]
            found[f"access entry {arn}"] = entry["tags"]
    ours = [
        {"Name": "tag:orchestrate.sigopt.com/resource", "Values": [f"{person.namespace}/{name}"]}
    ]
    for template in ec2.describe_launch_templates(Filters=ours)["LaunchTemplates"]:
        found[f"launch template {template['LaunchTemplateName']}"] = _pairs(template["Tags"])
    for reservation in ec2.describe_instances(Filters=ours)["Reservations"]:
        for instance in reservation["Instances"]:
            found[f"instance {instance['InstanceId']}"] = _pairs(instance["Tags"])
    for volume in ec2.describe_volumes(Filters=ours)["Volumes"]:
        found[f"volume {volume['VolumeId']}"] = _pairs(volume["Tags"])
    assert any(where.startswith("volume ") for where in found)
    return found


def _pairs(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _an_empty_gpu_pool_shows_the_autoscaler_its_nodes(person: Person, group: str) -> None:
    tags = tags_of_its_group(person, "inplace", group)
    assert tags[f"{TEMPLATE}resources/nvidia.com/gpu"] == "1"
    assert tags[f"{TEMPLATE}resources/ephemeral-storage"] == "50G"
    assert tags[f"{TEMPLATE}taint/nvidia.com/gpu"] == "present:NoSchedule"
    assert tags[f"{TEMPLATE}label/orchestrate.sigopt.com/node-group-type"] == "gpu"
    assert tags[f"{TEMPLATE}label/k8s.amazonaws.com/accelerator"] == "nvidia-a10g"


def _the_node_group_has(
    person: Person, group: str, labels: dict[str, str], taints: list[dict[str, str]]
) -> None:
    told = node_group(person, "inplace", group)
    own = {"orchestrate.sigopt.com/node-group-type": "cpu"}
    assert told["labels"] == {**own, **labels}
    effects = [{**taint, "effect": "NO_SCHEDULE"} for taint in taints]
    assert (told.get("taints") or []) == effects
    tags = tags_of_its_group(person, "inplace", group)
    template = {key: value for key, value in tags.items() if key.startswith(TEMPLATE)}
    assert (f"{TEMPLATE}label/team" in template) == ("team" in labels)
    assert (f"{TEMPLATE}taint/team" in template) == bool(taints)


def test_a_replacement_keeps_the_old_nodes_until_the_new_ones_serve(
    operator: Installed, person: Person, tmp_path: Path
) -> None:
    spec = cpu(SHARED, minNodes=1)
    person.apply("swap", spec)
    person.waits_until_ready("swap")
    (old,) = pools(person.status("swap"))
    _a_new_one_that_fails_leaves_the_old_one_and_says_why(person, spec, old)
    _reverting_ends_where_the_spec_says(person, spec, old)
    _editing_again_leaves_one_node_group(person, spec, old)
    _a_drain_that_does_not_end_names_pod_and_budget(person, spec, tmp_path)
    _pools_change_side_by_side(person, spec, tmp_path)
    person.delete("swap")
    person.waits_until_gone("swap")
    assert person.left_in_aws("swap") == []


def _a_new_one_that_fails_leaves_the_old_one_and_says_why(
    person: Person, spec: dict[str, Any], old: str
) -> None:
    words = "VcpuLimitExceeded - canary of a quota"
    person.sandbox.fail("nodegroup/swap/cpu-*", f"CREATE_FAILED:{words}")
    person.apply("swap", cpu(spec, instanceType="c5.large"))
    eventually(lambda: words in person.events("swap"), lambda: person.events("swap"), within=LONG)
    told = person.events("swap")
    assert "ask for a higher vCPU quota" in told
    assert f"The pool goes on with {old}" in told
    assert pools(person.status("swap"))[old] == "ACTIVE"


def _reverting_ends_where_the_spec_says(person: Person, spec: dict[str, Any], old: str) -> None:
    person.apply("swap", spec)
    person.waits_until_ready("swap")
    person.waits("swap", lambda s: pools(s) == {old: "ACTIVE"}, "the old one stays, alone")


def _editing_again_leaves_one_node_group(person: Person, spec: dict[str, Any], old: str) -> None:
    person.sandbox.freeze("nodegroup/swap/cpu-*")
    person.apply("swap", cpu(spec, nodeVolumeSize=60))
    names_both = _watch(person, "swap", lambda s: "which replaces" in waits_for(s))
    assert waits_for(names_both).endswith(f"which replaces {old}")
    person.apply("swap", cpu(spec, nodeVolumeSize=70))
    person.sandbox.freeze("nodegroup/swap/cpu-*", on=False)
    person.waits_until_ready("swap")
    (only,) = pools(person.status("swap"))
    assert only != old


def _a_drain_that_does_not_end_names_pod_and_budget(
    person: Person, spec: dict[str, Any], directory: Path
) -> None:
    (old,) = pools(person.status("swap"))
    kubectl = inside(person, "swap", directory)
    _a_pod_that_may_not_go(kubectl, old)
    person.sandbox.freeze(f"nodegroup/swap/{old}")
    person.apply("swap", cpu(spec, nodeVolumeSize=80))
    seen = _watch(person, "swap", lambda s: "PodDisruptionBudget" in waits_for(s))
    told = waits_for(seen)
    assert f"EKS to drain and delete node group {old}, which cpu-" in told
    assert "pod default/stubborn stays because of PodDisruptionBudget default/keep" in told
    person.sandbox.freeze(f"nodegroup/swap/{old}", on=False)
    person.waits_until_ready("swap")


def _a_pod_that_may_not_go(kubectl: Kubectl, group: str) -> None:
    """On a node of the group, with a budget that admits no eviction."""
    chosen = f"--selector=eks.amazonaws.com/nodegroup={group}"
    node = kubectl.must("get", "nodes", chosen, "-o", "jsonpath={.items[0].metadata.name}")
    container = {"name": "main", "image": "registry.k8s.io/pause:3.10"}
    kubectl.must(
        *("create", "-f", "-"),
        stdin={
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "stubborn", "labels": {"app": "stubborn"}},
            "spec": {"nodeName": node, "containers": [container]},
        },
    )
    kubectl.must(
        *("create", "-f", "-"),
        stdin={
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "keep"},
            "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "stubborn"}}},
        },
    )


def _pools_change_side_by_side(person: Person, spec: dict[str, Any], directory: Path) -> None:
    """Another architecture, spot capacity and a GPU for cpu, while system goes and comes back."""
    (default,) = pools(person.status("swap"), "system")
    arm = cpu(spec, instanceType="m7g.large")
    person.apply("swap", {**arm, "system": {"instanceType": "t3.medium"}})
    person.waits_until_ready("swap")
    (other,) = pools(person.status("swap"), "system")
    assert other != default
    _nodes_are_of(person, directory, "AL2023_ARM_64_STANDARD", "arm64")
    person.apply("swap", cpu(arm, capacityType="Spot"))
    person.waits_until_ready("swap")
    assert pools(person.status("swap"), "system") == {default: "ACTIVE"}
    spot = _nodes_are_of(person, directory, "AL2023_ARM_64_STANDARD", "arm64")
    assert (spot["capacityType"], spot["instanceTypes"]) == ("SPOT", ["m7g.large"])
    person.apply("swap", cpu(spec, instanceType="g5.xlarge"))
    person.waits_until_ready("swap")
    idle = _nodes_are_of(person, directory, "AL2023_x86_64_STANDARD", "amd64")
    assert (idle["capacityType"], idle.get("taints") or []) == ("ON_DEMAND", [])
    assert "spec.cpu.instanceType g5.xlarge has an NVIDIA GPU" in person.events("swap")


def _nodes_are_of(person: Person, directory: Path, image: str, architecture: str) -> dict[str, Any]:
    """The one node group of cpu, as EKS has it; its nodes are those of that architecture."""
    (name,) = pools(person.status("swap"))
    group = node_group(person, "swap", name)
    assert group["amiType"] == image
    nodes = inside(person, "swap", directory).must(
        *("get", "nodes", f"--selector=eks.amazonaws.com/nodegroup={name}"),
        *("-o", "jsonpath={.items[*].metadata.labels.kubernetes\\.io/arch}"),
    )
    assert nodes == architecture
    return group


def test_a_pool_whose_node_groups_keep_failing_is_tried_slowly(
    operator: Installed, person: Person
) -> None:
    for _ in range(3):
        person.sandbox.fail("nodegroup/unlucky/cpu-*", "CREATE_FAILED:canary of no capacity")
    spot = {"capacityType": "Spot", "instanceTypes": ["t3a.medium"]}
    person.apply("unlucky", cpu(SPEC, **spot))
    slow = _watch(person, "unlucky", lambda s: "It failed 3 times" in _condition(s)["message"])
    told = _condition(slow)["message"]
    assert "canary of no capacity" in told
    assert "--nodegroup-name cpu-" in told
    (group,) = pools(slow)
    assert node_group(person, "unlucky", group)["tags"]["orchestrate.sigopt.com/attempt"] == "3"
    client(person.sandbox, "eks").delete_nodegroup(clusterName="unlucky", nodegroupName=group)
    person.waits_until_ready("unlucky")
    made = node_group(person, "unlucky", group)
    assert made["capacityType"] == "SPOT"
    assert made["instanceTypes"] == ["t3.medium", "t3a.medium"]


def _condition(status: dict[str, Any]) -> dict[str, Any]:
    found = (c for c in status.get("conditions", ()) if c["type"] == "NodePoolsReady")
    return next(found, {"reason": "", "message": ""})


def _watch(person: Person, name: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The status for which it was so."""
    seen: dict[str, Any] = {}

    def so() -> bool:
        seen.clear()
        seen.update(person.status(name))
        return until(seen)

    eventually(so, lambda: f"it says {seen}", within=150)
    return seen
