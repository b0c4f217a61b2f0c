"""Actions performed side by side; what becomes of each is data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from sigopt_operator.act import (
    addons,
    adoption,
    cluster_settings,
    eks,
    entries,
    left,
    network,
    node_groups,
    roles,
    routes,
    secrets,
    tags,
    trust,
    workload,
)
from sigopt_operator.aws.clients import Clients
from sigopt_operator.aws.errors import AwsError, translated
from sigopt_operator.cluster.api import Open
from sigopt_operator.plan import actions
from sigopt_operator.plan.actions import Action
from sigopt_operator.plan.kubeconfig.secret import SecretStore
from sigopt_operator.plan.steps import Part
from sigopt_operator.plan.trouble import Outcome

IN_AWS: Mapping[type[Action], Callable[[Clients, Any], None]] = {
    actions.CreateStack: network.create_stack,
    actions.UpdateStack: network.update_stack,
    actions.DeleteStack: network.delete_stack,
    actions.DeleteLoadBalancer: left.delete_load_balancer,
    actions.DeleteTargetGroup: left.delete_target_group,
    actions.DeleteSecurityGroup: left.delete_security_group,
    actions.DeleteVolume: left.delete_volume,
    actions.DeleteInterface: left.delete_interface,
    actions.CreateCluster: eks.create_cluster,
    actions.UpdateClusterSetting: cluster_settings.update_cluster_setting,
    actions.TakeOver: adoption.take_over,
    actions.Retag: tags.retag,
    actions.TagScalingGroup: tags.tag_scaling_group,
    actions.MendRole: roles.mend_role,
    actions.LeadOut: routes.lead_out,
    actions.GiveRoutes: routes.give_routes,
    actions.MendSubnet: routes.mend_subnet,
    actions.UpdateClusterVersion: eks.update_cluster_version,
    actions.DeleteCluster: eks.delete_cluster,
    actions.GrantAccess: entries.grant_access,
    actions.RemoveAccess: entries.remove_access,
    actions.TrustPrincipals: trust.trust_principals,
    actions.AssociatePodIdentity: workload.associate_pod_identity,
    actions.DissociatePodIdentity: workload.dissociate_pod_identity,
    actions.CreateAddon: addons.create_addon,
    actions.UpdateAddon: addons.update_addon,
    actions.DeleteAddon: addons.delete_addon,
    actions.CreateNodeGroup: node_groups.create_node_group,
    actions.UpdateNodeGroupConfig: node_groups.update_node_group_config,
    actions.UpdateNodeGroupVersion: node_groups.update_node_group_version,
    actions.DeleteNodeGroup: node_groups.delete_node_group,
    actions.DeleteLaunchTemplate: node_groups.delete_launch_template,
}
"""The function of each action in AWS; a test holds that no action lacks one."""

IN_THE_CLUSTER: Mapping[type[Action], Callable[[Open, Any], None]] = {
    actions.DeleteObject: left.delete_object,
    actions.InstallComponent: workload.install_component,
    actions.RemoveObjects: workload.remove_objects,
}
"""The function of each action in the cluster's own API."""


IN_THE_MANAGEMENT_CLUSTER: Mapping[type[Action], Callable[[SecretStore, Any], None]] = {
    actions.ApplySecret: secrets.apply_secret,
    actions.ReleaseSecret: secrets.release_secret,
    actions.DeleteSecret: secrets.delete_secret,
}
"""The function of each action on a Secret that others read."""


@dataclass(frozen=True)
class Hands:
    """What actions are done with."""

    clients: Clients | None
    """None: nothing is ever done in AWS for this cluster."""
    open_api: Open
    secrets: SecretStore

    def do(self, action: Action) -> None:
        """Do it once; raises AwsError, or what boto3 raises."""
        kind = type(action)
        if kind in IN_THE_CLUSTER:
            IN_THE_CLUSTER[kind](self.open_api, action)
        elif kind in IN_THE_MANAGEMENT_CLUSTER:
            IN_THE_MANAGEMENT_CLUSTER[kind](self.secrets, action)
        elif self.clients is None:
            raise AssertionError(f"{action}: planned for a cluster outside of AWS")
        else:
            IN_AWS[kind](self.clients, action)


def perform(
    hands: Hands, planned: Sequence[tuple[Part, Action]], executor: Executor
) -> tuple[Outcome, ...]:
    """Start every action once, and say what became of it; never raises AwsError."""

    def one(of: tuple[Part, Action]) -> Outcome:
        part, action = of
        try:
            with translated():
                hands.do(action)
        except AwsError as error:
            return Outcome(part, action, error.trouble)
        return Outcome(part, action)

    return tuple(executor.map(one, planned))
