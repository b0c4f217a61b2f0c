"""A cluster that is reached by its kubeconfig, and by nothing of AWS."""

from __future__ import annotations

from dataclasses import dataclass

from sigopt_operator.plan.api_server import ApiServer
from sigopt_operator.plan.fault import Fault


@dataclass(frozen=True)
class CustomCluster:
    """What its kubeconfig says, as far as that is no secret: a server, or what is wrong."""

    server: ApiServer | None = None
    fault: Fault | None = None
