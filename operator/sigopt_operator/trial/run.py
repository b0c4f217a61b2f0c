"""The whole trial, from the management cluster's answer to the cluster's nodes."""

from __future__ import annotations

from pathlib import Path

from sigopt_operator.api.status import ConditionType
from sigopt_operator.cluster.api import with_eks_token
from sigopt_operator.runtime.connection import configuration, namespace_of
from sigopt_operator.runtime.errors import ManagementApiError
from sigopt_operator.runtime.keys import Key
from sigopt_operator.runtime.kube import KubernetesManagementApi
from sigopt_operator.trial.links import BrokenLinkError as BrokenLinkError
from sigopt_operator.trial.links import Link
from sigopt_operator.trial.login import login
from sigopt_operator.trial.place import Place, place_of
from sigopt_operator.trial.visit import visit


def find(namespace: str | None, name: str, kubeconfig: Path | None) -> Place | BrokenLinkError:
    """The way into the cluster of a resource, or why there is none."""
    try:
        return _find(namespace, name, kubeconfig)
    except BrokenLinkError as broken:
        return broken


def attempt(
    namespace: str | None, name: str, kubeconfig: Path | None
) -> tuple[str, ...] | BrokenLinkError:
    """What there is to say of a cluster that was connected to, or the link that broke."""
    try:
        place = _find(namespace, name, kubeconfig)
        came = login(place)
        seen = visit(place, with_eks_token(came))
    except BrokenLinkError as broken:
        return broken
    way = place.way
    by = f"by role {way.role_arn}, as {came.caller}" if way.role_arn else "without a role"
    lines = (
        f"Successfully connected to kubernetes cluster: {way.cluster}",
        f"  Kubernetes {seen.version} at {way.endpoint}",
        f"  you are {seen.username}",
        f"  {by}",
        f"  nodes: {', '.join(map(str, seen.pools)) or 'none'}",
    )
    unready = place.told(ConditionType.READY)
    return (*lines, f"  but {place.name} is not Ready: {unready}") if unready else lines


def _find(namespace: str | None, name: str, kubeconfig: Path | None) -> Place:
    try:
        key = Key(namespace or namespace_of(kubeconfig), name)
        api = KubernetesManagementApi(configuration(kubeconfig), reporter="sigopt-operator-test")
        found = api.read(key)
    except ManagementApiError as error:
        todo = "check --kubeconfig and $KUBECONFIG: kubectl get soc --all-namespaces"
        raise BrokenLinkError(Link.RESOURCE, str(error), todo) from error
    return place_of(found, key.namespace, key.name)
