"""What status says of a custom cluster: nothing of AWS, and of the server what it last answered."""

from __future__ import annotations

import re
from typing import Any

from sigopt_operator.api.status import Nodes
from sigopt_operator.plan.actions import InstallComponent
from sigopt_operator.plan.snapshot import Connection
from sigopt_operator.plan.workload.components.training import NAMESPACE
from sigopt_operator.plan.workload.part import removable
from sigopt_operator.status.round import Round

_MINOR = re.compile(r"v?(\d+\.\d+)")


def known_of_custom(of: Round) -> dict[str, Any]:
    """Fields of the status. While the server does not answer, what it said before stays."""
    seen, before = of.seen, of.before
    nothing_of_aws = {"operator_arn": None, "account": None, "region": None}
    known = {**nothing_of_aws, "training_namespace": _training_namespace(of)}
    server = seen.custom.server if seen.custom else None
    told = seen.connection
    if server is None or told is None or told.problem:
        same = server is None or server.endpoint == before.endpoint
        return known | {
            "endpoint": server.endpoint if server else before.endpoint,
            "kubernetes_version": before.kubernetes_version if same else None,
            "nodes": before.nodes if same else None,
        }
    minor = _MINOR.match(told.version)
    return known | {
        "endpoint": server.endpoint,
        "kubernetes_version": minor[1] if minor else told.version,
        "nodes": Nodes(ready=told.nodes_ready, desired=told.nodes),
    }


def _training_namespace(of: Round) -> str | None:
    """While anything is in it that goes again, or is about to be: it is told before it is done.

    Without a look what was said before stays, but not of another cluster.
    """
    if any(isinstance(action, InstallComponent) for _, action in of.plan.actions):
        return NAMESPACE
    installed, server = of.seen.installed, of.seen.api_server
    elsewhere = server is not None and server.endpoint != of.before.endpoint
    if installed is None or (installed.problem and not elsewhere):
        return of.before.training_namespace
    return NAMESPACE if removable(of.want, installed) else None


def answered(told: Connection) -> str:
    """What the cluster said of itself, in a few words."""
    return f"Kubernetes {told.version}, {told.nodes_ready} of {told.nodes} nodes ready"
