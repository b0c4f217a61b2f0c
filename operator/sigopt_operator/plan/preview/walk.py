"""The world as it will be: what AWS has under way done, and what actions make of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sigopt_operator.plan import actions
from sigopt_operator.plan.access.trust import trust_of
from sigopt_operator.plan.actions import Action
from sigopt_operator.plan.moment import Moment
from sigopt_operator.plan.preview.changes import CHANGES
from sigopt_operator.plan.preview.stack import STACKS, settled_stack
from sigopt_operator.plan.snapshot import (
    AccessEntry,
    Addon,
    Cluster,
    Connection,
    Installed,
    LaunchTemplate,
    NodeGroup,
    Role,
    ScalingGroup,
    Snapshot,
)
from sigopt_operator.plan.workload.left import Left

FINISHED = {"CREATING": "ACTIVE", "PENDING": "ACTIVE", "UPDATING": "ACTIVE"}
GOING = "DELETING"
AHEAD = "known when it stands"
"""In the place of what only a cluster that stands has."""


def settled(seen: Snapshot) -> Snapshot:
    """What AWS is doing already has ended well; the cluster answers."""
    groups = (_finished(group) for group in seen.node_groups)
    addons = (_finished(addon) for addon in seen.addons)
    cluster = _finished(seen.cluster) if seen.cluster else None
    answers = cluster is not None and cluster.status == "ACTIVE"
    if cluster is not None and answers and cluster.api_server is None:
        cluster = replace(cluster, endpoint=AHEAD, certificate_authority=AHEAD)
        seen = replace(seen, installed=Installed())
    return replace(
        settled_stack(seen),
        cluster=cluster,
        node_groups=tuple(group for group in groups if group),
        addons=tuple(addon for addon in addons if addon),
        connection=Connection() if answers else seen.connection,
        installed=replace(seen.installed, unavailable={}) if seen.installed else None,
        left=_released(seen.left) if seen.left and not seen.node_groups else seen.left,
    )


def _released(left: Left) -> Left:
    """Without nodes nothing uses volumes and interfaces any more."""
    return replace(
        left,
        volumes=tuple(replace(volume, in_use=False) for volume in left.volumes),
        interfaces=tuple(interface for interface in left.interfaces if not interface.in_use),
    )


def _finished(thing: Any) -> Any:
    if thing.status == GOING:
        return None
    return replace(thing, status=FINISHED.get(thing.status, thing.status))


def done(seen: Snapshot, action: Action, moment: Moment) -> Snapshot:
    """The snapshot once AWS has done it."""
    effect = EFFECTS.get(type(action))
    if effect is None:
        raise AssertionError(f"{type(action).__name__} has no effect: a test holds that all have")
    return effect(seen, action, moment)


def _trusted(seen: Snapshot, action: actions.TrustPrincipals, _moment: Moment) -> Snapshot:
    trust = trust_of((action.operator, *action.principals))
    return replace(seen, roles={**seen.roles, action.name: Role(action.name, trust, inline=None)})


def _cluster_made(seen: Snapshot, action: actions.CreateCluster, moment: Moment) -> Snapshot:
    offered = seen.facts.versions[:1] if seen.facts else ()
    made = Cluster(
        name=action.name,
        arn="",
        status="ACTIVE",
        created_at=moment.now,
        version=action.version or next(iter(offered), ""),
        subnet_ids=action.subnet_ids,
        endpoint_access=action.endpoint_access,
        logging=action.logging,
        kms_key_arn=action.kms_key_arn,
        deletion_protection=action.deletion_protection,
        tags=action.tags,
    )
    return replace(seen, cluster=made)


def _upgraded(seen: Snapshot, action: actions.UpdateClusterVersion, _moment: Moment) -> Snapshot:
    """What EKS says of the version after is not known; a person reads it when it comes to that."""
    if seen.cluster is None:
        return seen
    cluster = replace(seen.cluster, version=action.version, last_update=None)
    return replace(seen, cluster=cluster, addon_offers=None, insights=())


def _group_made(seen: Snapshot, action: actions.CreateNodeGroup, moment: Moment) -> Snapshot:
    made = NodeGroup(
        name=action.name,
        status="ACTIVE",
        created_at=moment.now,
        modified_at=moment.now,
        instance_types=action.instance_types,
        min_size=action.min_size,
        max_size=action.max_size,
        desired_size=action.desired_size,
        version=seen.cluster.version if seen.cluster else "",
        auto_scaling_group=action.name,
        # EKS's own tags do not reach it: that those of the pool are put on is a change of its own.
        scaling=ScalingGroup(
            action.name, action.min_size, action.max_size, action.desired_size, {}
        ),
        labels=action.labels,
        taints=action.taints,
        tags=action.tags,
    )
    template = LaunchTemplate(action.launch_template, action.launch_template, action.tags)
    kept = tuple(t for t in seen.launch_templates if t.name != template.name)
    return replace(
        seen,
        node_groups=(*_without(seen.node_groups, action.name), made),
        launch_templates=(*kept, template),
    )


def _group_set(seen: Snapshot, action: actions.UpdateNodeGroupConfig, _moment: Moment) -> Snapshot:
    def changed(group: NodeGroup) -> NodeGroup:
        least, most = action.limits or (group.min_size, group.max_size)
        kept = {k: v for k, v in group.labels.items() if k not in action.no_labels}
        gone = {(taint.key, taint.effect) for taint in (*action.taints, *action.no_taints)}
        taints = [taint for taint in group.taints if (taint.key, taint.effect) not in gone]
        return replace(
            group,
            min_size=least,
            max_size=most,
            desired_size=group.desired_size if action.desired_size is None else action.desired_size,
            scaling=None,
            labels={**kept, **action.labels},
            taints=(*taints, *action.taints),
        )

    return _groups(seen, action.name, changed)


def _group_upgraded(
    seen: Snapshot, action: actions.UpdateNodeGroupVersion, _moment: Moment
) -> Snapshot:
    return _groups(seen, action.name, lambda g: replace(g, version=action.version))


def _groups(seen: Snapshot, name: str, change: Callable[[NodeGroup], NodeGroup]) -> Snapshot:
    changed = (change(g) if g.name == name else g for g in seen.node_groups)
    return replace(seen, node_groups=tuple(changed))


def _without(things: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    return tuple(thing for thing in things if thing.name != name)


def _addon_made(seen: Snapshot, action: actions.CreateAddon, moment: Moment) -> Snapshot:
    offer = (seen.addon_offers or {}).get(action.name)
    made = Addon(
        name=action.name,
        status="ACTIVE",
        created_at=moment.now,
        version=action.version or (offer.default if offer else ""),
        tags=action.tags,
        configuration=action.configuration,
    )
    return replace(seen, addons=(*_without(seen.addons, action.name), made))


def _addon_set(seen: Snapshot, action: actions.UpdateAddon, _moment: Moment) -> Snapshot:
    def changed(addon: Addon) -> Addon:
        if addon.name != action.name:
            return addon
        told = addon.configuration if action.configuration is None else action.configuration
        return replace(addon, version=action.version, configuration=told, last_update=None)

    return replace(seen, addons=tuple(changed(addon) for addon in seen.addons))


def _granted(seen: Snapshot, action: actions.GrantAccess, _moment: Moment) -> Snapshot:
    arn = action.principal_arn
    had = next((e for e in seen.access_entries if e.principal_arn == arn), None)
    # One that is made anew lets in whom the former, older than its role, did not.
    entry = (None if action.anew else had) or AccessEntry(arn, tags=action.tags)
    kept = {name: at for name, at in entry.policies.items() if name not in action.revoke}
    entry = replace(entry, policies={**kept, **action.policies})
    return replace(seen, access_entries=(*_without_entry(seen, arn), entry))


def _without_entry(seen: Snapshot, arn: str) -> tuple[AccessEntry, ...]:
    return tuple(entry for entry in seen.access_entries if entry.principal_arn != arn)


EFFECTS: Mapping[type[Action], Callable[[Snapshot, Any, Moment], Snapshot]] = {
    **STACKS,
    actions.CreateCluster: _cluster_made,
    actions.UpdateClusterVersion: _upgraded,
    actions.DeleteCluster: lambda seen, _action, _moment: replace(
        seen, cluster=None, addons=(), access_entries=(), workload=None, left=None
    ),
    actions.CreateNodeGroup: _group_made,
    actions.UpdateNodeGroupConfig: _group_set,
    actions.UpdateNodeGroupVersion: _group_upgraded,
    actions.DeleteNodeGroup: lambda seen, action, _moment: replace(
        seen, node_groups=_without(seen.node_groups, action.name)
    ),
    actions.DeleteLaunchTemplate: lambda seen, action, _moment: replace(
        seen, launch_templates=_without(seen.launch_templates, action.name)
    ),
    actions.CreateAddon: _addon_made,
    actions.UpdateAddon: _addon_set,
    actions.DeleteAddon: lambda seen, action, _moment: replace(
        seen, addons=_without(seen.addons, action.name)
    ),
    actions.GrantAccess: _granted,
    actions.RemoveAccess: lambda seen, action, _moment: replace(
        seen, access_entries=_without_entry(seen, action.principal_arn)
    ),
    actions.TrustPrincipals: _trusted,
    **CHANGES,
}
"""The effect of each action; a test holds that none lacks one."""
