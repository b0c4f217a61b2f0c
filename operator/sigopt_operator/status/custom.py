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
    known = nothing_of_aws | _training(of)
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


def _training(of: Round) -> dict[str, str | None]:
    """While anything is there that goes again, or is about to be: it is told before it is done.

    Without a look what was said before stays: a look at another cluster, or at the same one by
    another address, may fail too.
    """
    installed, server = of.seen.installed, of.seen.api_server
    installs = any(isinstance(action, InstallComponent) for _, action in of.plan.actions)
    if server is None or not (installs or (installed and not installed.problem)):
        namespace, endpoint = of.before.training_namespace, of.before.training_endpoint
    elif installs or (installed and removable(of.want, installed)):
        namespace, endpoint = NAMESPACE, server.endpoint
    else:
        namespace, endpoint = None, None
    return {"training_namespace": namespace, "training_endpoint": endpoint}


def answered(told: Connection) -> str:
    """What the cluster said of itself, in a few words."""
    return f"Kubernetes {told.version}, {told.nodes_ready} of {told.nodes} nodes ready"
