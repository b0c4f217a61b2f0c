"""The table of parts: the map of the whole system.

The order of creation, what runs side by side, the reverse order of deletion, progress and the next
look all follow from these rows, and are written down nowhere else.
"""

from __future__ import annotations

from datetime import timedelta

from sigopt_operator.api.status import ConditionType
from sigopt_operator.plan.access.part import access
from sigopt_operator.plan.addons.part import addons
from sigopt_operator.plan.connection.part import connection
from sigopt_operator.plan.control_plane.part import control_plane, remove_control_plane
from sigopt_operator.plan.kubeconfig.part import kubeconfig, remove_kubeconfig
from sigopt_operator.plan.network.part import network, remove_network
from sigopt_operator.plan.node_pools.part import node_pools, remove_node_pools
from sigopt_operator.plan.preflight.part import preflight
from sigopt_operator.plan.steps import Part
from sigopt_operator.plan.workload.leftovers import remove_workload
from sigopt_operator.plan.workload.part import workload

PARTS = (
    Part(
        name="Preflight",
        condition=ConditionType.PREFLIGHT_PASSED,
        build=preflight,
        typical=timedelta(seconds=2),
    ),
    Part(
        name="Network",
        condition=ConditionType.NETWORK_READY,
        build=network,
        remove=remove_network,
        needs=("Preflight.standing",),
        typical=timedelta(seconds=200),
        typical_removal=timedelta(minutes=2),
    ),
    Part(
        name="ControlPlane",
        condition=ConditionType.CONTROL_PLANE_READY,
        build=control_plane,
        remove=remove_control_plane,
        needs=("Network.subnets", "Network.clusterRole"),
        typical=timedelta(minutes=10),
        typical_removal=timedelta(minutes=3),
    ),
    Part(
        name="Access",
        condition=ConditionType.ACCESS_READY,
        build=access,
        needs=("ControlPlane.api", "Network.accessRole"),
        typical=timedelta(seconds=5),
    ),
    Part(
        name="Kubeconfig",
        condition=ConditionType.KUBECONFIG_READY,
        build=kubeconfig,
        remove=remove_kubeconfig,
        needs=("Access.role",),
        typical=timedelta(seconds=1),
        typical_removal=timedelta(seconds=1),
    ),
    Part(
        name="Addons",
        condition=ConditionType.ADDONS_READY,
        build=addons,
        needs=("ControlPlane.api",),
        typical=timedelta(minutes=1),
        soonest=timedelta(seconds=30),
    ),
    Part(
        name="NodePools",
        condition=ConditionType.NODE_POOLS_READY,
        build=node_pools,
        remove=remove_node_pools,
        needs=("ControlPlane.api", "Network.subnets", "Network.nodes", "Addons.network"),
        typical=timedelta(minutes=3),
        # Seven Terraform logs have 1m28s to 3m21s.
        soonest=timedelta(seconds=85),
        typical_removal=timedelta(minutes=5),
        held_by_preflight=True,
    ),
    Part(
        name="Workload",
        condition=ConditionType.WORKLOAD_READY,
        build=workload,
        remove=remove_workload,
        needs=("ControlPlane.api", "Access.operator", "Network.autoscalerRole"),
        before=("NodePools",),
        typical=timedelta(seconds=20),
        typical_removal=timedelta(minutes=1),
    ),
    Part(
        name="Connection",
        condition=ConditionType.CONNECTED,
        build=connection,
        needs=("ControlPlane.api", "Access.operator"),
        typical=timedelta(seconds=10),
    ),
)
