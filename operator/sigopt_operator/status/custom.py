"""What status says of a custom cluster: nothing of AWS, and of the server what it last answered."""

from __future__ import annotations

import re
from typing import Any

from sigopt_operator.api.status import Nodes, Status
from sigopt_operator.plan.snapshot import Connection, Snapshot

_MINOR = re.compile(r"v?(\d+\.\d+)")


def known_of_custom(seen: Snapshot, before: Status) -> dict[str, Any]:
    """Fields of the status. While the server does not answer, what it said before stays."""
    nothing_of_aws = {"operator_arn": None, "account": None, "region": None}
    server = seen.custom.server if seen.custom else None
    told = seen.connection
    if server is None or told is None or told.problem:
        same = server is None or server.endpoint == before.endpoint
        return nothing_of_aws | {
            "endpoint": server.endpoint if server else before.endpoint,
            "kubernetes_version": before.kubernetes_version if same else None,
            "nodes": before.nodes if same else None,
        }
    minor = _MINOR.match(told.version)
    return nothing_of_aws | {
        "endpoint": server.endpoint,
        "kubernetes_version": minor[1] if minor else told.version,
        "nodes": Nodes(ready=told.nodes_ready, desired=told.nodes),
    }


def answered(told: Connection) -> str:
    """What the cluster said of itself, in a few words."""
    return f"Kubernetes {told.version}, {told.nodes_ready} of {told.nodes} nodes ready"
