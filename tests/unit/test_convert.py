"""A cluster.yml becomes a manifest, and a list of what is left to do by hand."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sigopt_operator.api.cluster_yml import convert
from sigopt_operator.api.resource import find_mistakes
from sigopt_operator.cli import main

EXAMPLE = """\
provider: aws
cluster_name: tiny-cluster
cpu:
  instance_type: t2.small
  max_nodes: 2
  min_nodes: 0
# gpu: {instance_type: p2.xlarge, max_nodes: 2, min_nodes: 0}    (any p* or g* type)
# system: {instance_type: t3.large, max_nodes: 2, min_nodes: 1}  (the default)
# aws: {aws_access_key_id: ..., aws_secret_access_key: ..., additional_policies: [...]}
kubernetes_version: '1.20'
"""

EVERYTHING = """\
provider: AWS
cluster_name: tiny-cluster
cpu: {instance_type: t2.small, max_nodes: 2, min_nodes: 0, node_volume_size: 100}
gpu: {instance_type: p2.xlarge, max_nodes: 2, min_nodes: 0}
system: {instance_type: t3.xlarge, max_nodes: 3}
aws:
  aws_access_key_id: AKIAHUSH
  aws_secret_access_key: hush/hush+hush
  additional_policies: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess']
kubernetes_version: latest
"""


def manifest(text: str, **how: Any) -> dict[str, Any]:
    return dict(yaml.safe_load(convert(text, **how).manifest))


def test_the_original_example_converts_as_it_stands() -> None:
    assert manifest(EXAMPLE) == {
        "apiVersion": "orchestrate.sigopt.com/v1alpha1",
        "kind": "SigOptCluster",
        "metadata": {"name": "tiny-cluster"},
        "spec": {
            "provider": "aws",
            "kubernetesVersion": "1.20",
            "cpu": {"instanceType": "t2.small", "minNodes": 0, "maxNodes": 2},
        },
    }


def test_everything_that_the_original_knew_converts() -> None:
    spec = manifest(EVERYTHING)["spec"]

    assert spec == {
        "provider": "aws",
        "cpu": {"instanceType": "t2.small", "minNodes": 0, "maxNodes": 2, "nodeVolumeSize": 100},
        "gpu": {"instanceType": "p2.xlarge", "minNodes": 0, "maxNodes": 2},
        "system": {"instanceType": "t3.xlarge", "maxNodes": 3},
        "aws": {
            "credentialsSecretRef": {"name": "tiny-cluster-aws"},
            "additionalPolicies": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
        },
    }


def test_keys_become_a_secret_that_a_person_makes_and_are_never_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cluster.yml"
    file.write_text(EVERYTHING)

    assert main(["convert", str(file), "--namespace", "ml"]) == 0

    out, err = capsys.readouterr()
    assert "kubectl create secret generic tiny-cluster-aws --namespace ml" in err
    assert "--from-literal=aws_access_key_id='<aws_access_key_id>'" in err
    assert "--from-literal=aws_secret_access_key='<aws_secret_access_key>'" in err
    assert "hush" not in (out + err).lower()


def test_what_comes_out_is_valid() -> None:
    for text in (EXAMPLE, EVERYTHING):
        assert find_mistakes(manifest(text)) == []


@pytest.mark.parametrize(
    ("cluster_name", "name", "spec_name"),
    [
        pytest.param("tiny-cluster", "tiny-cluster", None, id="a name for both"),
        pytest.param("Tiny-Cluster", "tiny-cluster", "Tiny-Cluster", id="capitals"),
        pytest.param("tiny--", "tiny", "tiny--", id="dashes at the end"),
    ],
)
def test_the_resource_is_called_as_the_cluster_where_kubernetes_allows(
    cluster_name: str, name: str, spec_name: str | None
) -> None:
    made = manifest(EXAMPLE.replace("tiny-cluster", cluster_name))

    assert made["metadata"]["name"] == name
    assert made["spec"].get("clusterName") == spec_name


def test_name_and_namespace_may_be_chosen() -> None:
    made = manifest(EXAMPLE, name="mine", namespace="ml")

    assert made["metadata"] == {"name": "mine", "namespace": "ml"}
    assert made["spec"]["clusterName"] == "tiny-cluster"


@pytest.mark.parametrize(
    "absent",
    [
        pytest.param("gpu:", id="nothing after the colon"),
        pytest.param("gpu: null", id="null"),
        pytest.param("gpu: {}", id="an empty mapping"),
        pytest.param("aws:\n  additional_policies:", id="an empty aws"),
        pytest.param("aws: {}", id="an empty aws, as braces"),
    ],
)
def test_what_the_original_took_for_absent_is_absent(absent: str) -> None:
    assert manifest(f"{EXAMPLE}{absent}\n") == manifest(EXAMPLE)


def test_the_latest_version_means_the_default_of_aws() -> None:
    conversion = convert(EXAMPLE.replace("'1.20'", "latest"))

    assert "kubernetesVersion" not in yaml.safe_load(conversion.manifest)["spec"]
    assert any("AWS's default version" in each for each in conversion.by_hand)


def test_the_region_that_a_cluster_yml_has_not_is_mentioned() -> None:
    assert any("set spec.region" in each for each in convert(EXAMPLE).by_hand)


def test_a_custom_cluster_gets_a_secret_for_its_kubeconfig() -> None:
    conversion = convert("provider: custom\ncluster_name: mine\n", namespace="ml")

    made = yaml.safe_load(conversion.manifest)
    assert made["spec"] == {
        "provider": "custom",
        "custom": {"kubeconfigSecretRef": {"name": "mine-kubeconfig"}},
    }
    (note,) = conversion.by_hand
    assert "kubectl create secret generic mine-kubeconfig --namespace ml" in note
    assert "--from-file=kubeconfig=" in note
    assert find_mistakes(made) == []
