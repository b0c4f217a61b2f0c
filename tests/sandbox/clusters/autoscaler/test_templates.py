"""The node that a group would add, imagined from its type, its tags and its node group."""

from typing import Any

import pytest
from tests.sandbox.clusters.autoscaler.things import GPU, TYPE, gpu_pod, group, node, pod

from sigopt_sandbox.clusters.autoscaler.rules.fitting import refusals
from sigopt_sandbox.clusters.autoscaler.rules.templates import (
    MachineType,
    managed_by_eks,
    read_machine_type,
    read_managed_group,
    room_of_example,
    room_of_template,
    template_of_group,
)
from sigopt_sandbox.clusters.autoscaler.values.groups import (
    aws_filters,
    discovery_filters,
    read_group,
)
from sigopt_sandbox.clusters.autoscaler.values.nodes import Node, Taint

G4DN = MachineType("g4dn.xlarge", cpus=4, memory_mib=16384, gpus=1, architecture="amd64")
PREFIX = "k8s.io/cluster-autoscaler/node-template"
NODEGROUP: dict[str, Any] = {
    "nodegroupName": "gpu",
    "version": "1.34",
    "amiType": "AL2023_x86_64_NVIDIA",
    "capacityType": "ON_DEMAND",
    "labels": {TYPE: "gpu"},
    "taints": [{"key": GPU, "value": "present", "effect": "NO_SCHEDULE"}],
    "tags": {},
}


def template(tags: dict[str, str] | None = None, nodegroup: dict[str, Any] | None = None) -> Node:
    managed = read_managed_group(nodegroup) if nodegroup else None
    return template_of_group(group("gpu", tags=tags), G4DN, managed)


def test_a_node_has_what_its_type_has() -> None:
    made = template()
    assert made.allocatable == {
        "cpu": 4000,
        "memory": 16384 * 1024**2 * 1000,
        "pods": 110_000,
        GPU: 1000,
    }
    assert made.labels["node.kubernetes.io/instance-type"] == "g4dn.xlarge"
    assert made.labels["topology.kubernetes.io/zone"] == "us-west-2a"
    assert made.labels["topology.kubernetes.io/region"] == "us-west-2"
    assert not made.taints


@pytest.mark.parametrize(
    ("tag", "value", "labels", "taints"),
    [
        pytest.param(f"{PREFIX}/label/team", "vision", {"team": "vision"}, (), id="a label"),
        pytest.param(f"{PREFIX}/label/team", "", {"team": ""}, (), id="a label without a value"),
        pytest.param(
            f"{PREFIX}/taint/{GPU}",
            "present:NoSchedule",
            {},
            (Taint(GPU, "present", "NoSchedule"),),
            id="a taint",
        ),
        pytest.param(
            f"{PREFIX}/taint/{GPU}",
            ":NoSchedule",
            {},
            (Taint(GPU, "", "NoSchedule"),),
            id="a taint without a value",
        ),
        pytest.param(f"{PREFIX}/taint/{GPU}", "present", {}, (), id="a taint without an effect"),
        pytest.param(
            f"{PREFIX}/taint/{GPU}", "x:NO_SCHEDULE", {}, (), id="an effect as EKS writes it"
        ),
        pytest.param("eks:nodegroup-name", "gpu", {"nodegroup-name": "gpu"}, (), id="EKS's tags"),
        pytest.param("team", "vision", {}, (), id="any other tag"),
    ],
)
def test_tags_of_the_group_say(
    tag: str, value: str, labels: dict[str, str], taints: tuple[Taint, ...]
) -> None:
    made = template({tag: value})
    assert made.labels.items() >= labels.items()
    assert ("team" in made.labels) is ("team" in labels)
    assert made.taints == taints


@pytest.mark.parametrize(
    ("tag", "value", "resource", "expected"),
    [
        (f"{PREFIX}/resources/ephemeral-storage", "100G", "ephemeral-storage", 10**14),
        (f"{PREFIX}/resources/{GPU}", "4", GPU, 4000),
        (f"{PREFIX}/resources/{GPU}", "many", GPU, 1000),
    ],
)
def test_resources_of_tags_come_before_those_of_the_type(
    tag: str, value: str, resource: str, expected: int
) -> None:
    assert template({tag: value}).allocatable[resource] == expected
    assert template(nodegroup=NODEGROUP | {"tags": {tag: value}}).allocatable[resource] == expected


def test_eks_tells_the_labels_and_taints_of_its_node_group() -> None:
    made = template({f"{PREFIX}/label/{TYPE}": "from the tag"}, NODEGROUP)
    assert made.labels[TYPE] == "gpu"
    assert made.labels["eks.amazonaws.com/nodegroup"] == "gpu"
    assert made.labels["amiType"] == "AL2023_x86_64_NVIDIA"
    assert made.taints == (Taint(GPU, "present", "NoSchedule"),)


def test_a_taint_that_eks_tells_without_a_value_is_passed_over() -> None:
    taint = {"key": GPU, "effect": "NO_SCHEDULE"}
    assert not template(nodegroup=NODEGROUP | {"taints": [taint]}).taints


@pytest.mark.parametrize(
    ("tags", "nodegroup", "fits"),
    [
        pytest.param({}, None, False, id="neither tags nor EKS: the label is not known"),
        pytest.param({f"{PREFIX}/label/{TYPE}": "gpu"}, None, True, id="the tags alone"),
        pytest.param({}, NODEGROUP, True, id="EKS alone"),
    ],
)
def test_a_gpu_pod_with_a_selector_fits_a_group_that_is_known(
    tags: dict[str, str], nodegroup: dict[str, Any] | None, fits: bool
) -> None:
    wanted = gpu_pod(nodeSelector={TYPE: "gpu"})
    assert bool(refusals(wanted, room_of_template(template(tags, nodegroup), ()))) is not fits


def _daemon_set(name: str, cpu: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "c", "resources": {"requests": {"cpu": cpu}}}
    template = {"metadata": {}, "spec": {"containers": [container], **spec}}
    return {
        "metadata": {"name": name, "namespace": "kube-system"},
        "spec": {"template": template},
    }


def test_pods_of_daemon_sets_that_go_there_take_their_share() -> None:
    taint = {f"{PREFIX}/taint/{GPU}": "present:NoSchedule"}
    sets = [
        _daemon_set("everywhere", "1", tolerations=[{"operator": "Exists"}]),
        _daemon_set("not-on-gpus", "1"),
        _daemon_set("elsewhere", "1", nodeSelector={TYPE: "cpu"}),
    ]
    there = room_of_template(template(taint), sets)
    assert [one.key[1] for one in there.pods] == ["kube-proxy", "everywhere"]
    assert there.used["cpu"] == 1100


def test_a_running_node_is_an_example_without_what_is_of_the_moment() -> None:
    running = node(
        taints=(
            Taint(GPU, "present", "NoSchedule"),
            Taint("DeletionCandidateOfClusterAutoscaler", "1", "PreferNoSchedule"),
            Taint("node.kubernetes.io/not-ready", "", "NoSchedule"),
            Taint("startup-taint.cluster-autoscaler.kubernetes.io/x", "", "NoSchedule"),
        ),
        unschedulable=True,
    )
    example = room_of_example(running, [pod("job", owner="Job"), pod("agent", owner="DaemonSet")])
    assert example.node.taints == (Taint(GPU, "present", "NoSchedule"),)
    assert not example.node.unschedulable
    assert [one.key[1] for one in example.pods] == ["agent"]


def test_a_type_is_read_from_what_ec2_describes() -> None:
    described = {
        "InstanceType": "g4ad.xlarge",
        "VCpuInfo": {"DefaultVCpus": "4"},
        "MemoryInfo": {"SizeInMiB": "16384"},
        "ProcessorInfo": {"SupportedArchitectures": ["arm64"]},
        "GpuInfo": {"Gpus": [{"Manufacturer": "AMD", "Count": "1"}, {"Count": "2"}]},
    }
    assert read_machine_type(described) == MachineType("g4ad.xlarge", 4, 16384, 3, "arm64")
    assert read_machine_type({"InstanceType": "odd"}) == MachineType("odd", 0, 0, 0, "amd64")


@pytest.mark.parametrize(
    ("specification", "expected"),
    [
        pytest.param(
            "asg:tag=k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/demo",
            (
                {"Name": "tag-key", "Values": ["k8s.io/cluster-autoscaler/enabled"]},
                {"Name": "tag-key", "Values": ["k8s.io/cluster-autoscaler/demo"]},
            ),
            id="keys",
        ),
        pytest.param(
            "asg:tag=team=vision,enabled",
            (
                {"Name": "tag:team", "Values": ["vision"]},
                {"Name": "tag-key", "Values": ["enabled"]},
            ),
            id="a key with its value",
        ),
    ],
)
def test_groups_are_discovered_by_tags(
    specification: str, expected: tuple[dict[str, Any], ...]
) -> None:
    assert aws_filters(discovery_filters(specification)) == expected


@pytest.mark.parametrize(
    ("specification", "why"),
    [
        ("tag=x", "invalid node group auto discovery spec specified"),
        ("mig:tag=x", "unsupported discoverer specified: mig"),
        ("asg:tag", r"invalid key=value pair \[tag\]"),
        ("asg:name=x", 'unsupported parameter key "name"'),
        ("asg:tag=", "tag value not supplied"),
    ],
)
def test_a_wrong_discovery_is_refused_in_the_programs_words(specification: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        discovery_filters(specification)


def test_a_group_is_read_with_the_types_that_it_mixes() -> None:
    template = {"LaunchTemplateName": "eks-1", "LaunchTemplateId": "lt-1", "Version": "3"}
    mixed = {
        "LaunchTemplate": {
            "LaunchTemplateSpecification": template,
            "Overrides": [{"InstanceType": "m5.large"}, {"InstanceType": "m6i.large"}],
        }
    }
    read = read_group(
        {
            "AutoScalingGroupName": "eks-cpu-1",
            "MinSize": "0",
            "MaxSize": "5",
            "DesiredCapacity": "1",
            "MixedInstancesPolicy": mixed,
            "Instances": [{"InstanceId": "i-1", "LifecycleState": "Terminating:Wait"}],
            "Tags": [
                {"Key": "eks:cluster-name", "Value": "demo"},
                {"Key": "eks:nodegroup-name", "Value": "cpu"},
            ],
        }
    )
    assert read.overrides == ("m5.large", "m6i.large")
    assert read.template
    assert (read.template.name, read.template.version) == ("eks-1", "3")
    assert read.instances[0].leaving
    assert managed_by_eks(read) == ("demo", "cpu")
