"""A cluster that is reached by its kubeconfig, and by nothing of AWS."""

from __future__ import annotations

from dataclasses import dataclass

from sigopt_operator.plan.connection.fault import Fault
from sigopt_operator.plan.control_plane.api_server import ApiServer


@dataclass(frozen=True)
class CustomCluster:
    """What its kubeconfig says, as far as that is no secret: a server, or what is wrong."""

    server: ApiServer | None = None
    fault: Fault | None = None
