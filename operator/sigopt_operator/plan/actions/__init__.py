"""Everything the operator can do to AWS, as frozen data: a file for each part.

An action is small, idempotent, and never waits for AWS to finish. `str(action)` says it to a
person.
"""

from __future__ import annotations

from sigopt_operator.plan.actions.access import (
    AccessAction,
    GrantAccess,
    RemoveAccess,
    TrustPrincipals,
)
from sigopt_operator.plan.actions.addons import AddonsAction, CreateAddon, DeleteAddon, UpdateAddon
from sigopt_operator.plan.actions.control_plane import (
    ControlPlaneAction,
    CreateCluster,
    DeleteCluster,
    UpdateClusterSetting,
    UpdateClusterVersion,
    spoken,
)
from sigopt_operator.plan.actions.network import (
    CreateStack,
    DeleteStack,
    MendRole,
    NetworkAction,
    UpdateStack,
)
from sigopt_operator.plan.actions.node_pools import (
    CreateNodeGroup,
    DeleteLaunchTemplate,
    DeleteNodeGroup,
    NodePoolsAction,
    UpdateNodeGroupConfig,
    UpdateNodeGroupVersion,
)
from sigopt_operator.plan.actions.removals import (
    DeleteInterface,
    DeleteLoadBalancer,
    DeleteObject,
    DeleteSecurityGroup,
    DeleteTargetGroup,
    DeleteVolume,
    Removal,
)
from sigopt_operator.plan.actions.routes import GiveRoutes, LeadOut, MendSubnet, RoutesAction
from sigopt_operator.plan.actions.secrets import (
    ApplySecret,
    DeleteSecret,
    ReleaseSecret,
    SecretAction,
)
from sigopt_operator.plan.actions.tags import Retag, TagsAction, TagScalingGroup, TakeOver
from sigopt_operator.plan.actions.workload import (
    AssociatePodIdentity,
    DissociatePodIdentity,
    InstallComponent,
    RemoveObjects,
    WorkloadAction,
)

__all__ = [
    "Action",
    "ApplySecret",
    "AssociatePodIdentity",
    "CreateAddon",
    "CreateCluster",
    "CreateNodeGroup",
    "CreateStack",
    "DeleteAddon",
    "DeleteCluster",
    "DeleteInterface",
    "DeleteLaunchTemplate",
    "DeleteLoadBalancer",
    "DeleteNodeGroup",
    "DeleteObject",
    "DeleteSecret",
    "DeleteSecurityGroup",
    "DeleteStack",
    "DeleteTargetGroup",
    "DeleteVolume",
    "DissociatePodIdentity",
    "GiveRoutes",
    "GrantAccess",
    "InstallComponent",
    "LeadOut",
    "MendRole",
    "MendSubnet",
    "ReleaseSecret",
    "RemoveAccess",
    "RemoveObjects",
    "Retag",
    "RoutesAction",
    "TagScalingGroup",
    "TakeOver",
    "TrustPrincipals",
    "UpdateAddon",
    "UpdateClusterSetting",
    "UpdateClusterVersion",
    "UpdateNodeGroupConfig",
    "UpdateNodeGroupVersion",
    "UpdateStack",
    "area",
    "spoken",
    "target",
]

Action = (
    NetworkAction
    | RoutesAction
    | ControlPlaneAction
    | NodePoolsAction
    | AddonsAction
    | AccessAction
    | SecretAction
    | TagsAction
    | WorkloadAction
    | Removal
)


def area(action: Action, part: str) -> str:
    """The part whose readings an action changes: the one that asked for it, as a rule."""
    match action:
        case TakeOver() | Retag():
            return action.area
        case TagScalingGroup():
            return "ScalingGroups"
        case TrustPrincipals():
            return "Network"
        case InstallComponent() | RemoveObjects():
            return "Components"
        case _:
            return part


def target(action: Action) -> str:
    """The name by which the thing acted upon is listed: of itself, or of the principal."""
    match action:
        case GrantAccess(principal_arn=arn) | RemoveAccess(principal_arn=arn):
            return arn
        case DeleteInterface(id=interface):
            return interface
        case _:
            return action.name
