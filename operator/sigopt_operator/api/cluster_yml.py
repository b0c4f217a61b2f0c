"""SigOpt's cluster.yml, turned into a manifest and a list of what is left to do by hand.

What `sigopt cluster create` accepted is accepted: provider (in any case), cluster_name,
kubernetes_version (also "latest"), cpu, gpu, system, and aws with keys and additional_policies.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from sigopt_operator.api import document, mistakes
from sigopt_operator.api.document import Document, Located, Unreadable
from sigopt_operator.api.mistakes import Mistake, Spelling
from sigopt_operator.api.resource import API_VERSION, KIND
from sigopt_operator.api.spec import ACCESS_KEY_ID, SECRET_ACCESS_KEY, ClusterSpec, Provider

KEYS = (ACCESS_KEY_ID, SECRET_ACCESS_KEY)


@dataclass(frozen=True)
class Conversion:
    """A manifest as YAML, and what a person must do or know, one paragraph each."""

    manifest: str
    by_hand: tuple[str, ...]


def convert(text: str, name: str | None = None, namespace: str | None = None) -> Conversion:
    """Read a cluster.yml; `name` is the resource's, or made from cluster_name.

    Raises Unreadable with every mistake and its line. Values of keys go nowhere: not into the
    manifest, not into what is to be done, not into an error.
    """
    doc = _only_document(text)
    raw, keys, wrong = _without_keys(mistakes.without_null(doc.value))
    raw, notes = _settled(raw)
    if "cluster_name" not in raw:
        wrong.append(Mistake(("cluster_name",), "is required"))
    name = name or _resource_name(str(raw.get("cluster_name", "")))
    raw, commands = _with_secrets(raw, keys, name, namespace)
    wrong += mistakes.find(raw, Spelling.SNAKE)
    if wrong:
        raise Unreadable([doc.locate(each) for each in wrong])
    spec = ClusterSpec.model_validate(raw, by_name=True, by_alias=False)
    return Conversion(_manifest(spec, name, namespace), (*commands, *notes))


def _only_document(text: str) -> Document:
    documents = document.read(text)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        what = "must be one mapping of fields, such as `provider: aws`"
        raise Unreadable([Located(1, what)])
    return documents[0]


def _without_keys(raw: dict[str, Any]) -> tuple[dict[str, Any], bool, list[Mistake]]:
    """The file without AWS keys, whether there were any, and what is wrong with them."""
    aws = raw.get("aws")
    if not isinstance(aws, dict):
        return raw, False, []
    wrong = [
        Mistake(("aws", key), "must be text: put it in quotes")
        for key in KEYS
        if key in aws and not (isinstance(aws[key], str) and aws[key])
    ]
    rest = {key: value for key, value in aws.items() if key not in KEYS}
    return {**raw, "aws": rest}, len(rest) < len(aws), wrong


def _settled(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What the original took for absent or in another spelling, in ours, and what to know of it."""
    result = {key: value for key, value in raw.items() if value not in ({}, [])}
    notes = []
    if isinstance(result.get("provider"), str):
        result["provider"] = result["provider"].lower()
    if result.get("kubernetes_version") == "latest":
        del result["kubernetes_version"]
        notes.append(
            'kubernetes_version "latest" is left out: the cluster gets AWS\'s default version when'
            " it is created, and keeps it until you set spec.kubernetesVersion."
        )
    if result.get("provider") == Provider.AWS and "region" not in result:
        notes.append(
            "cluster.yml has no region (it came from the AWS profile): set spec.region, or the"
            " operator's default region is used. It cannot be changed later."
        )
    return result, notes


def _with_secrets(
    raw: dict[str, Any], keys: bool, name: str, namespace: str | None
) -> tuple[dict[str, Any], list[str]]:
    """References to the Secrets that the manifest needs, and how to make these."""
    where = f" --namespace {namespace}" if namespace else ""
    if keys:
        secret = f"{name}-aws"
        aws = {**raw.get("aws", {}), "credentials_secret_ref": {"name": secret}}
        values = " \\\n".join(f"      --from-literal={key}='<{key}>'" for key in KEYS)
        return {**raw, "aws": aws}, [
            "The AWS keys are not in the manifest. Make a Secret of them, before you apply it:\n"
            f"    kubectl create secret generic {secret}{where} \\\n{values}",
        ]
    if raw.get("provider") == Provider.CUSTOM and "custom" not in raw:
        secret = f"{name}-kubeconfig"
        custom = {"kubeconfig_secret_ref": {"name": secret}}
        return {**raw, "custom": custom}, [
            "A custom cluster is reached through its kubeconfig. Make a Secret of it, before you"
            f" apply the manifest:\n    kubectl create secret generic {secret}{where} \\\n"
            "      --from-file=kubeconfig='<path of the kubeconfig>'\n"
            "It has to be complete in itself: no program, no other file (see docs/resource.md).",
        ]
    return raw, []


def _resource_name(cluster_name: str) -> str:
    """A name as Kubernetes wants it, whatever the cluster is called."""
    return re.sub("[^a-z0-9]+", "-", cluster_name.lower()).strip("-") or "cluster"


def _manifest(spec: ClusterSpec, name: str, namespace: str | None) -> str:
    fields = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if fields["clusterName"] == name:
        del fields["clusterName"]
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    body = {"apiVersion": API_VERSION, "kind": KIND, "metadata": metadata, "spec": fields}
    return yaml.safe_dump(body, sort_keys=False, width=100)
