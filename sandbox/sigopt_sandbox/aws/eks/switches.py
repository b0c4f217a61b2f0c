"""Where nobody published what EKS does, or a test wants one of two answers: one switch each.

The operator must live with either. Set through `PUT /_sandbox/eks/switches`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Switches:
    """Every open question with the answer in force. Defaults are the likelier answer."""

    # The same client token and parameters again: True answers as the first time, False with
    # ResourceInUseException. What EKS does after a lost answer is not documented well enough.
    replay_answers_again: bool = True
    # CreateCluster refuses tokens shorter than 33 or longer than 126 characters (observed by
    # users, ansible community.aws 817). False lets hand-written short tokens pass.
    client_token_length_checked: bool = False
    # Whether the cluster role must trust eks.amazonaws.com and a node role ec2.amazonaws.com.
    role_trust_checked: bool = True
    # "The provided role doesn't have the Amazon EKS Managed Policies associated with it": EKS
    # checks it at times (code of Terraform's provider). False accepts a role without policies.
    cluster_role_policy_checked: bool = False
    # Whether a role younger than durations.ROLE_PROPAGATION is refused as if it did not exist yet.
    role_propagation: bool = False
    # False takes subnets and security groups unknown to EC2 as they are, and makes nothing in
    # EC2 for the cluster: for callers that have no network at all.
    network_checked: bool = True
    # How long after an accepted update the status still reads ACTIVE, in simulated seconds: the
    # switch to UPDATING is eventually consistent (API model), for how long is not said.
    updating_visible_after: float = 0.0
    # How long after a deletion CreateCluster still says "already exists", in simulated seconds
    # (code of Terraform's provider; the length was not found).
    name_reserved_after_delete: float = 0.0
    # UpdateCluster* of a cluster that is not ACTIVE: True ResourceInUse, False InvalidRequest. The
    # verbatim refusal was not found.
    update_when_not_active_is_in_use: bool = False
    # DeleteNodegroup in CREATING or UPDATING: True accepted, False ResourceInUse. The API declares
    # the error, but ACK and others send the call in every state. No verbatim refusal was found.
    nodegroup_delete_always: bool = True
    # Whether an update of a DEGRADED node group is accepted; not proven either way.
    degraded_nodegroup_updates: bool = True
    # A version update with node groups behind: True demands equality (old texts and the model),
    # False allows kubelets up to three minors behind (user guide since 1.28).
    nodegroups_must_match_version: bool = False
    # Whether ERROR insights block a version update without `force`: launched 2025-03, withdrawn a
    # day later "temporarily"; whether it is back was not found.
    insights_block_upgrades: bool = False
    # CreateAddon on a cluster that is not ACTIVE: refused like a node group, or accepted.
    addon_needs_active_cluster: bool = True
    # A group's nodes join only when the cluster has a network plugin (vpc-cni); False lets them
    # join without.
    nodes_need_network_plugin: bool = True
    # Whether DescribeCluster returns bootstrapClusterCreatorAdminPermissions: the model lists it,
    # Terraform's provider and the CLI's examples say it is not returned.
    bootstrap_flag_shown: bool = False
    # Whether the bound of an access entry to its principal's unique id is kept (documented).
    entries_bound_to_unique_id: bool = True
    # Whether the account's default is that instances find their tags in their metadata: a launch
    # template that does not say otherwise then takes no tag whose key has a slash.
    account_offers_instance_tags: bool = False

    def changed(self, values: dict[str, object]) -> Switches:
        """These switches with some set anew; ValueError for a name or a type that does not fit."""
        kinds = {f.name: type(f.default) for f in fields(self)}
        for name, value in values.items():
            if name not in kinds:
                raise ValueError(f"no such switch: {name}; there are {', '.join(kinds)}")
            wanted = kinds[name]
            if type(value) is not wanted and not (wanted is float and type(value) is int):
                raise ValueError(f"{name} must be a {wanted.__name__}")
        return replace(self, **values)  # type: ignore[arg-type]  # checked just above
